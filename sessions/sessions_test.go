package sessions_test

import (
	"context"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

const ins = "ins_test"

// world is a store with one user.
type world struct {
	t      *testing.T
	db     *store.Store
	live   *instance.Live
	user   string
	events []string
}

func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	var w *world
	opts := store.Options{Schemas: []store.Schema{users.Schema, sessions.Schema},
		Emit: func(_ *store.Tx, e store.Event) error { w.events = append(w.events, e.Type); return nil }}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		w = &world{} // for what making the user emits
		w = newWorld(t, db)
		fn(w)
	})
}

// newWorld makes the instance and its user in a store.
func newWorld(t *testing.T, db *store.Store) *world {
	t.Helper()
	w := &world{t: t, db: db, live: &instance.Live{ID: ins, Keys: issuer.NewKeySet(issuer.DevelopmentKey()),
		Config: instance.Config{Settings: instance.DefaultSettings()}}}
	w.write(func(tx *store.Tx) error { return tx.InitState("") })
	w.write(func(tx *store.Tx) error {
		u, err := users.Create(tx, w.live.Rules(), users.CreateParams{EmailAddress: []string{"ada@example.com"}})
		if err == nil {
			w.user = u.ID
		}
		return err
	})
	return w
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), ins, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return tx.SetClock(tx.Clock().Advance(d)) })
}

func (w *world) signIn() (s *sessions.Session) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		s, err = sessions.Create(tx, w.live, sessions.CreateParams{UserID: w.user})
		return err
	})
	return s
}

func (w *world) count(f sessions.Filter) (n int64) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) { n, err = sessions.Count(tx, f); return err })
	return n
}

func TestTimeAloneEndsASession(t *testing.T) {
	each(t, func(w *world) {
		w.live.Config.Settings.SessionLifetime = 3600
		s := w.signIn()
		w.advance(59 * time.Minute)
		if n := w.count(sessions.Filter{UserID: w.user, Status: sessions.Active}); n != 1 {
			t.Errorf("%d active sessions after 59 minutes of an hour", n)
		}
		w.advance(time.Minute)
		w.write(func(tx *store.Tx) error {
			now, err := sessions.Get(tx, s.ID)
			if err != nil || now.Status != sessions.Expired {
				w.t.Errorf("after an hour: %+v, %v", now, err)
			}
			if _, err := sessions.Subject(tx, w.live, s.ID); !apierr.HasCode(err, "resource_not_found") {
				w.t.Errorf("a token of an expired session: %v", err)
			}
			return nil
		})
		if a, e := w.count(sessions.Filter{Status: sessions.Active}), w.count(sessions.Filter{Status: sessions.Expired}); a != 0 || e != 1 {
			t.Errorf("lists show %d active and %d expired", a, e)
		}
	})
}

func TestASessionEndsOnceAndSaysSoOnce(t *testing.T) {
	each(t, func(w *world) {
		s := w.signIn()
		for range 2 {
			w.write(func(tx *store.Tx) error {
				after, err := sessions.Revoke(tx, w.live, s.ID)
				if err == nil && after.Status != sessions.Revoked {
					w.t.Errorf("status %s", after.Status)
				}
				return err
			})
		}
		if len(w.events) != 2 || w.events[0] != "session.created" || w.events[1] != "session.revoked" {
			t.Errorf("events %v", w.events)
		}
	})
}

func TestTheFactorAgeCountsWholeMinutesOfInstanceTime(t *testing.T) {
	each(t, func(w *world) {
		s := w.signIn()
		w.advance(119 * time.Second)
		w.write(func(tx *store.Tx) error {
			subject, err := sessions.Subject(tx, w.live, s.ID)
			if err == nil && subject.Session.FactorVerificationAge != [2]int{1, -1} {
				w.t.Errorf("fva %v", subject.Session.FactorVerificationAge)
			}
			return err
		})
	})
}

func TestATicketNamesNobodyAndCannotBeASession(t *testing.T) {
	each(t, func(w *world) {
		w.write(func(tx *store.Tx) error {
			ticket, err := sessions.CreateSignInToken(tx, w.live, w.user, nil)
			if err != nil {
				return err
			}
			if _, err := sessions.CreateSignInToken(tx, w.live, w.user, new(int64(0))); !apierr.HasCode(err, "form_param_format_invalid") {
				w.t.Errorf("a ticket that lasts no time: %v", err)
			}
			if ticket.ExpireAt-ticket.CreatedAt != 30*24*time.Hour.Milliseconds() {
				w.t.Errorf("a ticket lasts %d ms", ticket.ExpireAt-ticket.CreatedAt)
			}
			return nil
		})
	})
}

func TestTestingTokensHaveClerksForm(t *testing.T) {
	at := time.Unix(1_713_877_200, 0)
	token := sessions.NewTestingToken(ids.Source{Rand: ids.Random, Clock: clock.NewManual(at)})
	if token.ExpiresAt != 1_713_880_800 || token.Token[:13] != "1713877200-c_" {
		t.Errorf("%+v", token)
	}
}
