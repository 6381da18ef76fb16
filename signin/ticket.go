package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// kindOfTicket is what a ticket says that it is, "" for text that is none.
func kindOfTicket(ticket string) string {
	parts := strings.Split(ticket, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct {
		Kind string `json:"st"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	return claims.Kind
}

// FollowTicket returns the page that a ticket leads to: the app's sign-in page,
// told the ticket. It is not used up by that. The error is that of a ticket that
// cannot be used.
func (s *Service) FollowTicket(ctx context.Context, l *instance.Live, ticket, signInURL string) (redirect string, err error) {
	return read(ctx, s, l, func(tx *store.Tx) (string, error) {
		if _, err := sessions.FindSignInToken(tx, l, ticket); err != nil {
			return "", err
		}
		return withQuery(signInURL, url.Values{"__clerk_ticket": {ticket}, "__clerk_status": {"sign_in"}}), nil
	})
}
