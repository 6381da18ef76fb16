package webhooks

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

func (e *env) mode(m Mode) {
	e.t.Helper()
	e.write(func(tx *store.Tx) error { return e.outbox.SetMode(tx, m) })
}

func (e *env) held() (n int64) {
	e.read(func(tx *store.Tx) (err error) {
		n, err = Held(tx)
		return err
	})
	return n
}

func TestAHoldKeepsBackUntilItIsReleased(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		e.mode(Mode{Held: true})
		sent := e.emitAll(3)
		e.read(func(tx *store.Tx) error {
			n, err := HeldUpTo(tx, 2)
			if n != 2 {
				e.t.Errorf("%d are held, counted up to 2", n)
			}
			return err
		})
		if n := e.held(); n != 3 {
			e.t.Fatalf("%d are held", n)
		}
		// A resend goes out all the same, and is how a test knows that the others
		// were not only late.
		e.write(func(tx *store.Tx) error { return e.outbox.Resend(tx, sent[2], ep.ID) })
		e.settled(sent[2], 1)
		e.write(func(tx *store.Tx) error {
			n, err := e.outbox.Release(tx, 1)
			if n != 1 {
				e.t.Errorf("%d were released", n)
			}
			return err
		})
		e.settled(sent[0], 1)
		if got := arrived(app); !slices.Equal(got, []string{sent[2], sent[0]}) {
			e.t.Fatalf("arrived while held: %v", got)
		}
		e.mode(Mode{})
		e.settled(sent[1], 1)
		if e.held() != 0 {
			e.t.Error("some are still held")
		}
	})
}

func TestAHoldOutlivesTheProcess(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.mode(Mode{Held: true})
		stop := e.start(Options{})
		m := e.emit("user.created", ada)
		stop()
		e.start(Options{TakeOver: true})
		e.mode(Mode{Held: true})
		if e.held() != 1 || len(app.seen()) != 0 {
			e.t.Fatalf("%d held, %d sent", e.held(), len(app.seen()))
		}
		e.mode(Mode{})
		e.settled(m.ID, 1)
	})
}

// asRequest writes as a request over HTTP does.
func (e *env) asRequest(fn func(tx *store.Tx) error) {
	e.t.Helper()
	ctx := store.WithOrigin(context.Background(), store.Origin{ClientIP: "127.0.0.1"})
	if err := e.db.Write(ctx, testInstance, fn); err != nil {
		e.t.Fatal(err)
	}
}

func TestAnswerAfterWaitsForTheFirstAttempts(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500), status(200))
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "svix"})
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "svix"})
		e.start(Options{})
		e.mode(Mode{AnswerAfter: patience})
		e.asRequest(func(tx *store.Tx) error { return tx.Emit("user.created", ada) })
		if n := len(app.seen()); n != 2 {
			e.t.Errorf("%d of two deliveries were made before the answer", n)
		}
	})
}

func TestAnswerAfterWaitsNoLongerThanAsked(t *testing.T) {
	each(t, func(e *env) {
		goOn := make(chan struct{})
		app := newReceiver(e.t, func(http.ResponseWriter, *http.Request) { <-goOn })
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		e.mode(Mode{AnswerAfter: 10 * time.Millisecond})
		e.asRequest(func(tx *store.Tx) error { return tx.Emit("user.created", ada) }) // would never return
		close(goOn)
	})
}

func TestWhatIsEmittedTogetherArrivesInOrder(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{})
		types := []string{"user.created", "session.created", "user.updated", "session.removed", "user.deleted"}
		for range 5 {
			e.write(func(tx *store.Tx) error {
				for _, typ := range types {
					if err := tx.Emit(typ, ada); err != nil {
						return err
					}
				}
				return nil
			})
		}
		e.eventually("all to arrive", func() bool { return len(app.seen()) == 5*len(types) })
		ids := map[string]string{}
		var list List[*Message]
		e.read(func(tx *store.Tx) (err error) {
			list, err = ListMessages(tx, MessageFilter{}, Page{Limit: MaxLimit})
			return err
		})
		seqs := map[string]int64{}
		for _, m := range list.Data {
			ids[m.ID], seqs[m.ID] = m.Type, m.Seq
		}
		// The transactions may be mixed, each of them must be in order.
		next := map[int64]int64{}
		for _, id := range arrived(app) {
			group := (seqs[id] - list.Data[len(list.Data)-1].Seq) / int64(len(types))
			if seqs[id] < next[group] {
				e.t.Fatalf("%s %d arrived after %d of its transaction", ids[id], seqs[id], next[group])
			}
			next[group] = seqs[id]
		}
	})
}

func TestAnOrderedEndpointGoesOnlyOn(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(200), status(500), status(200))
		e.endpoint(EndpointParams{URL: app.URL, Ordered: true, Schedule: "svix"})
		e.start(Options{})
		sent := e.emitAll(4)
		e.until("the second to fail", func() bool { return len(e.attempts(sent[1])) == 1 })
		e.settled(sent[0], 1)
		// Nothing overtakes it, however long it takes.
		e.outbox.Wake(testInstance)
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(4 * time.Second) })
		if n := len(app.seen()); n != 2 {
			e.t.Fatalf("%d requests while the second is to be tried again", n)
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(time.Second) })
		e.settled(sent[3], 1)
		want := []string{sent[0], sent[1], sent[1], sent[2], sent[3]}
		if got := arrived(app); !slices.Equal(got, want) {
			e.t.Errorf("arrived %v\nwant %v", got, want)
		}
	})
}

func TestConcurrencyIsKept(t *testing.T) {
	each(t, func(e *env) {
		here, goOn := make(chan struct{}, 10), make(chan struct{})
		app := newReceiver(e.t, func(http.ResponseWriter, *http.Request) { here <- struct{}{}; <-goOn })
		other := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL, Concurrency: 2})
		e.endpoint(EndpointParams{URL: other.URL})
		e.start(Options{})
		sent := e.emitAll(6)
		<-here
		<-here
		e.eventually("the other endpoint to have all", func() bool { return len(other.seen()) == 6 })
		if n := len(app.seen()); n != 2 {
			e.t.Errorf("%d requests at once, not 2", n)
		}
		close(goOn)
		for _, id := range sent {
			e.settled(id, 1)
		}
	})
}

func TestTheRateLimitGivesASecondsWorth(t *testing.T) {
	onManualClock(t, func(e *env, wall *clock.Manual) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL, ThrottleRate: 3})
		e.start(Options{})
		e.emitAll(7)
		for _, want := range []int{3, 6, 7} {
			e.eventually("a second's worth", func() bool { return len(app.seen()) >= want })
			e.outbox.Wake(testInstance) // asking again gives no more
			if n := len(app.seen()); n != want {
				e.t.Fatalf("%d requests in a second, the limit is 3", n)
			}
			wall.Advance(time.Second)
			e.outbox.Wake(testInstance)
		}
	})
}

func TestAHangingEndpointHoldsUpNoOtherOfItsInstance(t *testing.T) {
	each(t, func(e *env) {
		hang := newReceiver(e.t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: hang.URL})
		e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{Workers: 8, PerEndpoint: 2, Drain: time.Millisecond})
		e.emitAll(50)
		e.eventually("the other endpoint to have all", func() bool { return len(app.seen()) == 50 })
		if n := len(hang.seen()); n != 2 {
			e.t.Errorf("the hanging endpoint has %d requests, its limit is 2", n)
		}
	})
}

func TestAnEndpointMayStayEnabled(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual", KeepEnabled: true})
		e.start(Options{})
		for range 2 {
			e.settled(e.emit("user.created", ada).ID, 1)
			e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(DisableAfter + time.Hour) })
		}
		if e.getEndpoint(ep.ID).Disabled {
			e.t.Error("it was disabled all the same")
		}
	})
}

func TestJitterSpreadsTheSameWayEachTime(t *testing.T) {
	s := ScheduleSvix
	s.Jitter = SvixJitter
	seen := map[time.Duration]bool{}
	for i := range 50 {
		f := Failure{MessageID: "msg_" + string(rune('a'+i))}
		wait, _, _ := s.Next(1, f)
		again, _, _ := s.Next(1, f)
		if wait != again || wait < 4*time.Minute || wait > 6*time.Minute {
			t.Fatalf("waits %v, then %v, of 5m ± 20 %%", wait, again)
		}
		seen[wait] = true
	}
	if len(seen) < 40 {
		t.Errorf("fifty messages wait for %d different times", len(seen))
	}
}
