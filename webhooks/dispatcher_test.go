package webhooks

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

const testSecret = "whsec_" + vectorSecret

func TestDelivery(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL + "/api/webhooks", Secret: testSecret, Headers: map[string]string{"x-Mine": "yes"}})
		e.start(Options{})
		m := e.emit("user.created", ada)
		attempts := e.settled(m.ID, 1)
		if len(attempts) != 1 || attempts[0].Status != StatusSuccess || attempts[0].Code != 204 || attempts[0].EndpointID != ep.ID || attempts[0].Diagnosis() != "" {
			e.t.Fatalf("attempts: %+v", attempts)
		}
		if d := e.deliveries(m.ID)[0]; d.Status != StatusSuccess || d.Attempts != 1 {
			e.t.Errorf("delivery: %+v", d)
		}
		seen := app.seen()
		if len(seen) != 1 || seen[0].path != "/api/webhooks" || seen[0].body != string(m.Body) {
			e.t.Fatalf("the app saw %+v", seen)
		}
		checkSigned(e.t, seen[0], m.ID, testSecret)
		checkHeadersSent(e.t, seen[0].header)
	})
}

func checkSigned(t testing.TB, r request, id, secret string) {
	t.Helper()
	at, err := strconv.ParseInt(r.header.Get("svix-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Minute {
		t.Errorf("svix-timestamp %q is not the wall clock's second", r.header.Get("svix-timestamp"))
	}
	if got := r.header.Get("svix-id"); got != id {
		t.Errorf("svix-id %s, want %s", got, id)
	}
	want := Sign([][]byte{secretKey(secret)}, id, at, []byte(r.body))
	if got := r.header.Get("svix-signature"); got != want {
		t.Errorf("svix-signature %s, want %s", got, want)
	}
}

func checkHeadersSent(t testing.TB, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Accept": "*/*", "X-Mine": "yes", markerHeader: testInstance,
		"Accept-Encoding": "", "Idempotency-Key": "", "Webhook-Id": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(h.Get("User-Agent"), "Svix-Webhooks/") {
		t.Errorf("User-Agent: %q", h.Get("User-Agent"))
	}
}

func TestRetryKeepsTheIDAndSignsAfresh(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(503), status(200))
		ep := e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret, Schedule: "svix"})
		e.start(Options{})
		m := e.emit("user.created", ada)
		for i, wait := range []time.Duration{5 * time.Second, 5 * time.Minute} {
			e.until("the failed attempt", func() bool { return len(e.attempts(m.ID)) == i+1 })
			d := e.deliveries(m.ID)[0]
			a := e.attempts(m.ID)[0]
			if got := d.NextAt.Sub(fromMS(a.At)); d.Status != StatusSending || got < wait || got > wait+patience {
				e.t.Fatalf("after failure %d the next attempt is %v later, want %v", i+1, got, wait)
			}
			e.write(func(tx *store.Tx) error { _, err := RotateSecret(tx, ep.ID, "", time.Hour); return err })
			e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(wait) })
		}
		e.settled(m.ID, 3)
		if d := e.deliveries(m.ID)[0]; d.Status != StatusSuccess || d.Attempts != 3 {
			e.t.Errorf("delivery: %+v", d)
		}
		seen := app.seen()
		for i, r := range seen {
			signatures := strings.Split(r.header.Get("svix-signature"), " ")
			if r.header.Get("svix-id") != m.ID || r.body != string(m.Body) || len(signatures) != i+1 {
				e.t.Errorf("request %d: id %s, %d signatures", i, r.header.Get("svix-id"), len(signatures))
			}
		}
	})
}

func TestFrozenClockHoldsRetriesButNotFirstAttempts(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(200))
		e.endpoint(EndpointParams{URL: app.URL})
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Freeze(clock.Wall.Now(), nil) })
		e.start(Options{})
		first := e.emit("user.created", ada) // fails and waits for the clock
		e.until("the first attempt", func() bool { return len(e.attempts(first.ID)) == 1 })
		second := e.emit("user.updated", ada)
		e.settled(second.ID, 1)
		if n := len(e.attempts(first.ID)); n != 1 {
			e.t.Fatalf("%d attempts on a frozen clock", n)
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Second) })
		e.settled(first.ID, 2)
	})
}

func TestResendIsOneManualAttempt(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, EventTypes: []string{"session.created"}, UID: "mine"})
		e.start(Options{})
		m := e.emit("user.created", ada)
		for n := range 2 { // the first makes the delivery that the filter did not
			e.write(func(tx *store.Tx) error { return e.outbox.Resend(tx, m.ID, "mine") })
			attempts := e.settled(m.ID, int64(n)+1)
			if a := attempts[0]; len(attempts) != n+1 || a.Trigger != TriggerManual || a.EndpointID != ep.ID {
				e.t.Fatalf("attempts: %+v", attempts)
			}
		}
		if d := e.deliveries(m.ID)[0]; d.Status != StatusFail || d.Attempts != 2 {
			e.t.Errorf("delivery: %+v", d)
		}
	})
}

func TestManualAttemptEndsTheAutomaticOnes(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "svix"})
		e.start(Options{})
		m := e.emit("user.created", ada)
		e.until("the automatic attempt", func() bool { return len(e.attempts(m.ID)) == 1 })
		e.write(func(tx *store.Tx) error { return e.outbox.Resend(tx, m.ID, ep.ID) })
		e.settled(m.ID, 2)
		if d := e.deliveries(m.ID)[0]; d.Status != StatusFail || d.NextAt != nil {
			e.t.Errorf("delivery: %+v", d)
		}
	})
}

func TestASuccessStaysOneWhateverFollows(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(200), status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		m := e.emit("user.created", ada)
		e.settled(m.ID, 1)
		e.write(func(tx *store.Tx) error { return e.outbox.Resend(tx, m.ID, ep.ID) })
		e.settled(m.ID, 2)
		if d := e.deliveries(m.ID)[0]; d.Status != StatusSuccess {
			e.t.Errorf("delivery: %+v", d)
		}
	})
}

func TestRefusedConnectionIsRetriedWhileTheAppStarts(t *testing.T) {
	each(t, func(e *env) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			e.t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		e.endpoint(EndpointParams{URL: "http://" + addr})
		e.start(Options{})
		m := e.emit("user.created", ada)
		for n := 1; n <= 3; n++ {
			e.until("a refused attempt", func() bool { return len(e.attempts(m.ID)) == n })
			d, a := e.deliveries(m.ID)[0], e.attempts(m.ID)[0]
			if wait := d.NextAt.Sub(fromMS(a.At)); wait < 2*time.Second || wait > 4*time.Second {
				e.t.Fatalf("attempt %d is retried after %v, want 2s", n, wait)
			}
			e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(2 * time.Second) })
		}
	})
}

func TestResponseIsKeptUpToALimit(t *testing.T) {
	long := strings.Repeat("é", maxResponse)
	for _, c := range []struct{ name, body, want string }{
		{"text", `{"ok":true}` + "\x00", `{"ok":true}` + "\x00"},
		{"cut at a character", "x" + long, "x" + long[:maxResponse-2]},
		{"binary", "\xff\xfe", "//4="},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(e *env) {
				app := newReceiver(e.t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(c.body)) })
				e.endpoint(EndpointParams{URL: app.URL})
				e.start(Options{})
				if a := e.settled(e.emit("user.created", ada).ID, 1)[0]; a.Response != c.want {
					e.t.Errorf("kept %d bytes %.40q, want %d", len(a.Response), a.Response, len(c.want))
				}
			})
		})
	}
}

func TestDeliveryControlHeaders(t *testing.T) {
	for control, disabled := range map[string]bool{"abort-message": false, "disable": true} {
		t.Run(control, func(t *testing.T) {
			each(t, func(e *env) {
				app := newReceiver(e.t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("webhook-delivery", control)
					w.WriteHeader(410)
				})
				ep := e.endpoint(EndpointParams{URL: app.URL})
				e.start(Options{})
				attempts := e.settled(e.emit("user.created", ada).ID, 1)
				if got := e.getEndpoint(ep.ID); len(attempts) != 1 || got.Disabled != disabled {
					e.t.Errorf("%d attempts, endpoint disabled: %v", len(attempts), got.Disabled)
				}
			})
		})
	}
}

func (e *env) getEndpoint(ref string) (out *Endpoint) {
	e.t.Helper()
	e.read(func(tx *store.Tx) (err error) {
		out, err = GetEndpoint(tx, ref)
		return err
	})
	return out
}

func TestEndpointIsDisabledAfterFiveDaysOfExhaustion(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		e.start(Options{})
		e.settled(e.emit("user.created", ada).ID, 1)
		if got := e.getEndpoint(ep.ID); got.DisableAt() == nil || got.Disabled {
			e.t.Fatalf("after the first exhaustion: disabled %v, will be at %v", got.Disabled, got.DisableAt())
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(DisableAfter - time.Minute) })
		e.settled(e.emit("user.created", ada).ID, 1)
		if e.getEndpoint(ep.ID).Disabled {
			e.t.Fatal("disabled too early")
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(2 * time.Minute) })
		e.settled(e.emit("user.created", ada).ID, 1)
		if got := e.getEndpoint(ep.ID); !got.Disabled {
			e.t.Fatal("not disabled after five days")
		}
		if m := e.emit("user.created", ada); m.Unsent != UnsentDisabled {
			e.t.Errorf("the next message is unsent because %q", m.Unsent)
		}
	})
}

func TestASuccessForgivesFailures(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(200))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		e.start(Options{})
		e.settled(e.emit("user.created", ada).ID, 1)
		e.settled(e.emit("user.created", ada).ID, 1)
		if got := e.getEndpoint(ep.ID); got.FirstFailureAt != nil {
			e.t.Errorf("still failing since %v", got.FirstFailureAt)
		}
	})
}

func TestDisabledEndpointDropsWhatWasPlanned(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "svix"})
		e.start(Options{})
		m := e.emit("user.created", ada)
		e.until("the first attempt", func() bool { return len(e.attempts(m.ID)) == 1 })
		e.write(func(tx *store.Tx) error {
			_, err := UpdateEndpoint(tx, ep.ID, func(p *EndpointParams) error { p.Disabled = true; return nil })
			return err
		})
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Minute) })
		e.eventually("the delivery to be dropped", func() bool { return e.deliveries(m.ID)[0].NextAt == nil })
		if d := e.deliveries(m.ID)[0]; d.Status != StatusFail || len(app.seen()) != 1 {
			e.t.Errorf("delivery %+v, the app saw %d requests", d, len(app.seen()))
		}
	})
}

// eventually is for changes that no event tells of.
func (e *env) eventually(what string, cond func() bool) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			e.t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

func TestHistoryDeletedDuringAnAttempt(t *testing.T) {
	each(t, func(e *env) {
		arrived, goOn := make(chan struct{}), make(chan struct{})
		app := newReceiver(e.t, func(w http.ResponseWriter, _ *http.Request) {
			close(arrived)
			<-goOn
		}, status(200))
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		gone := e.emit("user.created", ada)
		<-arrived
		e.write(DeleteMessages)
		close(goOn)
		m := e.emit("user.updated", ada)
		e.settled(m.ID, 1)
		e.eventually("the app to have answered both", func() bool { return len(app.seen()) == 2 })
		if a := e.attempts(gone.ID); len(a) != 0 {
			e.t.Errorf("%d attempts of a deleted message", len(a))
		}
	})
}
