package webhooks

import (
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
)

// What is handed over while a claim has reserved the endpoint's workers must be
// sent when the claim gives them back, not when its lease ends.
func TestWhatIsHandedOverDuringAClaimIsSentAfterIt(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		ep := e.endpoint(EndpointParams{URL: app.URL})
		e.start(Options{PerEndpoint: 1})
		e.settled(e.emit("user.created", ada).ID, 1) // it runs
		d, key := e.outbox.dispatcher.Load(), laneKey{testInstance, ep.ID}
		e.write(func(tx *store.Tx) error {
			if err := tx.Emit("user.updated", ada); err != nil { // promised: nothing waits in the table
				return err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			now := d.opts.Clock.Now()
			d.due.add(key, now)
			d.due.take(now)
			d.reserve(key, 1)
			return nil
		})
		d.settle(key, 1, d.allowance(key, 1), batch{})
		e.eventually("the second request", func() bool { return len(app.seen()) == 2 })
	})
}
