// Package backendapi is the door that servers use: Clerk's Backend API. It turns
// requests into calls of the nouns and their answers into Clerk's JSON. It knows
// who may call and how parameters are spelt; it must not know rules or SQL.
package backendapi

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/store"
)

// maxBody is the largest request body in bytes; a profile image is the largest
// thing that Clerk takes.
const maxBody = 10 << 20

// API is the Backend API of all instances.
type API struct {
	db        *store.Store
	instances *instance.Registry
	table     *httpapi.Table
	handler   http.Handler
}

// New returns the door.
func New(db *store.Store, instances *instance.Registry, log *slog.Logger) *API {
	a := &API{db: db, instances: instances}
	a.table = httpapi.Join(spec.BackendAPI, a.routes())
	a.handler = a.table.Handler(&httpapi.Adapter{MaxBody: maxBody, WriteError: httpapi.WriteClerkError(log), Log: log})
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Table is the route table, for the list of what is supported.
func (a *API) Table() *httpapi.Table { return a.table }

// Call is one authenticated request.
type Call struct {
	*httpapi.Call
	*instance.Live
}

// handle makes a handler of a function: it finds the instance by the secret key
// and fills In from the request.
func handle[In, Out any](a *API, fn func(*Call, In) (Out, error)) httpapi.Handler {
	return func(hc *httpapi.Call) (any, error) {
		live, err := a.authenticate(hc)
		if err != nil {
			return nil, err
		}
		var in In
		if err := hc.Decode(&in); err != nil {
			return nil, err
		}
		return fn(&Call{Call: hc, Live: live}, in)
	}
}

// authenticate finds the instance by its secret key. A host or path that names
// another instance is a mistake in the app's settings, and is said.
func (a *API) authenticate(hc *httpapi.Call) (*instance.Live, error) {
	scheme, key, ok := strings.Cut(hc.R.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, apierr.InvalidAuthorizationHeaderFormat()
	}
	live, err := a.instances.BySecretKey(hc.Context(), strings.TrimSpace(key))
	if err != nil {
		return nil, err
	}
	hc.Record.Instance = live.ID
	addressed := instance.SlugOf(hc.Context())
	if addressed == "" || addressed == live.Slug {
		return live, nil
	}
	if _, err := a.instances.BySlug(hc.Context(), addressed); err != nil {
		return nil, err
	}
	return nil, apierr.InstanceMismatch(addressed, live.Slug)
}

// write runs fn in a transaction of the call's instance.
func (a *API) write(c *Call, fn func(*store.Tx) error) error {
	return a.db.Write(c.Context(), c.Live.ID, fn)
}

// read runs fn over a picture of the call's instance.
func (a *API) read(c *Call, fn func(*store.Tx) error) error {
	return a.db.Read(c.Context(), c.Live.ID, fn)
}

// none is the input of an operation without parameters.
type none struct{}
