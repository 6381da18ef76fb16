// Package frontendapi is the door that browsers use: Clerk's Frontend API, and
// the issuer's documents beside it. It must not know rules or SQL.
package frontendapi

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sdkbundle"
	"github.com/nightclerk/nightclerk/signin"
)

// maxBody is the largest request body in bytes: Clerk takes images of 10 MB.
const maxBody = 11 << 20

// API is the Frontend API of all instances.
type API struct {
	db           *store.Store
	instances    *instance.Registry
	signin       *signin.Service
	cacheControl string
	table        *httpapi.Table
	handler      http.Handler
	npm          *npm
}

// Deps is what the door works with.
type Deps struct {
	DB        *store.Store
	Instances *instance.Registry
	// CacheControl is sent with the discovery document and the JWKS.
	CacheControl string
	// SDK is where the scripts that browsers load are looked for.
	SDK sdkbundle.Library
	Log *slog.Logger
}

// New returns the door.
func New(d Deps) *API {
	a := &API{db: d.DB, instances: d.Instances, signin: signin.New(d.DB), cacheControl: d.CacheControl}
	a.table = httpapi.Join(spec.FrontendAPI, a.routes())
	adapter := &httpapi.Adapter{MaxBody: maxBody, WriteError: httpapi.WriteClerkError(d.Log), Log: d.Log}
	a.handler = a.table.Handler(adapter)
	a.npm = &npm{library: d.SDK, adapter: adapter}
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, npmPrefix) {
		a.npm.ServeHTTP(w, r)
		return
	}
	allowOrigin(w.Header(), r)
	if preflight(r) {
		answerPreflight(w, r)
		return
	}
	a.handler.ServeHTTP(w, r)
}

// Table is the route table, for the list of what is supported.
func (a *API) Table() *httpapi.Table { return a.table }

// routes are the operations that are built. Every other one answers 501 by
// itself.
func (a *API) routes() []httpapi.Route {
	return slices.Concat(a.environmentRoutes(), a.issuerRoutes(), a.clientRoutes(), a.handshakeRoutes(), a.sessionRoutes(), a.signInRoutes(), a.signUpRoutes(), a.linkRoutes(), a.waitlistRoutes())
}

func (a *API) issuerRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "getHealth", Method: "GET", Path: "/v1/health", Handle: a.getHealth},
		{Op: "getJWKS", Method: "GET", Path: "/.well-known/jwks.json", Handle: a.getJWKS},
		{Op: "getOpenIDConfiguration", Method: "GET", Path: "/.well-known/openid-configuration", Handle: a.getOpenIDConfiguration},
	}
}

// getHealth implements getHealth: the process answers, and so does its store.
func (a *API) getHealth(c *httpapi.Call) (any, error) {
	if err := a.db.Ping(c.Context()); err != nil {
		return nil, err
	}
	return struct {
		Status string `json:"status"`
	}{"healthy"}, nil
}

// getJWKS serves the signing keys from memory.
func (a *API) getJWKS(c *httpapi.Call) (any, error) {
	live, err := a.issuer(c)
	if err != nil {
		return nil, err
	}
	return httpapi.Raw(live.Keys.JWKS()), nil
}

// getOpenIDConfiguration serves the discovery document of the issuer that the
// request's host belongs to.
func (a *API) getOpenIDConfiguration(c *httpapi.Call) (any, error) {
	live, err := a.issuer(c)
	if err != nil {
		return nil, err
	}
	return httpapi.Raw(live.Discovery(c.R.Host)), nil
}

// issuer finds the instance and sets the headers that its documents share. They
// are public: what says no origin may read them too.
func (a *API) issuer(c *httpapi.Call) (*instance.Live, error) {
	live, err := a.instances.Addressed(c.Context())
	if err != nil {
		return nil, err
	}
	c.Record.Instance = live.ID
	if c.Header.Get(allowOriginHeader) == "" {
		c.Header.Set(allowOriginHeader, "*")
	}
	c.Header.Set("Cache-Control", a.cacheControl)
	return live, nil
}
