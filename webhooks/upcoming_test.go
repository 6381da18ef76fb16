package webhooks

import (
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

// What is due already is not to come; what fails is, over all endpoints in the
// order of time.
func TestNextDueListsWhatTimeAloneSends(t *testing.T) {
	each(t, func(e *env) {
		at := int64(1_800_000_000_000)
		e.write(func(tx *store.Tx) error { return tx.SetClock(clock.Virtual{FrozenAtMS: &at}) })
		slow := e.endpoint(EndpointParams{URL: "http://127.0.0.1:9/slow", Schedule: "svix"})
		fast := e.endpoint(EndpointParams{URL: "http://127.0.0.1:9/fast", Schedule: "fast"})
		upcoming := func(n int) (list []Due) {
			e.read(func(tx *store.Tx) (err error) {
				list, err = NextDue(tx, n)
				return err
			})
			return list
		}
		m := e.emit("user.created", map[string]any{"id": "user_x"})
		if list := upcoming(5); len(list) != 0 {
			t.Errorf("what is due at once is to come: %+v", list)
		}
		e.start(Options{})
		e.until("both to fail", func() bool { return len(upcoming(5)) == 2 })
		list := upcoming(5)
		for i, ep := range []*Endpoint{fast, slow} {
			d := list[i]
			if d.EndpointID != ep.ID || d.URL != ep.URL || d.MessageID != m.ID || d.Type != "user.created" || d.Attempts != 1 || !d.At.After(time.UnixMilli(at)) {
				t.Errorf("number %d: %+v", i, d)
			}
		}
		if one := upcoming(1); len(one) != 1 || one[0].EndpointID != fast.ID {
			t.Errorf("the first alone: %+v", one)
		}
	})
}
