package webhooks

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

const testInstance = "ins_2aBcDeFgHiJkLmNoPqRsTuVwXyZ"

// patience is how long a test waits for something that must happen.
const patience = 10 * time.Second

// env is one store with its outbox and, once started, its dispatcher.
type env struct {
	t      testing.TB
	db     *store.Store
	hub    *livelog.Hub
	outbox *Outbox
}

// each runs fn on both engines, one after the other, with one instance in
// place.
func each(t *testing.T, fn func(e *env)) {
	hub := &livelog.Hub{}
	outbox := NewOutbox(hub)
	opts := store.Options{Schemas: []store.Schema{Schema}, Emit: outbox.Emit}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) { fn(newEnv(t, db, outbox, hub)) })
}

func newEnv(t testing.TB, db *store.Store, outbox *Outbox, hub *livelog.Hub) *env {
	e := &env{t: t, db: db, hub: hub, outbox: outbox}
	e.write(func(tx *store.Tx) error { return tx.InitState("") })
	return e
}

func (e *env) write(fn func(tx *store.Tx) error) {
	e.t.Helper()
	if err := e.db.Write(context.Background(), testInstance, fn); err != nil {
		e.t.Fatal(err)
	}
}

func (e *env) read(fn func(tx *store.Tx) error) {
	e.t.Helper()
	if err := e.db.Read(context.Background(), testInstance, fn); err != nil {
		e.t.Fatal(err)
	}
}

func (e *env) endpoint(p EndpointParams) (out *Endpoint) {
	e.t.Helper()
	e.write(func(tx *store.Tx) (err error) {
		out, err = CreateEndpoint(tx, p)
		return err
	})
	return out
}

// emit emits an event and returns its message.
func (e *env) emit(typ string, data any) *Message {
	e.t.Helper()
	var seq int64
	e.write(func(tx *store.Tx) (err error) {
		if err := tx.Emit(typ, data); err != nil {
			return err
		}
		seq, err = tx.Seq()
		return err
	})
	var list List[*Message]
	e.read(func(tx *store.Tx) (err error) {
		list, err = ListMessages(tx, MessageFilter{SinceSeq: seq - 1, WithBody: true}, Page{})
		return err
	})
	return list.Data[len(list.Data)-1]
}

// start runs a dispatcher until the test ends or stop is called.
func (e *env) start(opts Options) (stop func()) {
	d := NewDispatcher(e.db, e.outbox, opts)
	go d.Run(context.Background())
	e.t.Cleanup(d.Close)
	return d.Close
}

func (e *env) deliveries(messageID string) (out []Delivery) {
	e.t.Helper()
	e.read(func(tx *store.Tx) error {
		all, err := DeliveriesOf(tx, messageID)
		out = all[messageID]
		return err
	})
	return out
}

func (e *env) attempts(messageID string) (out []*Attempt) {
	e.t.Helper()
	e.read(func(tx *store.Tx) error {
		list, err := ListAttempts(tx, AttemptFilter{MessageID: messageID}, Page{Limit: MaxLimit})
		out = list.Data
		return err
	})
	return out
}

// until waits for cond, looking again after every attempt.
func (e *env) until(what string, cond func() bool) {
	e.t.Helper()
	reader := e.hub.Subscribe(testInstance, 0)
	defer reader.Close()
	deadline := time.After(patience)
	for !cond() {
		select {
		case <-reader.C:
		case <-deadline:
			e.t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// settled waits until nothing is planned for the message and it was tried at
// least n times.
func (e *env) settled(messageID string, n int64) []*Attempt {
	e.t.Helper()
	e.until("the message to be settled", func() bool {
		deliveries := e.deliveries(messageID)
		for _, d := range deliveries {
			if d.NextAt != nil || d.Attempts < n {
				return false
			}
		}
		return len(deliveries) > 0
	})
	return e.attempts(messageID)
}

func (e *env) setClock(change func(v clock.Virtual) clock.Virtual) {
	e.t.Helper()
	e.write(func(tx *store.Tx) error { return tx.SetClock(change(tx.Clock())) })
	e.outbox.Wake(testInstance)
}

// request is one delivery as a receiver saw it.
type request struct {
	header http.Header
	body   string
	path   string
}

// receiver is an app under test. Its answers are taken in order, the last one
// for good.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	answers  []http.HandlerFunc
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func newReceiver(t testing.TB, answers ...http.HandlerFunc) *receiver {
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.requests = append(r.requests, request{req.Header.Clone(), string(body), req.URL.Path})
	answer := status(http.StatusNoContent)
	if len(r.answers) > 0 {
		answer = r.answers[0]
		if len(r.answers) > 1 {
			r.answers = r.answers[1:]
		}
	}
	r.mu.Unlock()
	answer(w, req)
}

func (r *receiver) seen() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.requests...)
}
