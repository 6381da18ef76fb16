package sessions_test

import (
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

func TestNextToEndListsUsableSessionsByTheirEnd(t *testing.T) {
	each(t, func(w *world) {
		next := func(n int) (list []*sessions.Session) {
			if err := w.db.Read(t.Context(), w.live.ID, func(tx *store.Tx) (err error) {
				list, err = sessions.NextToEnd(tx, n)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return list
		}
		first := w.signIn()
		w.advance(time.Hour)
		second := w.signIn()
		if list := next(5); len(list) != 2 || list[0].ID != first.ID || list[1].ID != second.ID || list[0].Ends() != min(first.ExpireAt, first.AbandonAt) {
			t.Errorf("%+v", list)
		}
		if list := next(1); len(list) != 1 {
			t.Errorf("one was asked for: %d", len(list))
		}
		w.write(func(tx *store.Tx) error {
			_, err := sessions.Revoke(tx, w.live, second.ID)
			return err
		})
		w.advance(time.Duration(first.Ends()-first.CreatedAt) * time.Millisecond)
		if list := next(5); len(list) != 0 {
			t.Errorf("what is over is to end: %+v", list)
		}
	})
}
