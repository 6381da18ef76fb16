package controlapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
)

type explainParams struct {
	Token *string `json:"token"`
	// Providers are the entries of auth.config.ts: a list, or the whole object.
	Providers json.RawMessage `json:"providers"`
}

// explanationJSON is what a Convex deployment would do with a token.
type explanationJSON struct {
	convexcheck.Verdict
	Providers []convexcheck.Provider `json:"providers"`
	// Note says what the verdict rests on.
	Note string `json:"note"`
}

// explainToken applies Convex's rules to a token. A refusal is an answer and not
// an error of this request.
func (a *API) explainToken(c *call, in explainParams) (explanationJSON, error) {
	if text(in.Token) == "" {
		return explanationJSON{}, apierr.FormMissingParameter("token")
	}
	providers, note, err := providersOf(c.Live, in.Providers)
	if err != nil {
		return explanationJSON{}, err
	}
	verdict := convexcheck.Check(strings.TrimSpace(*in.Token), providers, a.Instances.Published(c.Context()), a.DB.Clock().Now())
	return explanationJSON{Verdict: verdict, Providers: providers, Note: note}, nil
}

const reachable = " Discovery and keys were taken from this emulator's memory: a deployment has to reach the issuer over its own network."

// providersOf reads auth.config's providers; by default the one that every Convex
// app with Clerk has.
func providersOf(l *instance.Live, raw json.RawMessage) ([]convexcheck.Provider, string, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		own := convexcheck.OIDCConfig(l.Issuer).Provider
		return []convexcheck.Provider{own}, fmt.Sprintf("Checked against this instance's own provider, %s.", own.String()) + reachable, nil
	}
	if raw[0] == '[' {
		raw = append(append([]byte(`{"providers":`), raw...), '}')
	}
	providers, err := convexcheck.ParseProviders(raw)
	var refused *convexcheck.ConfigError
	if errors.As(err, &refused) {
		return nil, "", refusal(http.StatusUnprocessableEntity, "emulator_auth_config_refused", refused.Code,
			"A push of this auth.config is refused: "+refused.Message).With("param_name", "providers")
	}
	return providers, "Checked against the given providers." + reachable, err
}
