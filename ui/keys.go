package ui

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

// keyRow is a signing key that is published.
type keyRow struct {
	KID   string
	Badge badge
	// Note says how long a retired key stays.
	Note string
}

// keyRows lists the published keys, the one that signs first.
func (c *call) keyRows() []keyRow {
	rows := []keyRow{{KID: c.live.Keys.Current().KID(), Badge: badge{"ok", "Signs"}}}
	for i, k := range c.live.Keys.Retired() {
		row := keyRow{KID: k.KID(), Badge: badge{"off", "Retired"}, Note: "published, signs nothing any more"}
		if i == 0 && c.live.KeysUntil > 0 {
			row.Note += "; the first of these goes " + fullTime(c.live.KeysUntil)
		}
		rows = append(rows, row)
	}
	return rows
}

var saidRotated = says("key-rotated", "A new key signs. Paste CLERK_JWT_KEY and data: JWKS again where you use them; verifiers that read the JWKS follow by themselves.")

// graces are how long a rotated key may stay, as the form offers it.
var graces = []option{{"24h", "for 24 hours"}, {"1h", "for an hour"}, {"168h", "for 7 days"}, {"0s", "not at all: every token of it is refused"}}

// rotateKey implements POST /tokens/keys/rotate.
func (c *console) rotateKey(call *call) (reply, error) {
	grace, err := time.ParseDuration(call.PostForm.Get("grace"))
	if err != nil {
		return nil, apierr.FormInvalidParameterFormat("grace", "Say how long the old key stays published, such as 24h.")
	}
	if _, err := c.Instances.RotateKey(context.WithoutCancel(call.Context()), call.live.ID, grace); err != nil {
		return nil, err
	}
	return redirect{call.to("/tokens"), saidRotated}, nil
}

// tokensFor is the page of tokens with a template chosen.
func (c *call) tokensFor(template string) string {
	return c.to("/tokens") + "?" + url.Values{"template": {template}}.Encode()
}

// payloadOf is the middle of a token.
func payloadOf(jwt string) ([]byte, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, &apierr.Error{Status: http.StatusInternalServerError, Code: "internal", Message: "The token has no payload."}
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}
