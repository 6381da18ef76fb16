package instance_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/issuer"
)

var ctx = context.Background()

func options(c clock.Clock) store.Options {
	return store.Options{Schemas: []store.Schema{instance.Schema}, Clock: c}
}

func open(t *testing.T, opts store.Options) *instance.Registry {
	t.Helper()
	pool := issuer.NewPool(1, ids.Random)
	t.Cleanup(pool.Close)
	r, err := instance.NewRegistry(ctx, storetest.Open(t, opts), pool, instance.Base{FrontendHost: "localhost:4545", Backend: "http://localhost:4545", Issuer: "http://emulator:4545"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func nothing(*store.Tx) error { return nil }

func put(t *testing.T, r *instance.Registry, p instance.Params) *instance.Live {
	t.Helper()
	if p.SigningKey == nil {
		p.SigningKey = issuer.DevelopmentKey()
	}
	l, err := r.Put(ctx, p, nothing)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAnInstanceIsFoundByEverythingThatNamesIt(t *testing.T) {
	storetest.EachOptions(t, options(clock.Wall), func(t *testing.T, opts store.Options) {
		r := open(t, opts)
		def := put(t, r, instance.Params{Slug: "default"})
		other := put(t, r, instance.Params{Slug: "w1"})
		if def.Issuer != "http://emulator:4545" || other.Issuer != "http://emulator:4545/i/w1" {
			t.Errorf("issuers %s and %s", def.Issuer, other.Issuer)
		}
		if other.Addresses.Frontend != "https://w1.localhost:4545" || other.Addresses.Backend != "http://localhost:4545/i/w1" {
			t.Errorf("addresses %+v", other.Addresses)
		}
		for slug, want := range map[string]*instance.Live{"default": def, "w1": other} {
			bySlug, err := r.BySlug(ctx, slug)
			byKey, keyErr := r.BySecretKey(ctx, want.SecretKey)
			if err != nil || keyErr != nil || bySlug.ID != want.ID || byKey.ID != want.ID || r.ByID(ctx, want.ID).Slug != slug {
				t.Errorf("%s: %v, %v", slug, err, keyErr)
			}
		}
		if _, err := r.BySlug(ctx, "w2"); err == nil || !strings.Contains(err.Error(), "[default w1]") {
			t.Errorf("an unknown slug: %v", err)
		}
		if err := r.Delete(ctx, other.ID, nothing); err != nil {
			t.Fatal(err)
		}
		if _, err := r.BySecretKey(ctx, other.SecretKey); !apierr.HasCode(err, "clerk_key_invalid") {
			t.Errorf("the key of a deleted instance: %v", err)
		}
	})
}

func TestPutAgainKeepsWhatIsNotNamed(t *testing.T) {
	storetest.EachOptions(t, options(clock.Wall), func(t *testing.T, opts store.Options) {
		r := open(t, opts)
		first := put(t, r, instance.Params{Slug: "w1", Config: instance.Config{Issuer: "http://one.example"}})
		again, err := r.Put(ctx, instance.Params{Slug: "w1", Config: instance.Config{Issuer: "http://two.example"}}, nothing)
		if err != nil {
			t.Fatal(err)
		}
		if again.ID != first.ID || again.SecretKey != first.SecretKey || again.Keys.Current().KID() != first.Keys.Current().KID() {
			t.Error("an instance that was put again has another id, secret key or signing key")
		}
		if again.Issuer != "http://two.example" || first.Issuer != "http://one.example" {
			t.Errorf("issuers %s, %s", first.Issuer, again.Issuer)
		}
		if _, err := r.Put(ctx, instance.Params{Slug: "w2", SecretKey: first.SecretKey, SigningKey: issuer.DevelopmentKey()}, nothing); err == nil || !strings.Contains(err.Error(), "w1") {
			t.Errorf("a secret key that another instance has: %v", err)
		}
		reopened, err := open(t, opts).BySlug(ctx, "w1")
		if err != nil || reopened.Issuer != "http://two.example" || reopened.SecretKey != first.SecretKey {
			t.Errorf("after a restart: %+v, %v", reopened, err)
		}
	})
}

// Two processes share a PostgreSQL: what one changes, the other knows a second
// later, without a restart.
func TestAnotherProcessLearnsOfAChange(t *testing.T) {
	wall := clock.NewManual(time.UnixMilli(1_800_000_000_000))
	opts := storetest.Postgres(t, options(wall))
	a, b := open(t, opts), open(t, opts)
	put(t, a, instance.Params{Slug: "w1"})
	if _, err := b.BySlug(ctx, "w1"); err == nil {
		t.Error("the other process looked before its second was over: hot paths must not read the store")
	}
	wall.Advance(1100 * time.Millisecond)
	if _, err := b.BySlug(ctx, "w1"); err != nil {
		t.Errorf("after a second: %v", err)
	}
}

func TestEveryIssuerInUseHasItsOwnDocument(t *testing.T) {
	r := open(t, storetest.SQLite(t, options(clock.Wall)))
	l := put(t, r, instance.Params{Slug: "default", Config: instance.Config{SessionIssuer: "frontend_api"}})
	l, err := r.Change(ctx, l.ID, func(tx *store.Tx) error {
		_, err := instance.PutTemplate(tx, "", instance.TemplateParams{Name: new("other"), Claims: json.RawMessage(`{}`), Issuer: new("http://host.docker.internal:4545/")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"emulator:4545":             "http://emulator:4545",
		"host.docker.internal:4545": "http://host.docker.internal:4545/",
		"localhost:4545":            "https://localhost:4545/.accounts.dev",
		"127.0.0.1:4545":            "http://emulator:4545",
	} {
		var doc struct{ Issuer string }
		if err := json.Unmarshal(l.Discovery(host), &doc); err != nil || doc.Issuer != want {
			t.Errorf("at %s the issuer is %q, not %q (%v)", host, doc.Issuer, want, err)
		}
	}
}
