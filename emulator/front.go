package emulator

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/nightclerk/nightclerk/controlapi"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/ids"
)

// front is what every request passes first: it gives the request a trace id,
// sends it to its door and logs what came of it.
type front struct {
	dispatcher *dispatcher
	doors      map[door]http.Handler
	ids        ids.Source
	clock      clock.Clock
	metrics    *controlapi.Metrics
	instances  *instance.Registry
	activity   *activity.Log
	log        *slog.Logger
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := f.dispatcher.target(r)
	rec := &httpapi.Record{TraceID: f.ids.Trace(), Door: string(t.door), Method: t.method, Path: t.path, At: f.clock.Now()}
	ctx := instance.WithSlug(httpapi.WithRecord(r.Context(), r, rec), t.slug)
	sw := &exchange{ResponseWriter: w, front: f, rec: rec, log: logName(t, r)}
	defer f.finish(sw, r, rec)
	out, err := t.rewrite(r.WithContext(ctx))
	sw.req = out
	if err != nil {
		f.refuse(sw, r, rec, apierr.MalformedRequestParameters())
		return
	}
	f.doors[t.door].ServeHTTP(sw, out)
}

// refuse answers in Clerk's envelope.
func (f *front) refuse(w http.ResponseWriter, r *http.Request, rec *httpapi.Record, err error) {
	httpapi.WriteClerkError(f.log)(w, &httpapi.Call{R: r, Record: rec}, err)
}

// finish writes the log line. A panic becomes a 500 with a trace id; nothing of
// it reaches the client.
func (f *front) finish(w *exchange, r *http.Request, rec *httpapi.Record) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		f.log.Error("panic", "trace_id", rec.TraceID, "operation", rec.Operation, "panic", p, "stack", string(debug.Stack()))
		if w.status == 0 {
			f.refuse(w, r, rec, apierr.Unexpected())
		}
	}
	rec.Status, rec.Duration = w.status, f.clock.Now().Sub(rec.At)
	f.metrics.Request(rec)
	w.keep()
	f.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("door", rec.Door), slog.String("operation", rec.Operation),
		slog.String("method", rec.Method), slog.String("path", rec.Path), slog.Int("status", rec.Status), slog.String("error_code", rec.ErrorCode),
		slog.Int64("duration_ms", rec.Duration.Milliseconds()), slog.String("trace_id", rec.TraceID))
}
