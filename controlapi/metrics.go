package controlapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/webhooks"
)

// family is what metrics of one name have in common.
type family struct{ name, kind, help string }

// The families, and what Prometheus is told of them.
var (
	requestsTotal = family{"nightclerk_http_requests_total", "counter", "Requests answered, by door, operation and status."}
	durations     = family{"nightclerk_http_request_duration_seconds", "histogram", "Time to answer a request, by door."}
	tokensTotal   = family{"nightclerk_tokens_minted_total", "counter", "Tokens minted, by kind: session or template."}
	messagesTotal = family{"nightclerk_webhook_messages_total", "counter", "Webhook messages emitted, by event type."}
	attemptsTotal = family{"nightclerk_webhook_attempts_total", "counter", "Webhook requests made, by outcome: success or fail."}
	buildInfo     = family{"nightclerk_build_info", "gauge", "1, with the version as label."}
	instances     = family{"nightclerk_instances", "gauge", "Instances in the store."}
	storeUp       = family{"nightclerk_store_up", "gauge", "Whether the store answers."}
)

var families = []family{requestsTotal, durations, tokensTotal, messagesTotal, attemptsTotal, buildInfo, instances, storeUp}

// durationBounds are the upper bounds of the buckets of durations, in seconds.
var durationBounds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}

// labelled is the name of one metric of a family: labels are names and values in
// turn, in the order of the names.
func (f family) labelled(labels ...string) string {
	var b strings.Builder
	b.WriteString(f.name)
	for i := 0; i < len(labels); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(labels[i] + `="` + labelEscapes.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	return b.String()
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// Metrics counts what the process does, in a set of its own: an embedding
// program's metrics stay apart. It is safe for concurrent use.
type Metrics struct{ set *metrics.Set }

// NewMetrics returns metrics that stand at zero.
func NewMetrics() *Metrics { return &Metrics{metrics.NewSet()} }

// ServeHTTP answers in Prometheus's text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	m.set.WritePrometheus(&out)
	text := described(out.String())
	out.Reset()
	metrics.WriteProcessMetrics(&out)
	metrics.WriteFDMetrics(&out)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(append(text, out.Bytes()...)) // a scraper that went away is its own business
}

// described puts before each family what it is; the library knows no help texts.
func described(text string) []byte {
	var out []byte
	last := ""
	for line := range strings.Lines(text) {
		for _, f := range families {
			if f.name != last && f.has(line) {
				out = fmt.Appendf(out, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
				last = f.name
			}
		}
		out = append(out, line...)
	}
	return out
}

// has tells whether a line is of the family.
func (f family) has(line string) bool {
	rest, ok := strings.CutPrefix(line, f.name)
	return ok && (strings.ContainsAny(rest[:1], "{ ") || f.kind == "histogram")
}

// tokenKinds are the operations that answer with one token, by door. The control
// API's own knows the kind only from the body and counts by itself.
var tokenKinds = map[string]string{
	"backend/CreateSessionToken":              "session",
	"backend/CreateSessionTokenFromTemplate":  "template",
	"frontend/createSessionToken":             "session",
	"frontend/createSessionTokenWithTemplate": "template",
}

// Request counts a request that was answered. Call it once for each, when Status
// and Duration of the record are known.
func (m *Metrics) Request(rec *httpapi.Record) {
	operation := rec.Operation
	if operation == "" {
		operation = "none" // paths are anybody's to make up and must not become labels
	}
	m.count(requestsTotal, "door", rec.Door, "operation", operation, "status", strconv.Itoa(rec.Status))
	m.set.GetOrCreatePrometheusHistogramExt(durations.labelled("door", rec.Door), durationBounds).Update(rec.Duration.Seconds())
	if kind := tokenKinds[rec.Door+"/"+rec.Operation]; kind != "" && rec.Status == http.StatusOK {
		m.minted(kind)
	}
}

func (m *Metrics) count(f family, labels ...string) {
	m.set.GetOrCreateCounter(f.labelled(labels...)).Inc()
}

func (m *Metrics) minted(kind string) { m.count(tokensTotal, "kind", kind) }

// event counts what the live log tells of any instance.
func (m *Metrics) event(e livelog.Event) {
	switch data := e.Data.(type) {
	case webhooks.MessageEvent:
		m.count(messagesTotal, "type", data.Type)
	case webhooks.AttemptEvent:
		m.count(attemptsTotal, "outcome", data.Status.String())
	}
}

// pingTimeout bounds how long a scrape waits for the store.
const pingTimeout = 2 * time.Second

// describe adds what is read at each scrape.
func (m *Metrics) describe(a *API) {
	m.set.NewGauge(buildInfo.labelled("version", a.Version), func() float64 { return 1 })
	m.set.NewGauge(instances.name, func() float64 { return float64(len(a.Instances.List(context.Background()))) })
	m.set.NewGauge(storeUp.name, a.storeUp)
}

func (a *API) storeUp() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	if a.DB.Ping(ctx) != nil {
		return 0
	}
	return 1
}
