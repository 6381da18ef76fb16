package controlapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/webhooks"
)

// Metrics counts what the process does, in a registry of its own: an embedding
// program's metrics stay apart. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	tokens   *prometheus.CounterVec
	messages *prometheus.CounterVec
	attempts *prometheus.CounterVec
}

// NewMetrics returns metrics that stand at zero.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("nightclerk_http_requests_total", "Requests answered, by door, operation and status.", "door", "operation", "status"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "nightclerk_http_request_duration_seconds",
			Help: "Time to answer a request, by door.", Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}}, []string{"door"}),
		tokens:   counter("nightclerk_tokens_minted_total", "Tokens minted, by kind: session or template.", "kind"),
		messages: counter("nightclerk_webhook_messages_total", "Webhook messages emitted, by event type.", "type"),
		attempts: counter("nightclerk_webhook_attempts_total", "Webhook requests made, by outcome: success or fail.", "outcome"),
	}
	m.registry.MustRegister(m.requests, m.duration, m.tokens, m.messages, m.attempts,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return m
}

// ServeHTTP answers in Prometheus's text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

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
	m.requests.WithLabelValues(rec.Door, operation, strconv.Itoa(rec.Status)).Inc()
	m.duration.WithLabelValues(rec.Door).Observe(rec.Duration.Seconds())
	if kind := tokenKinds[rec.Door+"/"+rec.Operation]; kind != "" && rec.Status == http.StatusOK {
		m.minted(kind)
	}
}

func (m *Metrics) minted(kind string) { m.tokens.WithLabelValues(kind).Inc() }

// event counts what the live log tells of any instance.
func (m *Metrics) event(e livelog.Event) {
	switch data := e.Data.(type) {
	case webhooks.MessageEvent:
		m.messages.WithLabelValues(data.Type).Inc()
	case webhooks.AttemptEvent:
		m.attempts.WithLabelValues(data.Status.String()).Inc()
	}
}

// pingTimeout bounds how long a scrape waits for the store.
const pingTimeout = 2 * time.Second

// describe adds what is read at each scrape.
func (m *Metrics) describe(a *API) {
	gauge := func(name, help string, labels prometheus.Labels, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value)
	}
	m.registry.MustRegister(
		gauge("nightclerk_build_info", "1, with the version as label.", prometheus.Labels{"version": a.Version}, func() float64 { return 1 }),
		gauge("nightclerk_instances", "Instances in the store.", nil, func() float64 { return float64(len(a.Instances.List(context.Background()))) }),
		gauge("nightclerk_store_up", "Whether the store answers.", nil, a.storeUp),
	)
}

func (a *API) storeUp() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	if a.DB.Ping(ctx) != nil {
		return 0
	}
	return 1
}
