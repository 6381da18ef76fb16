package webhooks

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nightclerk/nightclerk/internal/store"
)

func TestMessagesList(t *testing.T) {
	each(t, func(e *env) {
		var ids []string
		for _, typ := range []string{"user.created", "session.created", "user.updated", "user.created"} {
			ids = append(ids, e.emit(typ, map[string]any{"id": "sess_1", "user_id": "user_" + typ}).ID)
		}
		list := func(f MessageFilter, p Page) (got []string, done bool) {
			e.read(func(tx *store.Tx) error {
				out, err := ListMessages(tx, f, p)
				for _, m := range out.Data {
					got = append(got, m.ID)
				}
				done = out.Done
				return err
			})
			return got, done
		}
		for _, c := range []struct {
			name string
			f    MessageFilter
			p    Page
			want []string
			done bool
		}{
			{"newest first", MessageFilter{}, Page{}, []string{ids[3], ids[2], ids[1], ids[0]}, true},
			{"types", MessageFilter{Types: []string{"user.created", "user.updated"}}, Page{}, []string{ids[3], ids[2], ids[0]}, true},
			{"subject", MessageFilter{SubjectID: "user_session.created"}, Page{}, []string{ids[1]}, true},
			{"first page", MessageFilter{}, Page{Limit: 3}, []string{ids[3], ids[2], ids[1]}, false},
			{"next page", MessageFilter{}, Page{Limit: 3, Iterator: ids[1]}, []string{ids[0]}, true},
			{"previous page", MessageFilter{}, Page{Limit: 2, Iterator: "-" + ids[0]}, []string{ids[2], ids[1]}, false},
			{"unknown iterator", MessageFilter{}, Page{Iterator: "msg_other"}, nil, true},
		} {
			got, done := list(c.f, c.p)
			if diff := cmp.Diff(c.want, got); diff != "" || done != c.done {
				e.t.Errorf("%s: done %v, want %v (-want +got):\n%s", c.name, done, c.done, diff)
			}
		}
	})
}

func TestMessagesByWhatBecameOfThem(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(200), status(404))
		unsent := e.emit("user.created", ada)
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual", HeaderSet: HeadersBoth})
		e.start(Options{})
		sent := e.emit("user.created", ada)
		e.settled(sent.ID, 1)
		failed := e.emit("user.created", ada)
		e.settled(failed.ID, 1)
		success, fail := StatusSuccess, StatusFail
		for _, c := range []struct {
			f    MessageFilter
			want *Message
		}{{MessageFilter{Unsent: true}, unsent}, {MessageFilter{Status: &success}, sent}, {MessageFilter{Status: &fail}, failed}} {
			e.read(func(tx *store.Tx) error {
				list, err := ListMessages(tx, c.f, Page{})
				if err == nil && (len(list.Data) != 1 || list.Data[0].ID != c.want.ID) {
					e.t.Errorf("%+v finds %+v, want only %s", c.f, list.Data, c.want.ID)
				}
				return err
			})
		}
		e.read(func(tx *store.Tx) error {
			n, err := CountUpTo(tx, 1000)
			if err == nil && n != (Counts{Endpoints: 1, Messages: 3, Failed: 1}) {
				e.t.Errorf("counted %+v", n)
			}
			if err != nil {
				return err
			}
			if n, err = CountUpTo(tx, 2); err == nil && n != (Counts{Endpoints: 1, Messages: 2, Failed: 1}) {
				e.t.Errorf("counted up to two: %+v", n)
			}
			return err
		})
		if h := app.seen()[0].header; h.Get("webhook-id") != sent.ID || h.Get("webhook-signature") != h.Get("svix-signature") {
			e.t.Errorf("an endpoint with both header sets got %v", h)
		}
	})
}

func TestAttemptsList(t *testing.T) {
	each(t, func(e *env) {
		good, bad := newReceiver(e.t), newReceiver(e.t, status(404))
		a := e.endpoint(EndpointParams{URL: good.URL})
		b := e.endpoint(EndpointParams{URL: bad.URL, Schedule: "manual"})
		e.start(Options{})
		created, updated := e.emit("user.created", ada), e.emit("user.updated", ada)
		e.settled(created.ID, 1)
		e.settled(updated.ID, 1)
		fail, class := StatusFail, 400
		for name, c := range map[string]struct {
			f    AttemptFilter
			want int
		}{
			"all":         {AttemptFilter{}, 4},
			"by endpoint": {AttemptFilter{EndpointID: a.ID}, 2},
			"by message":  {AttemptFilter{MessageID: created.ID}, 2},
			"by type":     {AttemptFilter{Types: []string{"user.updated"}}, 2},
			"by status":   {AttemptFilter{Status: &fail, EndpointID: b.ID}, 2},
			"by class":    {AttemptFilter{CodeClass: &class}, 2},
			"nothing":     {AttemptFilter{Status: &fail, EndpointID: a.ID}, 0},
		} {
			if got := e.countAttempts(c.f); got != c.want {
				e.t.Errorf("%s: %d attempts, want %d", name, got, c.want)
			}
		}
		e.read(func(tx *store.Tx) error {
			sent, err := ListAttemptedMessages(tx, b.ID, MessageFilter{WithBody: true}, &fail, Page{Limit: 1})
			if err == nil && (sent.Data[0].ID != updated.ID || sent.Done) {
				e.t.Errorf("attempted messages: %+v", sent)
			}
			return err
		})
		e.read(func(tx *store.Tx) error {
			to, err := ListDestinations(tx, created.ID, Page{})
			if err == nil && len(to.Data) != 2 {
				e.t.Errorf("destinations: %+v", to)
			}
			return err
		})
	})
}

// countAttempts walks a list page by page.
func (e *env) countAttempts(f AttemptFilter) (n int) {
	p := Page{Limit: 1}
	for {
		var list List[*Attempt]
		e.read(func(tx *store.Tx) (err error) { list, err = ListAttempts(tx, f, p); return err })
		n += len(list.Data)
		if list.Done {
			return n
		}
		p.Iterator = list.Iterator
	}
}

func TestOutShapes(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret, Headers: map[string]string{"Authorization": "a", "x-b": "c"}})
		e.start(Options{Schedule: ScheduleSvix})
		m := e.emit("user.created", ada)
		e.until("an attempt", func() bool { return len(e.attempts(m.ID)) == 1 })
		at := timestamp(m.CreatedAt)
		made := timestamp(ep.CreatedAt)
		wantJSON(e.t, ep.Out(), `{"description":"","rateLimit":null,"throttleRate":null,"uid":null,"url":"`+app.URL+`","version":1,"disabled":false,`+
			`"eventTypes":null,"filterTypes":null,"channels":null,"createdAt":"`+made+`","updatedAt":"`+made+`","id":"`+ep.ID+`","metadata":{}}`)
		wantJSON(e.t, ep.HeadersOut(), `{"headers":{"x-b":"c"},"sensitive":["Authorization"]}`)
		wantJSON(e.t, m.Out(), `{"eventId":null,"eventType":"user.created","payload":`+string(m.Body)+`,"channels":null,"id":"`+m.ID+`","timestamp":"`+at+`"}`)
		a := e.attempts(m.ID)[0]
		a.Duration = 3
		wantJSON(e.t, a.Out(false), `{"url":"`+app.URL+`","response":"{}","responseStatusCode":500,"responseDurationMs":3,"status":2,"statusText":"fail","triggerType":0,`+
			`"msgId":"`+m.ID+`","endpointId":"`+ep.ID+`","id":"`+a.ID+`","timestamp":"`+timestamp(fromMS(a.At))+`"}`)
		var list List[AttemptedMessage]
		e.read(func(tx *store.Tx) (err error) {
			list, err = ListAttemptedMessages(tx, ep.ID, MessageFilter{}, nil, Page{})
			return err
		})
		next := timestamp(*list.Data[0].Delivery.NextAt)
		wantJSON(e.t, ListOut(list, AttemptedMessage.Out), `{"data":[{"eventId":null,"eventType":"user.created","payload":{},"channels":null,"id":"`+m.ID+`","timestamp":"`+at+`",`+
			`"status":3,"statusText":"sending","nextAttempt":"`+next+`"}],"iterator":"`+m.ID+`","prevIterator":"-`+m.ID+`","done":true}`)
		wantJSON(e.t, ListOut(List[*Message]{Done: true}, (*Message).Out), `{"data":[],"iterator":null,"done":true}`)
	})
}

func wantJSON(t testing.TB, v any, want string) {
	t.Helper()
	got, err := plainJSON(v)
	if err != nil || !json.Valid(got) {
		t.Fatal(string(got), err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
