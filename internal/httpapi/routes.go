package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/spec"
)

// Route is one row of a door's table: an operation of Clerk's that is built.
type Route struct {
	// Op is Clerk's operationId.
	Op     string
	Method string
	Path   string
	Handle Handler
	// Emits names the events the operation can emit, in order.
	Emits string
}

// Table is a door's routes joined to the operations that Clerk publishes.
type Table struct {
	routes []Route
	built  map[string]bool
}

// Join completes the routes with an honest 501 for every operation without one.
// It panics on a row that names no operation, or names one wrongly: that is a
// mistake in the program.
func Join(api spec.API, routes []Route) *Table {
	t := &Table{built: map[string]bool{}}
	rows := map[string]Route{}
	for _, r := range routes {
		if _, twice := rows[r.key()]; twice {
			panic("httpapi: two rows for " + r.key())
		}
		rows[r.key()] = r
		t.built[r.Op] = true
	}
	for _, op := range published(api) {
		r, ok := rows[op.Method+" "+op.Path]
		if !ok {
			r = notImplemented(op)
		} else if r.Op != op.ID {
			panic(fmt.Sprintf("httpapi: row %s %s is called %s, Clerk calls it %s", r.Method, r.Path, r.Op, op.ID))
		}
		delete(rows, r.key())
		t.routes = append(t.routes, r)
	}
	for key := range rows {
		panic("httpapi: row " + key + " is no operation of Clerk's " + string(api) + " API")
	}
	return t
}

// published are the operations of the documents and those that only the SDKs
// know, in an order in which a literal segment comes before a parameter.
func published(api spec.API) []spec.Operation {
	ops := spec.Operations(api)
	for _, call := range spec.Undocumented() {
		if call.API == api {
			ops = append(ops, call.Operation)
		}
	}
	return spec.MatchOrder(ops)
}

func (r Route) key() string { return r.Method + " " + r.Path }

func notImplemented(op spec.Operation) Route {
	return Route{Op: op.ID, Method: op.Method, Path: op.Path, Handle: func(*Call) (any, error) {
		return nil, apierr.NotImplemented(op.ID)
	}}
}

// Built tells whether an operation has a handler.
func (t *Table) Built(op string) bool { return t.built[op] }

// Operation is one of Clerk's operations and whether the emulator has it.
type Operation struct {
	spec.Operation
	Built bool
	// Emits are the webhook events that it can cause, in order; never nil.
	Emits []string
}

// Operations lists an API in the order of Clerk's document, then what only the
// SDKs know of. A table that is nil has built nothing.
func (t *Table) Operations(api spec.API) []Operation {
	ops := spec.Operations(api)
	for _, call := range spec.Undocumented() {
		if call.API == api {
			ops = append(ops, call.Operation)
		}
	}
	emits := map[string]string{}
	if t != nil {
		for _, r := range t.routes {
			emits[r.key()] = r.Emits
		}
	}
	out := make([]Operation, len(ops))
	for i, op := range ops {
		out[i] = Operation{Operation: op, Built: t != nil && t.Built(op.ID), Emits: strings.FieldsFunc(emits[op.Method+" "+op.Path], isSeparator)}
	}
	return out
}

func isSeparator(r rune) bool { return r == ' ' || r == ',' }

// Routes returns all rows, those that answer 501 included.
func (t *Table) Routes() []Route { return slices.Clone(t.routes) }

// Handler routes requests over the table.
func (t *Table) Handler(a *Adapter) http.Handler {
	s := newShelves()
	for _, r := range t.routes {
		s.add(r.Method, r.Path, a.Serve(r.Op, r.Handle))
	}
	s.notFound = a.Serve("", func(*Call) (any, error) { return nil, apierr.URLNotFound() })
	s.wrongMethod = a.Serve("", func(c *Call) (any, error) { return nil, apierr.MethodNotAllowed(c.R.Method) })
	return s
}
