package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// jsonContentType is exactly this: the SDKs compare it with ===, and treat an
// answer "application/json; charset=utf-8" as text.
const jsonContentType = "application/json"

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Redirect is an answer that sends the browser elsewhere. It is never kept: the
// next one says something else.
type Redirect struct {
	Code     int
	Location string
}

func (r Redirect) write(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", r.Location)
	w.WriteHeader(r.Code)
}

// WriteJSON answers 200 with a value, or what a Status, Raw or Redirect says.
func WriteJSON(w http.ResponseWriter, out any) {
	if r, ok := out.(Redirect); ok {
		r.write(w)
		return
	}
	status, body := http.StatusOK, out
	if s, ok := out.(Status); ok {
		status, body = s.Code, s.Body
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	if raw, ok := body.(Raw); ok {
		writeBytes(w, status, raw)
		return
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		panic("httpapi: an answer cannot be encoded: " + err.Error())
	}
	writeBytes(w, status, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

func writeBytes(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = []string{jsonContentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	w.Write(body)
}

// clerkErrors is Clerk's error envelope.
type clerkErrors struct {
	Errors  []*apierr.Error `json:"errors"`
	TraceID string          `json:"clerk_trace_id"`
}

// WriteClerkError answers an error in Clerk's envelope. What is not one of
// Clerk's errors is logged with its trace id; its cause never leaves the process.
func WriteClerkError(log *slog.Logger) func(http.ResponseWriter, *Call, error) {
	return func(w http.ResponseWriter, c *Call, err error) {
		errs := Explain(log, c.Record, err)
		WriteJSON(w, Status{Code: errs[0].Status, Body: clerkErrors{Errors: errs, TraceID: c.Record.TraceID}})
	}
}

// Explain returns the Clerk errors that an error is answered with, and notes
// the first in the record.
func Explain(log *slog.Logger, rec *Record, err error) []*apierr.Error {
	errs := apierr.All(err)
	if errs == nil {
		errs = []*apierr.Error{apierr.Unexpected()}
		if errors.Is(err, store.ErrUnavailable) {
			errs[0] = apierr.ServiceUnavailable()
		}
		log.Error("request failed", "trace_id", rec.TraceID, "operation", rec.Operation, "error", err)
	}
	rec.ErrorCode = errs[0].Code
	return errs
}
