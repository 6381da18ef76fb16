package invitations_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/users"
)

// world is a store with one instance, and the events that it emitted.
type world struct {
	*testing.T
	db     *store.Store
	live   *instance.Live
	events []string
}

func each(t *testing.T, fn func(*world)) {
	t.Helper()
	var w *world
	opts := store.Options{Schemas: []store.Schema{users.Schema, inbox.Schema, invitations.Schema}, Emit: func(_ *store.Tx, e store.Event) error {
		w.events = append(w.events, e.Type)
		return nil
	}}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		w = &world{T: t, db: db, live: &instance.Live{ID: "ins_test", Slug: "default", Keys: issuer.NewKeySet(issuer.DevelopmentKey()),
			Config: instance.Config{Settings: instance.DefaultSettings()}}}
		w.write(func(tx *store.Tx) error { return tx.InitState("") })
		fn(w)
	})
}

func (w *world) try(fn func(*store.Tx) error) error {
	w.events = nil
	return w.db.Write(context.Background(), w.live.ID, fn)
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.try(fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) invite(address string) (i *invitations.Invitation) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		i, err = invitations.Create(tx, w.live, invitations.CreateParams{EmailAddress: address, Base: "http://localhost:4545"})
		return err
	})
	return i
}

func (w *world) advance(d time.Duration) {
	w.Helper()
	w.write(func(tx *store.Tx) error { return tx.SetClock(tx.Clock().Advance(d)) })
}

func TestTheTicketIsTheInvitation(t *testing.T) {
	each(t, func(w *world) {
		i := w.invite("grace@example.com")
		find := func(ticket string) error {
			return w.try(func(tx *store.Tx) error { _, err := invitations.FindByTicket(tx, ticket); return err })
		}
		if err := find(i.Ticket); err != nil || !strings.HasSuffix(i.URL, i.Ticket) {
			w.Errorf("%s: %v", i.URL, err)
		}
		forged, err := w.live.SignTicket(instance.Ticket{Kind: instance.InvitationTicket, ID: i.ID, Expiry: 1})
		if err != nil {
			w.Fatal(err)
		}
		if err := find(forged); !apierr.HasCode(err, "ticket_invalid_code") { // though the key is right
			w.Errorf("another ticket of the same invitation: %v", err)
		}
		w.advance(30*24*time.Hour - time.Minute)
		if err := find(i.Ticket); err != nil {
			w.Errorf("before its end: %v", err)
		}
		w.advance(time.Minute)
		if err := find(i.Ticket); !apierr.HasCode(err, "ticket_expired_code") {
			w.Errorf("at its end: %v", err)
		}
	})
}

func TestBulkInvitesAllOrNobody(t *testing.T) {
	each(t, func(w *world) {
		w.invite("grace@example.com")
		err := w.try(func(tx *store.Tx) error {
			_, err := invitations.CreateBulk(tx, w.live, []invitations.CreateParams{{EmailAddress: "ada@example.com"}, {EmailAddress: "grace@example.com"}})
			return err
		})
		w.write(func(tx *store.Tx) error {
			list, total, listErr := invitations.List(tx, invitations.Filter{Limit: 10})
			if !apierr.HasCode(err, "duplicate_record") || total != 1 || list[0].EmailAddress != "grace@example.com" {
				w.Errorf("%v, and %d invitations", err, total)
			}
			return listErr
		})
	})
}

func TestTheWaitlistTellsWhatBecomesOfSomebody(t *testing.T) {
	each(t, func(w *world) {
		var id string
		step := func(want string, fn func(tx *store.Tx) error) {
			w.Helper()
			w.write(fn)
			if got := strings.Join(w.events, " "); got != want {
				w.Errorf("emitted %q, not %q", got, want)
			}
		}
		step("waitlistEntry.created email.created", func(tx *store.Tx) error {
			e, err := invitations.CreateEntry(tx, w.live, invitations.EntryParams{EmailAddress: "Grace@example.com"})
			if err == nil {
				id = e.ID
			}
			return err
		})
		step("email.created waitlistEntry.updated", func(tx *store.Tx) error {
			_, err := invitations.Invite(tx, w.live, id, "http://localhost:4545", false)
			return err
		})
		step("", func(tx *store.Tx) error { return invitations.Complete(tx, "ada@example.com") })
		step("waitlistEntry.updated", func(tx *store.Tx) error { return invitations.Complete(tx, "grace@EXAMPLE.com") })
		step("", func(tx *store.Tx) error { return invitations.Complete(tx, "grace@example.com") })
		w.write(func(tx *store.Tx) error {
			e, err := invitations.GetEntry(tx, id)
			if err == nil && (e.Status != invitations.Completed || e.Invitation == nil || e.InvitedAt == nil) {
				w.Errorf("%+v", e)
			}
			return err
		})
	})
}

func TestListsGoInOrder(t *testing.T) {
	each(t, func(w *world) {
		for _, address := range []string{"b@example.com", "C@example.com", "a@example.com"} {
			w.invite(address)
			w.advance(time.Second)
		}
		for order, want := range map[string]string{"": "aCb", "created_at": "bCa", "+email_address": "abC", " email_address": "abC", "-email_address": "Cba", "-expires_at": "aCb"} {
			w.write(func(tx *store.Tx) error {
				list, _, err := invitations.List(tx, invitations.Filter{OrderBy: order, Limit: 10})
				var got strings.Builder
				for _, i := range list {
					got.WriteString(i.EmailAddress[:1])
				}
				if got.String() != want {
					w.Errorf("%q gives %s, not %s", order, got.String(), want)
				}
				return err
			})
		}
	})
}

func TestClearTakesEverything(t *testing.T) {
	each(t, func(w *world) {
		w.invite("grace@example.com")
		w.write(func(tx *store.Tx) error {
			_, err := invitations.CreateEntry(tx, w.live, invitations.EntryParams{EmailAddress: "ada@example.com"})
			return err
		})
		w.write(invitations.Clear)
		w.write(func(tx *store.Tx) error {
			_, n, err := invitations.List(tx, invitations.Filter{Limit: 10})
			if err != nil {
				return err
			}
			_, m, err := invitations.ListEntries(tx, invitations.Filter{Limit: 10})
			if n != 0 || m != 0 {
				w.Errorf("%d invitations and %d entries are left", n, m)
			}
			return err
		})
	})
}
