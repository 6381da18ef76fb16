// Package controlapi is the door to the emulator itself, below /_emulator: keys,
// instances, clocks, seeds, tokens on request, waits and metrics. It needs no
// key; whoever mounts it keeps strangers out. It knows how requests are spelt and
// which noun does the work; it must not know rules or SQL, nor imitate Clerk's or
// Svix's paths. openapi.json beside it describes every route.
package controlapi

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/certs"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

// maxBody is the largest request body in bytes: a seed may be as large as a file.
const maxBody = scenario.MaxSize

// Deps is what the door acts on.
type Deps struct {
	DB        *store.Store
	Instances *instance.Registry
	Applier   *scenario.Applier
	Outbox    *webhooks.Outbox
	Tasks     *webhooks.Tasks
	Hub       *livelog.Hub
	// Backend and Frontend are the tables of Clerk's two APIs; a nil one counts
	// as not built.
	Backend, Frontend *httpapi.Table
	// Authority is the local CA; nil without TLS.
	Authority *certs.Authority
	Metrics   *Metrics
	Version   string
	Log       *slog.Logger
}

// API is the control API of one process.
type API struct {
	Deps
	handler http.Handler
}

// New returns the door. Its error is a mistake in the program.
func New(d Deps) (*API, error) {
	if d.DB == nil || d.Instances == nil || d.Applier == nil || d.Outbox == nil || d.Tasks == nil || d.Hub == nil || d.Metrics == nil || d.Log == nil {
		return nil, errors.New("control API: every dependency but the tables and the CA must be given")
	}
	a := &API{Deps: d}
	d.Metrics.describe(a)
	d.Hub.Observe(d.Metrics.event)
	a.handler = a.router()
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// router matches the escaped path, so that an escaped slash stays in its segment.
func (a *API) router() http.Handler {
	adapter := &httpapi.Adapter{MaxBody: maxBody, WriteError: httpapi.WriteClerkError(a.Log), Log: a.Log}
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	for _, r := range a.routes() {
		h := adapter.Serve(r.op, r.handle)
		if r.serve != nil {
			h = named(r.op, r.serve)
		}
		router.Handle(r.path, h).Methods(r.method)
	}
	router.NotFoundHandler = adapter.Serve("", func(c *httpapi.Call) (any, error) { return nil, noSuchRoute(c.R) })
	router.MethodNotAllowedHandler = adapter.Serve("", func(c *httpapi.Call) (any, error) { return nil, apierr.MethodNotAllowed(c.R.Method) })
	return router
}

// call is one request and the instance it addresses.
type call struct {
	*httpapi.Call
	*instance.Live
}

// none is the input of an operation without parameters.
type none struct{}

// handle makes a handler of a function that acts on the addressed instance.
func handle[In, Out any](a *API, fn func(*call, In) (Out, error)) httpapi.Handler {
	return whole(func(hc *httpapi.Call, in In) (any, error) {
		live, err := a.Instances.Addressed(hc.Context())
		if err != nil {
			return nil, err
		}
		hc.Record.Instance = live.ID
		return fn(&call{Call: hc, Live: live}, in)
	})
}

// whole makes a handler of a function that acts on the process.
func whole[In, Out any](fn func(*httpapi.Call, In) (Out, error)) httpapi.Handler {
	return func(hc *httpapi.Call) (any, error) {
		var in In
		if err := hc.Decode(&in); err != nil {
			return nil, err
		}
		return fn(hc, in)
	}
}

// named notes the operation of a handler that writes its answer itself.
func named(op string, serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpapi.RecordOf(r.Context()).Operation = op
		serve(w, r)
	})
}

// write runs fn in a transaction of the call's instance.
func (a *API) write(c *call, fn func(*store.Tx) error) error {
	return a.DB.Write(c.Context(), c.Live.ID, fn)
}

// read runs fn over a picture of the call's instance.
func (a *API) read(c *call, fn func(*store.Tx) error) error {
	return a.DB.Read(c.Context(), c.Live.ID, fn)
}
