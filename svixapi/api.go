// Package svixapi is the door that speaks Svix's API: endpoints, messages,
// attempts and resends in Svix's own shapes, for the console, the command line
// and anyone's Svix SDK. An instance is one Svix application, its bearer is the
// instance's secret key. It knows Svix's spelling of requests and errors; it
// must not know rules or SQL.
package svixapi

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// maxBody is the largest request body in bytes; Svix advises payloads of less
// than 350 kB.
const maxBody = 1 << 20

// Deps is what the door acts on.
type Deps struct {
	DB        *store.Store
	Instances *instance.Registry
	Outbox    *webhooks.Outbox
	Tasks     *webhooks.Tasks
	// Example makes the data of an example message of one of Clerk's event types;
	// its error means that there is none for the type.
	Example func(tx *store.Tx, live *instance.Live, typ string) (any, error)
	Log     *slog.Logger
}

// API is Svix's API of all instances.
type API struct {
	Deps
	handler http.Handler
}

// New returns the door.
func New(d Deps) *API {
	a := &API{Deps: d}
	a.handler = newRouter(a.routes(), &httpapi.Adapter{MaxBody: maxBody, WriteError: writeError(d.Log), Log: d.Log})
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// call is one authenticated request.
type call struct {
	*httpapi.Call
	*instance.Live
	api *API
}

// handle makes a handler of a function: it finds the instance by the secret key
// and refuses other instances' applications.
func (a *API) handle(fn func(*call) (any, error)) httpapi.Handler {
	return func(hc *httpapi.Call) (any, error) {
		live, err := a.authenticate(hc)
		if err != nil {
			return nil, err
		}
		hc.Record.Instance = live.ID
		if app, ok := hc.Vars["app_id"]; ok && app != live.ID && app != live.Slug {
			return nil, webhooks.NotFound()
		}
		out, err := fn(&call{Call: hc, Live: live, api: a})
		if err == nil && strictClient.MatchString(hc.R.UserAgent()) {
			return forStrictClient(out)
		}
		return out, err
	}
}

// authenticate finds the instance by its secret key. A host or path that names
// another instance is a mistake in the caller's settings, and is said.
func (a *API) authenticate(hc *httpapi.Call) (*instance.Live, error) {
	scheme, key, ok := strings.Cut(hc.R.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, unauthorized("Send the instance's secret key as a bearer token: `nightclerk env` prints it.")
	}
	live, err := a.Instances.BySecretKey(hc.Context(), strings.TrimSpace(key))
	if apierr.HasCode(err, apierr.InvalidClerkSecretKey().Code) {
		return nil, unauthorized("The bearer token is no instance's secret key: `nightclerk env` prints it.")
	}
	if err != nil {
		return nil, err
	}
	if addressed := instance.SlugOf(hc.Context()); addressed != "" && addressed != live.Slug {
		return nil, unauthorized(apierr.InstanceMismatch(addressed, live.Slug).LongMessage)
	}
	return live, nil
}

// write runs fn in a transaction of the call's instance, read over a picture of
// it.
func (c *call) write(fn func(*store.Tx) error) error { return c.api.DB.Write(c.Context(), c.ID, fn) }
func (c *call) read(fn func(*store.Tx) error) error  { return c.api.DB.Read(c.Context(), c.ID, fn) }
