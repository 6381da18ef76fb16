package sessions_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// browser opens a browser with a client and returns both.
func (w *world) browser() (token string, c *sessions.Client) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if token, err = sessions.CreateBrowser(tx); err != nil {
			return err
		}
		c, err = sessions.EnsureClient(tx, token)
		return err
	})
	return token, c
}

// visit signs the user in in a browser.
func (w *world) visit(clientID, userID string) (s *sessions.Session) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		s, err = sessions.Create(tx, w.live, sessions.CreateParams{UserID: userID, ClientID: clientID})
		return err
	})
	return s
}

func (w *world) view(clientID string) (v *sessions.ClientView) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) { v, err = sessions.ViewClient(tx, w.live, clientID); return err })
	return v
}

// second makes another user.
func (w *world) second() (id string) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		u, err := users.Create(tx, w.live.Rules(), users.CreateParams{EmailAddress: []string{"bob@example.com"}})
		if err == nil {
			id = u.ID
		}
		return err
	})
	return id
}

func TestABrowserIsKnownByItsTokenAlone(t *testing.T) {
	each(t, func(w *world) {
		token, c := w.browser()
		other, _ := w.browser()
		if token == other {
			t.Fatal("two browsers have one token")
		}
		w.write(func(tx *store.Tx) error {
			again, err := sessions.EnsureClient(tx, token)
			if err != nil || again.ID != c.ID {
				t.Errorf("%+v, %v", again, err)
			}
			for _, stranger := range []string{"", "dvb_", c.ID, token + "x"} {
				if _, err := sessions.EnsureClient(tx, stranger); !apierr.HasCode(err, "dev_browser_unauthenticated") {
					t.Errorf("%q: %v", stranger, err)
				}
			}
			return nil
		})
		err := w.db.Write(context.Background(), "ins_other", func(tx *store.Tx) error {
			_, err := sessions.ClientOf(tx, token)
			return err
		})
		if !apierr.HasCode(err, "dev_browser_unauthenticated") {
			t.Errorf("another instance knows it: %v", err)
		}
	})
}

func TestABrowserHasOneSessionUnlessItMayHaveSeveral(t *testing.T) {
	each(t, func(w *world) {
		bob := w.second()
		for _, multi := range []bool{false, true} {
			w.live.Config.Settings.MultiSession = multi
			_, c := w.browser()
			ada, again := w.visit(c.ID, w.user), w.visit(c.ID, w.user)
			last := w.visit(c.ID, bob)
			var ids []string
			for _, s := range w.view(c.ID).Sessions {
				ids = append(ids, s.ID)
			}
			want := []string{last.ID}
			if multi {
				want = []string{last.ID, again.ID}
			}
			if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(want))) || w.view(c.ID).Current().ID != last.ID {
				t.Errorf("several %t: %q, want %q", multi, ids, want)
			}
			w.write(func(tx *store.Tx) error {
				s, err := sessions.Get(tx, ada.ID)
				if err == nil && s.Status != sessions.Replaced {
					t.Errorf("the first session is %s", s.Status)
				}
				return err
			})
		}
	})
}

// TestTheClientChangesWithItsSessionsOnly: clerk-js writes updated_at into
// __client_uat, and a token older than that is refused.
func TestTheClientChangesWithItsSessionsOnly(t *testing.T) {
	at := clock.NewManual(time.Unix(1_700_000_000, 0))
	var w *world
	opts := store.Options{Schemas: []store.Schema{users.Schema, sessions.Schema}, Clock: at}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		at.Set(time.Unix(1_700_000_000, 0))
		w = newWorld(t, db)
		w.advance(365 * 24 * time.Hour) // of instance time: it is not what tokens follow
		_, c := w.browser()
		step := func() { at.Advance(time.Minute) }
		updated := func() int64 { return w.view(c.ID).UpdatedAt }
		step()
		s := w.visit(c.ID, w.user)
		signedIn := updated()
		if signedIn != at.Now().UnixMilli() {
			t.Errorf("signed in at %d, not %d", signedIn, at.Now().UnixMilli())
		}
		step()
		w.write(func(tx *store.Tx) error {
			if _, err := sessions.Touch(tx, w.live, c.ID, s.ID, nil); err != nil {
				return err
			}
			return sessions.NoteStrategy(tx, c.ID, "password")
		})
		if updated() != signedIn || *w.view(c.ID).LastAuthenticationStrategy != "password" {
			t.Errorf("a touch moves it from %d to %d", signedIn, updated())
		}
		w.write(func(tx *store.Tx) error { _, err := sessions.Revoke(tx, w.live, s.ID); return err })
		if updated() != at.Now().UnixMilli() {
			t.Errorf("after a revocation: %d", updated())
		}
		w.live.Config.Tokens = "instance_time"
		if w.visit(c.ID, w.user); updated() != at.Now().Add(365*24*time.Hour).UnixMilli() {
			t.Errorf("where tokens follow instance time: %d", updated())
		}
	})
}

func TestAnUnusedSessionIsAbandoned(t *testing.T) {
	each(t, func(w *world) {
		w.live.Config.Settings.SessionInactivity = 600
		_, c := w.browser()
		s := w.visit(c.ID, w.user)
		for range 3 { // each use gives it ten minutes more
			w.advance(9 * time.Minute)
			w.write(func(tx *store.Tx) error { return sessions.NoteActivity(tx, w.live, s.ID) })
		}
		w.advance(10 * time.Minute)
		w.write(func(tx *store.Tx) error {
			if now, err := sessions.Get(tx, s.ID); err != nil || now.Status != sessions.Abandoned {
				t.Errorf("%+v, %v", now, err)
			}
			if _, err := sessions.TokenView(tx, w.live, c.ID, s.ID, nil); !apierr.HasCode(err, "authentication_invalid") {
				t.Errorf("a token of it: %v", err)
			}
			return nil
		})
		if v := w.view(c.ID); len(v.Sessions) != 0 || v.Current() != nil {
			t.Errorf("%+v", v)
		}
	})
}

func TestAHandshakeIsRedeemedOnceAndSoon(t *testing.T) {
	at := clock.NewManual(time.Unix(1_700_000_000, 0))
	opts := store.Options{Schemas: []store.Schema{users.Schema, sessions.Schema}, Clock: at}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		w := newWorld(t, db)
		put := func() (nonce string) {
			w.write(func(tx *store.Tx) (err error) { nonce, err = sessions.StoreHandshake(tx, []string{"a=b"}); return err })
			return nonce
		}
		take := func(nonce string) (lines []string, err error) {
			err = w.db.Write(context.Background(), ins, func(tx *store.Tx) (err error) { lines, err = sessions.TakeHandshake(tx, nonce); return err })
			return lines, err
		}
		nonce := put()
		if lines, err := take(nonce); err != nil || len(lines) != 1 || lines[0] != "a=b" {
			t.Errorf("%q, %v", lines, err)
		}
		late := put()
		at.Advance(time.Minute)
		for _, spent := range []string{nonce, late, ""} {
			if _, err := take(spent); !apierr.HasCode(err, "resource_not_found") {
				t.Errorf("%q: %v", spent, err)
			}
		}
	})
}

func TestForgettingAClientSignsEverybodyOut(t *testing.T) {
	each(t, func(w *world) {
		w.live.Config.Settings.MultiSession = true
		token, c := w.browser()
		w.visit(c.ID, w.user)
		w.visit(c.ID, w.second())
		w.events = nil
		w.write(func(tx *store.Tx) error { return sessions.ForgetClient(tx, w.live, c.ID) })
		if want := []string{"session.removed", "session.removed"}; !slices.Equal(w.events, want) {
			t.Errorf("events %q", w.events)
		}
		w.write(func(tx *store.Tx) error {
			if now, err := sessions.ClientOf(tx, token); err != nil || now != nil {
				t.Errorf("%+v, %v", now, err)
			}
			return nil
		})
	})
}
