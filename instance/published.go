package instance

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/convexcheck"
)

// Published answers for the issuers of this process what verifiers fetch from
// them, from memory. Nothing is fetched over the network: explaining a pasted
// token must not be a way to make requests.
type Published struct {
	ctx      context.Context
	registry *Registry
	// Unread tells that another issuer's document was asked for.
	Unread bool
}

// Published returns a fetcher for [convexcheck.Check].
func (r *Registry) Published(ctx context.Context) *Published {
	return &Published{ctx: ctx, registry: r}
}

// Fetch implements convexcheck.Fetcher.
func (p *Published) Fetch(target, _ string) (convexcheck.Answer, error) {
	u, err := url.Parse(target)
	if err != nil {
		return convexcheck.Answer{}, err
	}
	ours := false
	for _, l := range p.registry.List(p.ctx) {
		for _, base := range l.bases() {
			if body := l.document(base, target, u.Host); body != nil {
				return convexcheck.Answer{Status: 200, ContentType: "application/json", Body: body}, nil
			}
			ours = ours || IssuerHost(base) == u.Host
		}
	}
	if ours {
		return convexcheck.Answer{Status: 404, ContentType: "application/json", Body: []byte(`{"errors":[]}`)}, nil
	}
	p.Unread = true
	return convexcheck.Answer{}, fmt.Errorf("%s is not fetched from here: it is no issuer of this emulator", target)
}

// bases are the addresses below which the instance serves its documents.
func (l *Live) bases() []string {
	list := []string{l.Issuer, l.SessionIssuer(), l.Addresses.Backend, l.Addresses.Frontend}
	for _, name := range l.TemplateNames() {
		if iss := l.templates[name].Issuer; iss != "" {
			list = append(list, iss)
		}
	}
	return list
}

// document is what the instance serves at target below one of its addresses.
func (l *Live) document(base, target, host string) []byte {
	switch path, _ := strings.CutPrefix(target, strings.TrimRight(base, "/")); path {
	case "/.well-known/openid-configuration":
		return l.Discovery(host)
	case "/.well-known/jwks.json":
		return l.Keys.JWKS()
	}
	return nil
}

// IssuerHost is the host and port of an issuer, "" when it is no URL.
func IssuerHost(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
