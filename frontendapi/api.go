// Package frontendapi is the door that browsers use: Clerk's Frontend API, and
// the issuer's documents beside it. It must not know rules or SQL.
package frontendapi

import (
	"log/slog"
	"net/http"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/store"
)

// maxBody is the largest request body in bytes: Clerk takes images of 10 MB.
const maxBody = 11 << 20

// API is the Frontend API of all instances.
type API struct {
	db           *store.Store
	instances    *instance.Registry
	cacheControl string
	table        *httpapi.Table
	handler      http.Handler
}

// New returns the door. cacheControl is sent with the discovery document and the
// JWKS.
func New(db *store.Store, instances *instance.Registry, cacheControl string, log *slog.Logger) *API {
	a := &API{db: db, instances: instances, cacheControl: cacheControl}
	a.table = httpapi.Join(spec.FrontendAPI, a.routes())
	a.handler = a.table.Handler(&httpapi.Adapter{MaxBody: maxBody, WriteError: httpapi.WriteClerkError(log), Log: log})
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Table is the route table, for the list of what is supported.
func (a *API) Table() *httpapi.Table { return a.table }

// routes stand in the order of Clerk's document.
func (a *API) routes() []httpapi.Route {
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

// issuer finds the instance and sets the headers that its documents share. Any
// page may read them: they are public, and OIDC clients in browsers do.
func (a *API) issuer(c *httpapi.Call) (*instance.Live, error) {
	live, err := a.instances.Addressed(c.Context())
	if err != nil {
		return nil, err
	}
	c.Record.Instance = live.ID
	c.Header.Set("Access-Control-Allow-Origin", "*")
	c.Header.Set("Cache-Control", a.cacheControl)
	return live, nil
}
