package emulator

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
)

// guard keeps the console and the control API, which need no key, to whoever
// sits at this machine: other pages in the browser and names that an attacker
// points at loopback are refused.
type guard struct {
	instances *instance.Registry
	hosts     map[string]bool
	cross     *http.CrossOriginProtection
	refuse    func(http.ResponseWriter, *httpapi.Call, error)
}

func newGuard(cfg Config, instances *instance.Registry) *guard {
	g := &guard{instances: instances, hosts: map[string]bool{}, cross: http.NewCrossOriginProtection(), refuse: httpapi.WriteClerkError(cfg.Log)}
	for _, host := range append(cfg.hosts(), cfg.Server.AllowHosts...) {
		g.hosts[bareHost(host)] = true
	}
	return g
}

func (g *guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.check(r); err != nil {
			g.refuse(w, &httpapi.Call{R: r, Record: httpapi.RecordOf(r.Context())}, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (g *guard) check(r *http.Request) error {
	if host := bareHost(r.Host); !g.allowed(r, host) {
		return &apierr.Error{Status: http.StatusForbidden, Code: "emulator_host_not_allowed", Message: "Host not allowed",
			LongMessage: fmt.Sprintf("The console and the control API do not answer to the host name %q. Use localhost, or start with --allow-host %s.", host, host)}
	}
	if err := g.cross.Check(r); err != nil {
		return &apierr.Error{Status: http.StatusForbidden, Code: "emulator_origin_not_allowed", Message: "Cross-origin request refused",
			LongMessage: "The console and the control API take changes from their own pages and from programs only, not from other pages in a browser."}
	}
	return nil
}

// allowed knows loopback in all its spellings, the configured names with the
// instances below them, and the hosts of the issuers in use.
func (g *guard) allowed(r *http.Request, host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || isLoopbackIP(host) || g.hosts[host] {
		return true
	}
	if _, parent, ok := strings.Cut(host, "."); ok && g.hosts[parent] {
		return true
	}
	for _, l := range g.instances.List(r.Context()) {
		if bareHost(instance.IssuerHost(l.Issuer)) == host {
			return true
		}
	}
	return false
}
