package svixapi

import (
	_ "embed"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/webhooks"
)

// operationsText lists method, path and operationId of every call of Svix's
// API, from the OpenAPI documents in svix/svix-webhooks (server/openapi.json
// and codegen/lib-openapi.json of August 2026).
//
//go:embed operations.txt
var operationsText string

// newRouter serves the routes, and an honest 501 for every other call of Svix's
// API. A route that Svix does not have, or calls otherwise, is a mistake in the
// program and panics.
func newRouter(routes []httpapi.Route, adapter *httpapi.Adapter) http.Handler {
	built := map[string]httpapi.Route{}
	for _, r := range routes {
		built[r.Method+" "+r.Path] = r
	}
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	for _, op := range operations() {
		r, ok := built[op.Method+" "+op.Path]
		delete(built, op.Method+" "+op.Path)
		switch {
		case !ok:
			r = op
		case r.Op != op.Op:
			panic(fmt.Sprintf("svixapi: row %s %s is called %s, Svix calls it %s", r.Method, r.Path, r.Op, op.Op))
		}
		router.Handle(r.Path, adapter.Serve(r.Op, r.Handle)).Methods(r.Method)
	}
	for key := range built {
		panic("svixapi: row " + key + " is no call of Svix's API")
	}
	router.NotFoundHandler = adapter.Serve("", func(*httpapi.Call) (any, error) { return nil, urlNotFound() })
	router.MethodNotAllowedHandler = adapter.Serve("", func(c *httpapi.Call) (any, error) { return nil, methodNotAllowed(c.R.Method) })
	return router
}

// Built returns the calls that are built, for tests that go through all of them.
func Built() []httpapi.Route { return (&API{}).routes() }

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// operations returns all calls as rows that answer 501, a literal segment
// before a parameter because the router takes the first match.
func operations() (rows []httpapi.Route) {
	for line := range strings.Lines(operationsText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		op := httpapi.Route{Method: f[0], Path: f[1], Op: f[2]}
		op.Handle = func(*httpapi.Call) (any, error) { return nil, notImplemented(op.Op) }
		rows = append(rows, op)
	}
	slices.SortStableFunc(rows, func(a, b httpapi.Route) int {
		return strings.Compare(parameter.ReplaceAllString(a.Path, "~"), parameter.ReplaceAllString(b.Path, "~"))
	})
	return rows
}

func notImplemented(op string) error {
	return &webhooks.Error{Status: http.StatusNotImplemented, Code: "not_implemented",
		Detail: "Nightclerk does not implement " + op + " yet. It has Svix's calls for endpoints, messages, attempts, replays, event types and statistics."}
}

func urlNotFound() error {
	return &webhooks.Error{Status: http.StatusNotFound, Code: "not_found", Detail: "Svix's API has no such URL."}
}

func methodNotAllowed(method string) error {
	return &webhooks.Error{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: method + " is not a method of this URL."}
}
