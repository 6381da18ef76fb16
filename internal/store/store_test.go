package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

const ins = "ins_test"

var things = []store.Schema{{Name: "things", Steps: []string{
	`CREATE TABLE thing (instance_id TEXT NOT NULL, id TEXT NOT NULL, n BIGINT, ok BOOLEAN NOT NULL, PRIMARY KEY (instance_id, id))`,
}}}

func options() store.Options {
	return store.Options{Schemas: things, Clock: clock.NewManual(time.UnixMilli(1_800_000_000_000))}
}

func insert(tx *store.Tx, id string) error {
	_, err := tx.Exec(`INSERT INTO thing (instance_id, id, n, ok) VALUES ($1, $2, $3, $4)`, tx.Instance(), id, tx.NowMS(), true)
	return err
}

func write(t *testing.T, db *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), ins, fn); err != nil {
		t.Fatal(err)
	}
}

func ids(t *testing.T, db *store.Store) (out []string) {
	t.Helper()
	err := db.Read(context.Background(), ins, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT id, ok FROM thing WHERE instance_id = $1 ORDER BY id`, tx.Instance())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var ok bool
			if err := rows.Scan(&id, &ok); err != nil {
				return err
			}
			out = append(out, id)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnErrorLeavesNothingAndARefusalLeavesItsTrace(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		bad := apierr.IncorrectPassword()
		err := db.Write(context.Background(), ins, func(tx *store.Tx) error { insert(tx, "invalid"); return bad })
		if !errors.Is(err, bad) {
			t.Errorf("an invalid change was answered with %v", err)
		}
		err = db.Write(context.Background(), ins, func(tx *store.Tx) error { insert(tx, "refused"); return apierr.Refused(bad) })
		if !errors.Is(err, bad) {
			t.Errorf("a refused attempt was answered with %v", err)
		}
		if got := ids(t, db); fmt.Sprint(got) != "[refused]" {
			t.Errorf("rows after an error and a refusal: %v", got)
		}
	})
}

func TestOneBadWriteDoesNotTouchThoseThatShareItsCommit(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		var wg sync.WaitGroup
		var hooks atomic.Int64
		for i := range 200 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				err := db.Write(context.Background(), ins, func(tx *store.Tx) error {
					tx.AfterCommit(func() { hooks.Add(1) })
					if err := insert(tx, fmt.Sprintf("t%03d", i)); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errors.New("refuse me")
					case 2:
						panic("hostile")
					case 3: // a statement that fails inside the transaction
						return insert(tx, fmt.Sprintf("t%03d", i))
					}
					return nil
				})
				if (err == nil) != (i%4 == 0) {
					t.Errorf("write %d was answered with %v", i, err)
				}
			}()
		}
		wg.Wait()
		if got := len(ids(t, db)); got != 50 || hooks.Load() != 50 {
			t.Errorf("%d rows and %d hooks after 50 good writes of 200", got, hooks.Load())
		}
	})
}

func TestSeqFollowsTheOrderOfCommits(t *testing.T) {
	storetest.EachOptions(t, options(), func(t *testing.T, opts store.Options) {
		// Two stores over one database stand for two processes.
		a, b := storetest.Open(t, opts), storetest.Open(t, opts)
		write(t, a, func(tx *store.Tx) error { return tx.InitState("") })
		var wg sync.WaitGroup
		for _, db := range []*store.Store{a, b} {
			for range 8 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for range 10 {
						if err := db.Write(context.Background(), ins, stampSeq); err != nil {
							t.Error(err)
						}
					}
				}()
			}
		}
		wg.Wait()
		if got := ids(t, a); len(got) != 160 || got[0] != "s0001" || got[159] != "s0160" {
			t.Errorf("%d rows from %v", len(got), got)
		}
	})
}

// stampSeq writes a row whose number must be the next one that a reader sees.
func stampSeq(tx *store.Tx) error {
	n, err := tx.NextSeq()
	if err != nil {
		return err
	}
	var before int64
	if err := tx.QueryRow(`SELECT count(*) FROM thing WHERE instance_id = $1`, tx.Instance()).Scan(&before); err != nil {
		return err
	}
	if before != n-1 {
		return fmt.Errorf("number %d was given out while %d rows were committed", n, before)
	}
	return insert(tx, fmt.Sprintf("s%04d", n))
}

func TestInstanceTimeIsVirtualAndWallTimeIsNot(t *testing.T) {
	opts := options()
	wall := opts.Clock.(*clock.Manual)
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		start := wall.Now()
		write(t, db, func(tx *store.Tx) error { return tx.InitState("") })
		write(t, db, func(tx *store.Tx) error { return tx.SetClock(tx.Clock().Advance(5 * time.Hour)) })
		write(t, db, func(tx *store.Tx) error {
			if got := tx.Now().Sub(tx.WallNow()); got != 5*time.Hour || !tx.WallNow().Equal(start) {
				t.Errorf("instance time is %v ahead of %v", got, tx.WallNow())
			}
			return tx.SetClock(tx.Clock().Freeze(tx.WallNow(), nil))
		})
		wall.Advance(time.Minute)
		write(t, db, func(tx *store.Tx) error {
			if got := tx.Now(); !got.Equal(start.Add(5 * time.Hour)) {
				t.Errorf("the frozen clock shows %v", got)
			}
			return tx.SetClock(tx.Clock().Advance(time.Hour).Resume(tx.WallNow()))
		})
		wall.Advance(time.Minute)
		write(t, db, func(tx *store.Tx) error {
			if got := tx.Now(); !got.Equal(start.Add(6*time.Hour + time.Minute)) {
				t.Errorf("the resumed clock shows %v", got)
			}
			return nil
		})
	})
}

func TestAClockThatWasNotCommittedIsForgotten(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		write(t, db, func(tx *store.Tx) error { return tx.InitState("") })
		advance := func(tx *store.Tx) error {
			before := tx.Now()
			err := tx.SetClock(tx.Clock().Advance(time.Hour))
			if got := tx.Now().Sub(before); got != time.Hour {
				t.Errorf("the transaction that advances the clock by an hour sees %v", got)
			}
			return err
		}
		var wg sync.WaitGroup
		for i := range 100 { // enough that some share a commit
			wg.Go(func() {
				err := db.Write(context.Background(), ins, func(tx *store.Tx) error {
					if i%2 == 0 {
						return errors.Join(advance(tx), errors.New("refuse me"))
					}
					if tx.NowMS() != tx.WallNowMS() {
						t.Errorf("write %d sees a clock that was never committed", i)
					}
					return insert(tx, fmt.Sprint(i))
				})
				if (err == nil) != (i%2 == 1) {
					t.Errorf("write %d was answered with %v", i, err)
				}
			})
		}
		wg.Wait()
		write(t, db, advance)
		write(t, db, func(tx *store.Tx) error {
			if got := tx.Now().Sub(tx.WallNow()); got != time.Hour {
				t.Errorf("after one hour that was committed the clock is %v ahead", got)
			}
			return nil
		})
	})
}

func TestAReadKeepsItsInstantWhileTheClockIsMoved(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		write(t, db, func(tx *store.Tx) error { return tx.InitState("") })
		write(t, db, func(tx *store.Tx) error { tx.Now(); return insert(tx, "a") })
		now := func() (at time.Time) {
			err := db.Read(context.Background(), ins, func(tx *store.Tx) error {
				at = tx.Now()
				write(t, db, func(tx *store.Tx) error { return tx.SetClock(tx.Clock().Advance(time.Hour)) })
				if again := tx.Now(); !again.Equal(at) {
					t.Errorf("one read sees %v, then %v", at, again)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		if first, second := now(), now(); second.Sub(first) != time.Hour {
			t.Errorf("a read after the clock was moved by an hour is %v later", second.Sub(first))
		}
	})
}

func TestASeedRepeatsIDsAndAnEpochNeverDoes(t *testing.T) {
	storetest.EachOptions(t, options(), func(t *testing.T, opts store.Options) {
		db := storetest.Open(t, opts)
		draw := func() (out []string) {
			write(t, db, func(tx *store.Tx) error {
				out = []string{tx.NewID("user"), tx.NewID("user"), tx.NewID("sess")}
				return nil
			})
			return out
		}
		write(t, db, func(tx *store.Tx) error { return tx.InitState("golden") })
		first := draw()
		write(t, db, func(tx *store.Tx) error { return tx.RaiseEpoch() })
		second := draw()
		seen := map[string]bool{}
		for _, id := range append(first, second...) {
			if seen[id] {
				t.Errorf("%s was given out twice", id)
			}
			seen[id] = true
		}
		write(t, db, func(tx *store.Tx) error { return tx.DropState() })
		write(t, db, func(tx *store.Tx) error { return tx.InitState("golden") })
		if again := draw(); fmt.Sprint(again) != fmt.Sprint(first) {
			t.Errorf("the same seed gave %v, then %v", first, again)
		}
	})
}

func TestOrderIsByBytesAndNullsStayWhereTheyAreAskedFor(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		want := []string{"", "A", "Z", "a", "z", "ä", "日本", "🦉"}
		for i := len(want) - 1; i >= 0; i-- {
			write(t, db, func(tx *store.Tx) error { return insert(tx, want[i]) })
		}
		if got := ids(t, db); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("order %q", got)
		}
	})
}

func TestACallerThatLeavesDoesNotTearDownOthers(t *testing.T) {
	storetest.Each(t, options(), func(t *testing.T, db *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := db.Write(ctx, ins, func(tx *store.Tx) error { return insert(tx, "gone") }); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled write was answered with %v", err)
		}
		ctx, cancel = context.WithCancel(context.Background())
		if err := db.Write(ctx, ins, func(tx *store.Tx) error { cancel(); return insert(tx, "kept") }); err != nil {
			t.Errorf("a write whose caller left while it ran: %v", err)
		}
		if got := ids(t, db); fmt.Sprint(got) != "[kept]" {
			t.Errorf("rows %v", got)
		}
	})
}

func TestMemoryKeepsReadersAndWritersApart(t *testing.T) {
	opts := options()
	opts.Path, opts.Memory = t.Name(), true
	db := storetest.Open(t, opts)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			if err := db.Write(context.Background(), ins, func(tx *store.Tx) error { return insert(tx, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
		}()
		go func() { defer wg.Done(); ids(t, db) }()
	}
	wg.Wait()
	if got := len(ids(t, db)); got != 50 {
		t.Errorf("%d rows", got)
	}
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	for name, c := range map[string]struct {
		opts store.Options
		want string
	}{
		"no folder":   {store.Options{Path: t.TempDir() + "/none/x.db"}, "--data"},
		"odd DSN":     {store.Options{DSN: "mysql://x"}, "postgres://"},
		"nobody home": {store.Options{DSN: "postgres://127.0.0.1:1/x"}, "--database-url"},
	} {
		_, err := store.Open(context.Background(), c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	storetest.EachOptions(t, options(), func(t *testing.T, opts store.Options) {
		db := storetest.Open(t, opts)
		db.Close()
		nothing := func(*store.Tx) error { return nil }
		if err := db.Read(context.Background(), ins, nothing); !errors.Is(err, store.ErrClosed) {
			t.Errorf("a read is answered with %v", err)
		}
		if err := db.Write(context.Background(), ins, nothing); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("a write is answered with %v", err)
		}
	})
}
