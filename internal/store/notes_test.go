package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

// count recalls the number of things, and tells whether it had to be read.
func count(t *testing.T, tx *store.Tx) (n int64, read bool) {
	t.Helper()
	note, err := tx.Recall("things", func() (any, error) {
		read = true
		var n int64
		err := tx.QueryRow(`SELECT count(*) FROM thing WHERE instance_id = $1`, tx.Instance()).Scan(&n)
		return n, err
	})
	if err != nil {
		t.Error(err)
		return 0, read
	}
	return note.(int64), read
}

func TestANoteOutlivesItsTransactionOnlyWhereNobodyElseWrites(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		write(t, db, func(tx *store.Tx) error { count(t, tx); return insert(tx, "other") }) // committed
		write(t, db, func(tx *store.Tx) error {
			if _, read := count(t, tx); read != db.Postgres() {
				t.Errorf("read again: %v", read)
			}
			return insert(tx, "third")
		})
	})
}

func TestAForgottenNoteIsReadAgain(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		write(t, db, func(tx *store.Tx) error { count(t, tx); return insert(tx, "a") })
		write(t, db, func(tx *store.Tx) error { tx.Forget("things"); return insert(tx, "b") })
		write(t, db, func(tx *store.Tx) error {
			if n, _ := count(t, tx); n != 2 {
				t.Errorf("after two inserts %d are known", n)
			}
			return insert(tx, "c")
		})
	})
}

// What a failed job read of its own change must not reach anybody.
func TestANoteOfAFailedChangeIsNotKept(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		failed := errors.New("no")
		for range 2 { // alone, and sharing a commit
			inOneCommit(t, db,
				func(tx *store.Tx) error {
					tx.Forget("things")
					insert(tx, "gone")
					count(t, tx)
					return failed
				},
				func(tx *store.Tx) error {
					if n, _ := count(t, tx); n != 0 {
						t.Errorf("%d things are known of a change that failed", n)
					}
					return nil
				})
		}
	})
}

// inOneCommit hands both in while the writer is busy, so that they share a
// commit.
func inOneCommit(t *testing.T, db *store.Store, fns ...func(*store.Tx) error) {
	t.Helper()
	entered, goOn := make(chan struct{}), make(chan struct{})
	done := make(chan error, len(fns)+1)
	go func() {
		first := true
		done <- db.Write(context.Background(), ins, func(tx *store.Tx) error {
			if first {
				first = false
				close(entered)
				<-goOn
			}
			return nil
		})
	}()
	<-entered
	for _, fn := range fns {
		handedIn := make(chan struct{})
		go func() {
			close(handedIn)
			done <- db.Write(context.Background(), ins, fn)
		}()
		<-handedIn
	}
	close(goOn)
	for range len(fns) + 1 {
		<-done
	}
}

func TestWhatIsUndoneIsTold(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		open := 0
		promise := func(tx *store.Tx) {
			open++
			tx.OnUndo(func() { open-- })
			tx.AfterCommit(func() { open-- })
		}
		failed := errors.New("no")
		inOneCommit(t, db,
			func(tx *store.Tx) error { promise(tx); return failed },
			func(tx *store.Tx) error { promise(tx); return insert(tx, "kept") })
		if open != 0 {
			t.Errorf("%d promises are open after all ended", open)
		}
	})
}
