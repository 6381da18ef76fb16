package signin

import (
	"context"
	"net/url"
	"slices"
	"testing"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

const password = "correct-horse-battery"

// world is a store with an instance, a browser and Ada.
type world struct {
	*testing.T
	db     *store.Store
	s      *Service
	live   *instance.Live
	client string
	ada    string
}

func each(t *testing.T, seed string, fn func(*world)) {
	t.Helper()
	opts := store.Options{Schemas: []store.Schema{users.Schema, sessions.Schema, inbox.Schema, invitations.Schema, Schema}}
	storetest.Each(t, opts, func(t *testing.T, db *store.Store) {
		w := &world{T: t, db: db, s: New(db), live: &instance.Live{ID: "ins_test", Slug: "default", Keys: issuer.NewKeySet(issuer.DevelopmentKey()),
			Config: instance.Config{Settings: instance.DefaultSettings()}}}
		w.write(func(tx *store.Tx) error { return tx.InitState(seed) })
		plain := password
		p := users.CreateParams{EmailAddress: []string{"ada@example.com"}, Password: &plain}
		if err := p.Prepare(&users.Hasher{}); err != nil {
			t.Fatal(err)
		}
		w.write(func(tx *store.Tx) error {
			browser, err := sessions.CreateBrowser(tx)
			if err != nil {
				return err
			}
			c, err := sessions.EnsureClient(tx, browser)
			if err != nil {
				return err
			}
			u, err := users.Create(tx, w.live.Rules(), p)
			w.client, w.ada = c.ID, u.ID
			return err
		})
		fn(w)
	})
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.db.Write(context.Background(), w.live.ID, fn); err != nil {
		w.Fatal(err)
	}
}

func TestASeedRepeatsTheCodes(t *testing.T) {
	var codes []string
	each(t, "dice", func(w *world) {
		for range 2 {
			_, err := w.s.CreateSignIn(context.Background(), w.live, w.client, SignInParams{Strategy: emailCode, Identifier: "ada@example.com"})
			if err != nil {
				w.Fatal(err)
			}
		}
		w.write(func(tx *store.Tx) error {
			list, err := inbox.List(tx, inbox.Filter{})
			for _, m := range list {
				codes = append(codes, m.Code)
			}
			return err
		})
	})
	if codes[0] == codes[1] {
		t.Errorf("the second code is the first: %v", codes)
	}
	if len(codes) == 4 && !slices.Equal(codes[:2], codes[2:]) {
		t.Errorf("the engines drew different codes: %v", codes)
	}
}

func TestAPasswordThatChangesWhileItIsCheckedIsCheckedAnew(t *testing.T) {
	each(t, "", func(w *world) {
		another := "another-horse"
		update := users.UpdateParams{Password: &another}
		if err := update.Prepare(&users.Hasher{}); err != nil {
			w.Fatal(err)
		}
		calls := 0
		find := func(tx *store.Tx) (*users.User, error) {
			u, err := users.Get(tx, w.live.Rules(), w.ada)
			if calls++; calls == 1 { // after it was read, before it is judged
				w.write(func(tx *store.Tx) error {
					_, err := users.Update(tx, w.live.Rules(), w.ada, update)
					return err
				})
			}
			return u, err
		}
		right, err := checked(context.Background(), w.s, w.live, find, password, func(_ *store.Tx, _ *users.User, right bool) (bool, error) { return right, nil })
		if err != nil || right {
			w.Errorf("the old password is right: %t, %v", right, err)
		}
	})
}

func TestLegalConsentIsAskedFor(t *testing.T) {
	each(t, "", func(w *world) {
		ctx := context.Background()
		w.live.Config.Settings.Users.LegalConsent = true
		address, plain, yes, no := "grace+clerk_test@example.com", password, true, false
		su, err := w.s.CreateSignUp(ctx, w.live, w.client, SignUpParams{EmailAddress: &address, Password: &plain, Strategy: emailCode})
		if err != nil || !slices.Equal(su.MissingFields, []string{"legal_accepted"}) {
			w.Fatalf("%+v, %v", su, err)
		}
		if su, err = w.s.AttemptVerification(ctx, w.live, w.client, su.ID, AttemptParams{Strategy: emailCode, Code: testCode}); err != nil || su.Status != MissingRequirements {
			w.Fatalf("%+v, %v", su, err)
		}
		if _, err := w.s.UpdateSignUp(ctx, w.live, w.client, su.ID, SignUpParams{LegalAccepted: &no}); !apierr.HasCode(err, "legal_not_accepted") {
			w.Errorf("declined: %v", err)
		}
		if su, err = w.s.UpdateSignUp(ctx, w.live, w.client, su.ID, SignUpParams{LegalAccepted: &yes}); err != nil || su.Status != Complete || su.LegalAcceptedAt == nil {
			w.Fatalf("%+v, %v", su, err)
		}
		w.write(func(tx *store.Tx) error {
			u, err := users.Get(tx, w.live.Rules(), *su.CreatedUserID)
			if err == nil && (u.Backend().LegalAcceptedAt == nil || *u.Backend().LegalAcceptedAt != *su.LegalAcceptedAt) {
				w.Errorf("the user accepted at %v", u.Backend().LegalAcceptedAt)
			}
			return err
		})
	})
}

func TestOutsideTestModeATestAddressIsLikeAnyOther(t *testing.T) {
	each(t, "", func(w *world) {
		ctx := context.Background()
		w.live.Config.Settings.Users.TestMode = false
		address := "grace+clerk_test@example.com"
		if _, err := w.s.CreateSignUp(ctx, w.live, w.client, SignUpParams{EmailAddress: &address, Strategy: emailCode}); err != nil {
			w.Fatal(err)
		}
		w.write(func(tx *store.Tx) error {
			list, err := inbox.List(tx, inbox.Filter{To: address})
			if len(list) != 1 {
				w.Errorf("%d mails were sent", len(list))
			}
			return err
		})
	})
}

func TestWhoIsATestIdentity(t *testing.T) {
	r := users.DefaultRules()
	for to, want := range map[string]bool{"jane+clerk_test@example.com": true, "jane+CLERK_TEST2@example.com": true, "jane@clerk_test.example.com": false, "+clerk_test": false,
		"+12015550100": true, "+12015550199": true, "+12015550200": false, "+442015550100": false} {
		if got := isTest(r, to); got != want {
			t.Errorf("%s is a test identity: %t", to, got)
		}
	}
}

func TestAnIdentifierIsMaskedUnlessItIsKnown(t *testing.T) {
	for _, c := range [][3]string{{"ada@example.com", "", "a*****@example.com"}, {"ada@example.com", "Ada@example.com", "ada@example.com"},
		{"é@example.com", "", "é*****@example.com"}, {"+12015550100", "", "+12*****00"}, {"+1201", "", "*****"}} {
		if got := safe(c[0], c[1]); got != c[2] {
			t.Errorf("%s is shown as %s to who knows %q", c[0], got, c[1])
		}
	}
}

func FuzzLinksAndTickets(f *testing.F) {
	for _, s := range []string{"", ".", "sia_1.x", "a.b.c", "a.eyJzdCI6ImEifQ.c", "sua_.", "é.\x00.%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		instance.ReadTicket(s)
		landing := withQuery("http://localhost:3000/a?b=c#d", url.Values{"__clerk_ticket": {s}})
		u, err := url.Parse(landing)
		if err != nil || u.Query().Get("__clerk_ticket") != s || u.Fragment != "d" || u.Query().Get("b") != "c" {
			t.Errorf("%q lands at %s", s, landing)
		}
	})
}
