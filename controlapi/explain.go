package controlapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
)

// Where an issuer publishes what verifiers fetch.
const (
	discoveryPath = "/.well-known/openid-configuration"
	jwksPath      = "/.well-known/jwks.json"
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
	own := ownIssuers{ctx: c.Context(), instances: a.Instances}
	verdict := convexcheck.Check(strings.TrimSpace(*in.Token), providers, own, a.DB.Clock().Now())
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

// ownIssuers answers for the issuers of this process, from memory. Nothing else
// is fetched: the control API must not be a way to make requests.
type ownIssuers struct {
	ctx       context.Context
	instances *instance.Registry
}

// Fetch implements convexcheck.Fetcher.
func (o ownIssuers) Fetch(target, _ string) (convexcheck.Answer, error) {
	u, err := url.Parse(target)
	if err != nil {
		return convexcheck.Answer{}, err
	}
	ours := false
	for _, l := range o.instances.List(o.ctx) {
		for _, base := range issuersOf(l) {
			if body := document(l, base, target, u.Host); body != nil {
				return convexcheck.Answer{Status: http.StatusOK, ContentType: "application/json", Body: body}, nil
			}
			ours = ours || hostOf(base) == u.Host
		}
	}
	if !ours {
		return convexcheck.Answer{}, fmt.Errorf("%s is not fetched from here: it is no issuer of this emulator", target)
	}
	return convexcheck.Answer{Status: http.StatusNotFound, ContentType: "application/json", Body: []byte(`{"errors":[]}`)}, nil
}

// issuersOf are the addresses below which an instance publishes its keys.
func issuersOf(l *instance.Live) []string {
	bases := []string{l.Issuer, l.SessionIssuer(), l.Addresses.Backend, l.Addresses.Frontend}
	for _, name := range l.TemplateNames() {
		if t, err := l.Template(name); err == nil && t.Issuer != "" {
			bases = append(bases, t.Issuer)
		}
	}
	return bases
}

// document is what the instance serves at target below one of its addresses.
func document(l *instance.Live, base, target, host string) []byte {
	switch path, _ := strings.CutPrefix(target, strings.TrimRight(base, "/")); path {
	case discoveryPath:
		return l.Discovery(host)
	case jwksPath:
		return l.Keys.JWKS()
	}
	return nil
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
