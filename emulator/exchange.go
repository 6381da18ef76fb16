package emulator

import (
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/httpapi"
)

// exchange is a request and its answer under way. It remembers the status and,
// where the request is logged, takes over the answer while it is written: masked,
// so that no copy of it is ever made as it is.
type exchange struct {
	http.ResponseWriter
	front  *front
	rec    *httpapi.Record
	req    *http.Request // as the door gets it
	log    string        // under which name the door is logged, "" for not
	status int

	begun  bool // something was written
	detail *activity.Detail
}

// logName is how the log calls a target's door. The console and the control API
// are how one looks at it and not in it, nor are preflights, which ask for nothing.
func logName(t target, r *http.Request) string {
	switch {
	case r.Method == http.MethodOptions:
		return ""
	case t.door == backendDoor, t.door == svixDoor:
		return string(t.door)
	case t.door != frontendDoor:
		return ""
	case under(t.path, "/.well-known"):
		return "issuer"
	case under(t.path, "/npm"):
		return "sdk"
	}
	return string(t.door)
}

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	if !x.begun {
		x.begun = true
		x.begin(b)
	} else if x.detail != nil {
		x.detail.Answer.Size += len(b)
		x.detail.Answer.Cut = true
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap is what http.ResponseController asks for: streams flush through it.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// begin takes over what the request carried, with the first piece of its answer:
// all of it where that is JSON.
func (x *exchange) begin(answer []byte) {
	if x.log == "" || x.req == nil {
		return
	}
	if x.rec.Instance == "" {
		x.rec.Instance = x.front.owner(x.req)
	}
	if x.rec.Instance == "" || !x.front.activity.Detailed(x.rec.Instance, x.rec.At) {
		return
	}
	r, h := x.req, x.Header()
	x.detail = &activity.Detail{Host: r.Host, Secure: r.TLS != nil, UserAgent: activity.Text(r.UserAgent()), Origin: activity.Text(r.Header.Get("Origin")),
		Location: activity.Text(h.Get("Location")), Request: activity.RequestBody(r.Header.Get("Content-Type"), x.rec.Body),
		Answer: activity.AnswerBody(h.Get("Content-Type"), answer)}
	x.detail.Query, x.detail.QueryCut = activity.Query(r.URL.RawQuery)
}

// owner is the instance of a request whose door has not found one: that of its
// key, else the one it addresses; "" when there is no such instance.
func (f *front) owner(r *http.Request) string {
	if key := bearer(r); key != "" && !isJWT(key) {
		if live, err := f.instances.BySecretKey(r.Context(), key); err == nil {
			return live.ID
		}
	}
	if live, err := f.instances.Addressed(r.Context()); err == nil {
		return live.ID
	}
	return ""
}

// keep keeps the request that was answered.
func (x *exchange) keep() {
	if !x.begun {
		x.begin(nil)
	}
	rec := x.rec
	if x.log == "" || rec.Instance == "" {
		return
	}
	e := &activity.Entry{TraceID: rec.TraceID, Door: x.log, Operation: rec.Operation, Method: rec.Method, Path: activity.Text(rec.Path), Status: rec.Status,
		ErrorCode: rec.ErrorCode, Client: rec.Client, At: rec.At, Duration: rec.Duration, Detail: x.detail}
	x.front.activity.Add(rec.Instance, e)
	if rec.Status == http.StatusOK || rec.Status == http.StatusNotModified {
		x.front.noteSuccess(rec.Instance, e)
	}
}

// templateTokens are the operations that mint from a template, tokens those that
// mint at all.
var (
	templateTokens = map[string]bool{"CreateSessionTokenFromTemplate": true, "createSessionTokenWithTemplate": true}
	tokens         = map[string]bool{"CreateSessionToken": true, "createSessionToken": true}
)

// noteSuccess counts what a request did and marks the steps of connecting an app.
func (f *front) noteSuccess(instance string, e *activity.Entry) {
	if tokens[e.Operation] || templateTokens[e.Operation] {
		f.activity.Count(instance, activity.Tokens)
	}
	switch {
	case e.Door == "sdk" && e.ErrorCode == "" && strings.HasSuffix(e.Path, "clerk.browser.js"):
		f.activity.Mark(instance, "script", e.TraceID)
	case templateTokens[e.Operation] && strings.HasSuffix(e.Path, "/tokens/convex"):
		f.activity.Mark(instance, "token", e.TraceID)
	case e.Door == "issuer" && e.Operation == "getJWKS":
		f.activity.Mark(instance, "jwks", e.TraceID)
	}
}
