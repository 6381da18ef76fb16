package contract

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"

	"github.com/nightclerk/nightclerk/internal/spec"
)

// document is one API's OpenAPI document with the waivers applied.
type document struct {
	doc    *openapi3.T
	router *mux.Router
	routes map[string]*route // by spec.Operation.Key
}

// route is where a request leads. operation is nil for a call that the document
// does not describe.
type route struct {
	op        spec.Operation
	path      string // as the document spells it
	item      *openapi3.PathItem
	operation *openapi3.Operation
	vars      map[string]string
}

func newDocument(api spec.API, data []byte) (*document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("%s API: %w", api, err)
	}
	if err := amend(doc, Document(api)); err != nil {
		return nil, err
	}
	d := &document{doc: doc, routes: map[string]*route{}}
	if err := d.addOperations(api); err != nil {
		return nil, err
	}
	return d, d.buildRouter()
}

// addOperations makes a route of every operation, and of every call that only
// the SDKs know: an alias leads to the operation that it is another path of.
func (d *document) addOperations(api spec.API) error {
	described := map[string]*route{}
	for path, item := range d.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			described[operation.OperationID] = &route{path: path, item: item, operation: operation}
		}
	}
	for _, op := range spec.Operations(api) {
		r := described[op.ID]
		if r == nil {
			return fmt.Errorf("%v is not in the %s API's document: run go generate ./internal/spec", op, api)
		}
		r.op = op
		d.routes[op.Key()] = r
	}
	for _, call := range spec.Undocumented() {
		if call.API != api {
			continue
		}
		r := route{op: call.Operation}
		if call.AliasOf != "" {
			r = *described[call.AliasOf]
			r.op.Path = call.Path
		}
		d.routes[call.Key()] = &r
	}
	return nil
}

func (d *document) buildRouter() error {
	d.router = mux.NewRouter().UseEncodedPath()
	ops := make([]spec.Operation, 0, len(d.routes))
	for _, r := range d.routes {
		ops = append(ops, r.op)
	}
	for _, op := range spec.MatchOrder(ops) {
		if err := d.router.Methods(op.Method).Path(op.Path).Name(op.Key()).GetError(); err != nil {
			return fmt.Errorf("%v: %w", op, err)
		}
	}
	return nil
}

// find returns the route of a request, or nil, and the request as the document
// means it: without the emulator's path prefixes and clerk-js's spellings.
func (d *document) find(r *http.Request) (*route, *http.Request) {
	req := normalize(r)
	var m mux.RouteMatch
	if !d.router.Match(req, &m) {
		return nil, req
	}
	found := *d.routes[m.Route.GetName()]
	found.vars = map[string]string{}
	for name, value := range m.Vars {
		plain, err := url.PathUnescape(value)
		if err != nil {
			plain = value
		}
		found.vars[name] = plain
	}
	return &found, req
}

// prefix is what may stand before Clerk's path: the instance of a container or
// proxy set-up, then the path of a publishable key that ends in accounts.dev.
var prefix = regexp.MustCompile(`^(/i/[a-z0-9-]+)?(/[A-Za-z0-9.-]*\.accounts\.dev)?(/|$)`)

// normalize undoes, in the order of the emulator's dispatch, the prefixes, the
// trailing slash and clerk-js's _method, with which it sends PATCH, PUT and
// DELETE as POST.
func normalize(r *http.Request) *http.Request {
	req := r.Clone(r.Context())
	req.Body, req.GetBody = http.NoBody, nil
	path := prefix.ReplaceAllString(r.URL.EscapedPath(), "/")
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" {
		path = trimmed
	}
	req.URL.RawPath = path
	if plain, err := url.PathUnescape(path); err == nil {
		req.URL.Path = plain
	}
	query := r.URL.Query()
	if method := query.Get("_method"); method != "" && r.Method == http.MethodPost {
		req.Method = strings.ToUpper(method)
		query.Del("_method")
		req.URL.RawQuery = query.Encode()
	}
	if req.Method == "" {
		req.Method = http.MethodGet
	}
	req.RequestURI = ""
	return req
}
