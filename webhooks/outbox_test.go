package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nightclerk/nightclerk/internal/store"
)

var ada = map[string]any{"id": "user_ada", "object": "user", "first_name": "Ada <3", "last_name": nil}

func TestEmitBuildsTheEnvelopeOnce(t *testing.T) {
	each(t, func(e *env) {
		ctx := store.WithOrigin(context.Background(), store.Origin{ClientIP: "::1", UserAgent: "@clerk/nextjs@6"})
		var now int64
		err := e.db.Write(ctx, testInstance, func(tx *store.Tx) error {
			now = tx.NowMS()
			return tx.Emit("user.created", ada)
		})
		if err != nil {
			e.t.Fatal(err)
		}
		m := e.emit("user.deleted", json.RawMessage(`{"object":"user", "id":"user_bob","deleted":true}`))
		var first *Message
		e.read(func(tx *store.Tx) error {
			list, err := ListMessages(tx, MessageFilter{SubjectID: "user_ada", WithBody: true}, Page{})
			first = list.Data[0]
			return err
		})
		at, _ := json.Marshal(now)
		want := `{"data":{"first_name":"Ada <3","id":"user_ada","last_name":null,"object":"user"},"event_attributes":{"http_request":{"client_ip":"::1","user_agent":"@clerk/nextjs@6"}},` +
			`"instance_id":"` + testInstance + `","object":"event","timestamp":` + string(at) + `,"type":"user.created"}`
		if diff := cmp.Diff(want, string(first.Body)); diff != "" {
			e.t.Errorf("body (-want +got):\n%s", diff)
		}
		if m.Seq <= first.Seq || m.SubjectID != "user_bob" {
			e.t.Errorf("the second message has seq %d after %d and subject %q", m.Seq, first.Seq, m.SubjectID)
		}
	})
}

func TestEmitIsPartOfTheTransaction(t *testing.T) {
	each(t, func(e *env) {
		failed := errors.New("no")
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error {
			if err := tx.Emit("user.created", ada); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			e.t.Errorf("the write ended with %v", err)
		}
		e.settled(e.emit("user.updated", ada).ID, 1)
		if seen := app.seen(); len(seen) != 1 || !strings.Contains(seen[0].body, "user.updated") {
			e.t.Errorf("the app saw %d requests, not only that of the later change", len(seen))
		}
		e.read(func(tx *store.Tx) error {
			list, err := ListMessages(tx, MessageFilter{}, Page{})
			if len(list.Data) != 1 {
				e.t.Errorf("%d messages, with one of a rolled back change", len(list.Data))
			}
			return err
		})
	})
}

func TestEmitRefusesUnknownTypes(t *testing.T) {
	each(t, func(e *env) {
		err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error { return tx.Emit("user.renamed", ada) })
		if err == nil {
			e.t.Error("user.renamed is not in the catalogue and was emitted")
		}
	})
}

func TestDeliveriesGoToMatchingEnabledEndpoints(t *testing.T) {
	each(t, func(e *env) {
		e.endpointGone()
		if m := e.emit("user.created", ada); m.Unsent != UnsentNoEndpoint {
			e.t.Errorf("without endpoints: %q", m.Unsent)
		}
		off := e.endpoint(EndpointParams{URL: "http://localhost:1", Disabled: true})
		if m := e.emit("user.created", ada); m.Unsent != UnsentDisabled {
			e.t.Errorf("with a disabled endpoint: %q", m.Unsent)
		}
		sessions := e.endpoint(EndpointParams{URL: "http://localhost:2", EventTypes: []string{"session.created", "session.ended"}})
		channels := e.endpoint(EndpointParams{URL: "http://localhost:3", Channels: []string{"one"}})
		if m := e.emit("user.created", ada); m.Unsent != UnsentFiltered {
			e.t.Errorf("with filtering endpoints: %q", m.Unsent)
		}
		all := e.endpoint(EndpointParams{URL: "http://localhost:4"})
		users := e.endpoint(EndpointParams{URL: "http://localhost:5", EventTypes: []string{"user.created"}})
		e.wantDeliveries("user.created", all, users)
		e.wantDeliveries("session.ended", all, sessions)
		_, _ = off, channels
	})
}

// endpointGone makes and deletes an endpoint: it must count for nothing.
func (e *env) endpointGone() {
	gone := e.endpoint(EndpointParams{URL: "http://localhost:9"})
	e.write(func(tx *store.Tx) error { return DeleteEndpoint(tx, gone.ID) })
}

func (e *env) wantDeliveries(typ string, endpoints ...*Endpoint) {
	e.t.Helper()
	m := e.emit(typ, ada)
	want, got := map[string]bool{}, map[string]bool{}
	for _, ep := range endpoints {
		want[ep.ID] = true
	}
	for _, d := range e.deliveries(m.ID) {
		got[d.EndpointID] = d.Status == StatusSending && d.NextAt.Equal(m.CreatedAt)
	}
	if diff := cmp.Diff(want, got); diff != "" || m.Unsent != "" {
		e.t.Errorf("%s (unsent %q) goes to (-want +got):\n%s", typ, m.Unsent, diff)
	}
}

func TestSubjectOf(t *testing.T) {
	for data, want := range map[string]string{
		`{"id":"user_1"}`:                                           "user_1",
		`{"id":"sess_1","user_id":"user_1"}`:                        "user_1",
		`{"id":"orgmem_1","public_user_data":{"user_id":"user_1"}}`: "user_1",
		`{"id":"csub_1","payer":{"user_id":"user_1"}}`:              "user_1",
		`{"id":"org_1","user_id":null}`:                             "org_1",
		`[]`:                                                        "",
	} {
		if got := subjectOf([]byte(`{"data":` + data + `}`)); got != want {
			t.Errorf("subject of %s is %q, want %q", data, got, want)
		}
	}
}

// aware is event data that says whom it is about.
type aware struct {
	ID string `json:"id"`
}

func (a aware) SubjectID() string { return "user_of_" + a.ID }

func TestDataMayKnowItsSubject(t *testing.T) {
	each(t, func(e *env) {
		if m := e.emit("session.created", aware{"sess_1"}); m.SubjectID != "user_of_sess_1" {
			t.Errorf("the message is about %q", m.SubjectID)
		}
	})
}

func TestResendRefusals(t *testing.T) {
	each(t, func(e *env) {
		m := e.emit("user.created", ada)
		off := e.endpoint(EndpointParams{URL: "http://localhost:1", Disabled: true})
		for _, c := range []struct {
			message, endpoint string
			status            int
		}{
			{m.ID, off.ID, http.StatusBadRequest},
			{m.ID, "ep_other", http.StatusNotFound},
			{"msg_other", off.ID, http.StatusNotFound},
		} {
			err := e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error { return e.outbox.Resend(tx, c.message, c.endpoint) })
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Status != c.status {
				e.t.Errorf("resend %s to %s: %v, want %d", c.message, c.endpoint, err, c.status)
			}
		}
	})
}

func TestCreatedMessagesKeepTheirBytes(t *testing.T) {
	each(t, func(e *env) {
		payload := []byte(`{ "data": {"id":"user_1"}, "a": "\u003c" }`)
		create := func(typ, event string) (m *Message, err error) {
			err = e.db.Write(context.Background(), testInstance, func(tx *store.Tx) error {
				m, err = e.outbox.Create(tx, MessageParams{Type: typ, Payload: payload, EventID: event})
				return err
			})
			return m, err
		}
		made, err := create("my.own_type", "evt-1")
		if err != nil {
			e.t.Fatal(err)
		}
		e.read(func(tx *store.Tx) error {
			m, err := GetMessage(tx, "evt-1")
			if err == nil && (m.ID != made.ID || string(m.Body) != string(payload) || m.SubjectID != "user_1" || m.EventID != "evt-1") {
				e.t.Errorf("read back %+v", m)
			}
			return err
		})
		for _, c := range []struct {
			typ, event string
			status     int
		}{{"my.own_type", "evt-1", http.StatusConflict}, {"no spaces", "", http.StatusUnprocessableEntity}, {"a.b", "no spaces", http.StatusUnprocessableEntity}} {
			var refusal *Error
			if _, err := create(c.typ, c.event); !errors.As(err, &refusal) || refusal.Status != c.status {
				e.t.Errorf("%q %q: %v, want %d", c.typ, c.event, err, c.status)
			}
		}
	})
}
