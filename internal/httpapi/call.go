// Package httpapi is what every door shares: a request decoded into a struct by
// its tags, an answer encoded as Clerk's SDKs insist on it, errors in Clerk's
// envelope, and a route table joined to the published operations. It must not
// know any operation, nor who may call it.
package httpapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Call is one request on its way to a handler.
type Call struct {
	// R is the request; its body was read into Body.
	R *http.Request
	// Vars are the path parameters, unescaped.
	Vars map[string]string
	// Query are the parsed query parameters.
	Query url.Values
	// Body is the whole body, within the limit.
	Body []byte
	// Record is what the log will say of the request.
	Record *Record
	// Header is set on the answer, errors included.
	Header http.Header
}

// Context is the request's context; transactions made with it know who asked.
func (c *Call) Context() context.Context { return c.R.Context() }

// Handler answers a call with a value that is encoded as JSON, or an error.
type Handler func(c *Call) (any, error)

// Status makes a value be answered with another status than 200.
type Status struct {
	Code int
	Body any
}

// NoContent is the answer 204.
var NoContent = Status{Code: http.StatusNoContent}

// Raw is an answer that is JSON already.
type Raw []byte

// Record is one request as the log and the console tell it. The middleware
// makes it, the door and the adapter fill it in.
type Record struct {
	TraceID   string        `json:"trace_id"`
	Door      string        `json:"door"`
	Instance  string        `json:"-"`
	Operation string        `json:"operation"`
	Method    string        `json:"method"`
	Path      string        `json:"path"`
	Status    int           `json:"status"`
	ErrorCode string        `json:"error_code,omitempty"`
	At        time.Time     `json:"at"`
	Duration  time.Duration `json:"duration_ns"`
	// Client is the browser's client that asked, "" where none is known.
	Client string `json:"-"`
	// Body is the request's, as it was read. Nobody may keep it: it has secrets.
	Body []byte `json:"-"`
}

type recordKey struct{}

// WithRecord returns a context that carries the request's record and, for the
// transactions, who asked.
func WithRecord(ctx context.Context, r *http.Request, rec *Record) context.Context {
	ctx = context.WithValue(ctx, recordKey{}, rec)
	return store.WithOrigin(ctx, store.Origin{ClientIP: ClientIP(r), UserAgent: r.UserAgent()})
}

// RecordOf returns the request's record; a request that came without the
// middleware gets one that nobody reads.
func RecordOf(ctx context.Context) *Record {
	if rec, ok := ctx.Value(recordKey{}).(*Record); ok {
		return rec
	}
	return &Record{}
}

// ClientIP is the address that the request came from, without a port. Headers
// like X-Forwarded-For are anybody's to set and are not believed.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Adapter turns handlers into http.Handlers. One exists per door.
type Adapter struct {
	// MaxBody is the largest body in bytes.
	MaxBody int64
	// WriteError answers an error in the door's own shape.
	WriteError func(w http.ResponseWriter, c *Call, err error)
	Log        *slog.Logger
}

// Serve runs a handler and answers with what it returns.
func (a *Adapter) Serve(op string, handle Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &Call{R: r, Record: RecordOf(r.Context()), Header: w.Header()}
		c.Record.Operation = op
		out, err := a.run(w, c, handle)
		if err != nil {
			a.WriteError(w, c, err)
			return
		}
		WriteJSON(w, out)
	})
}

func (a *Adapter) run(w http.ResponseWriter, c *Call, handle Handler) (any, error) {
	var err error
	if c.Vars, err = pathVars(c.R); err != nil {
		return nil, err
	}
	if c.Query, err = parseQuery(c.R.URL.RawQuery); err != nil {
		return nil, err
	}
	if c.Body, err = readBody(w, c.R, a.MaxBody); err != nil {
		return nil, err
	}
	c.Record.Body = c.Body
	return handle(c)
}

// pathVars unescapes the parameters: the router matches the escaped path, so
// that an escaped slash cannot leave its segment.
func pathVars(r *http.Request) (map[string]string, error) {
	vars := mux.Vars(r)
	for name, escaped := range vars {
		value, err := url.PathUnescape(escaped)
		if err != nil || !validText(value) {
			return nil, malformed()
		}
		vars[name] = value
	}
	return vars, nil
}
