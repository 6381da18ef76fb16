package webhooks

import (
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

// TestTheWholeScheduleByTheInstancesClock goes through Svix's 27 h 35 m 5 s, a
// rotation's day of two signatures and the days until an endpoint is disabled,
// while every attempt is accepted by a verifier with the real clock.
func TestTheWholeScheduleByTheInstancesClock(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t, status(500))
		ep := e.endpoint(EndpointParams{URL: app.URL, Secret: testSecret, Schedule: "svix"})
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Freeze(clock.Wall.Now(), nil) })
		e.start(Options{})
		e.write(func(tx *store.Tx) error { _, err := RotateSecret(tx, ep.ID, "", 24*time.Hour); return err })
		began := e.now()
		m := e.emit("user.created", ada)
		e.exhaust(m.ID)
		if took, want := e.now().Sub(began), 27*time.Hour+35*time.Minute+5*time.Second; took != want {
			e.t.Errorf("the schedule took %v, want %v", took, want)
		}
		seen := app.seen()
		if len(seen) != 8 {
			e.t.Fatalf("%d attempts, not 8", len(seen))
		}
		for i, r := range seen {
			signatures := len(strings.Split(r.header.Get("svix-signature"), " "))
			elapsed := fromMS(e.attempts(m.ID)[len(seen)-1-i].At).Sub(began)
			if want := map[bool]int{true: 2, false: 1}[elapsed < 24*time.Hour]; signatures != want {
				e.t.Errorf("attempt %d, %v after the rotation, has %d signatures", i+1, elapsed, signatures)
			}
			if signatures == 2 && accepted(e.t, r) != nil { // by the secret of before
				e.t.Errorf("attempt %d: %v", i+1, accepted(e.t, r))
			}
		}
		if got := e.getEndpoint(ep.ID); got.Disabled || got.DisableAt() == nil {
			e.t.Fatalf("after the first exhaustion: disabled %v, will be at %v", got.Disabled, got.DisableAt())
		}
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(DisableAfter) })
		e.exhaust(e.emit("user.updated", ada).ID)
		if !e.getEndpoint(ep.ID).Disabled {
			e.t.Error("not disabled after five days of failures")
		}
	})
}

// exhaust brings the clock to each retry in turn until none is planned.
func (e *env) exhaust(messageID string) {
	e.t.Helper()
	for n := int64(1); ; n++ {
		var d Delivery
		e.until("an attempt", func() bool { d = e.deliveries(messageID)[0]; return d.Attempts == n })
		if d.NextAt == nil {
			return
		}
		wait := d.NextAt.Sub(e.now())
		e.setClock(func(v clock.Virtual) clock.Virtual { return v.Advance(wait) })
	}
}

// now is instance time.
func (e *env) now() (at time.Time) {
	e.read(func(tx *store.Tx) error { at = tx.Now(); return nil })
	return at
}
