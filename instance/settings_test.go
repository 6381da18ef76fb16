package instance_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
)

func setSettings(r *instance.Registry, id string, change func(*instance.Settings) error) (*instance.Live, error) {
	return r.Change(ctx, id, func(tx *store.Tx) error { return instance.SetSettings(tx, change) })
}

func TestSettingsReachTheEnvironmentAtOnce(t *testing.T) {
	storetest.EachOptions(t, options(clock.Wall), func(t *testing.T, opts store.Options) {
		r := open(t, opts)
		l := put(t, r, instance.Params{Slug: "default", Config: instance.Config{Issuer: "http://one.example", Settings: instance.DefaultSettings()}})
		_, err := setSettings(r, l.ID, func(s *instance.Settings) error {
			s.SignUpMode, s.Users.LegalConsent = "waitlist", true
			return s.SetPresence("username", instance.Required)
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*instance.Registry{"at once": r, "after a restart": open(t, opts)} {
			l, err := r.BySlug(ctx, "default")
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(l.Environment(instance.Pages{}))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{`"mode":"waitlist"`, `"legal_consent_enabled":true`, `"username":{"enabled":true,"required":true,"used_for_first_factor":true`} {
				if !strings.Contains(string(raw), want) {
					t.Errorf("%s: no %s in %s", name, want, raw)
				}
			}
			if l.Issuer != "http://one.example" {
				t.Errorf("%s: the issuer became %s", name, l.Issuer)
			}
		}
	})
}

func TestWrongSettingsNameTheirFieldsAndChangeNothing(t *testing.T) {
	r := open(t, storetest.SQLite(t, options(clock.Wall)))
	l := put(t, r, instance.Params{Slug: "default", Config: instance.Config{Settings: instance.DefaultSettings()}})
	for param, change := range map[string]func(*instance.Settings) error{
		"password.min_length":        func(s *instance.Settings) error { s.Users.PasswordSettings.MinLength = 0; return nil },
		"password.max_length":        func(s *instance.Settings) error { s.Users.PasswordSettings.MaxLength = 73; return nil },
		"lockout.max_attempts":       func(s *instance.Settings) error { s.Users.Lockout.MaxAttempts = -1; return nil },
		"lockout.duration_seconds":   func(s *instance.Settings) error { s.Users.Lockout.Duration = -time.Second; return nil },
		"session.lifetime_seconds":   func(s *instance.Settings) error { s.SessionLifetime = -1; return nil },
		"session.inactivity_seconds": func(s *instance.Settings) error { s.SessionInactivity = 315_360_001; return nil },
		"sign_up.mode":               func(s *instance.Settings) error { s.SignUpMode = "open"; return nil },
		"organizations.enabled":      func(s *instance.Settings) error { s.Organizations = true; return nil },
		"attributes.first_name":      func(s *instance.Settings) error { return s.SetPresence("first_name", instance.ByAPI) },
		"attributes.email_address.first_factors": func(s *instance.Settings) error {
			s.Attributes.EmailAddress.FirstFactors = []string{"phone_code"}
			return nil
		},
		"attributes.email_address.verifications": func(s *instance.Settings) error { s.Attributes.EmailAddress.Verifications = nil; return nil },
		"attributes.email_address": func(s *instance.Settings) error {
			for _, name := range []string{"email_address", "phone_number", "username"} {
				if err := s.SetPresence(name, instance.Off); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		_, err := setSettings(r, l.ID, change)
		if list := apierr.All(err); len(list) != 1 || list[0].Param() != param {
			t.Errorf("%s: %v", param, err)
		}
		if now, _ := r.BySlug(ctx, "default"); now.Version != l.Version {
			t.Errorf("%s: something was changed", param)
		}
	}
}

func TestARotatedKeyStaysForItsGraceEverywhere(t *testing.T) {
	wall := clock.NewManual(time.UnixMilli(1_800_000_000_000))
	storetest.EachOptions(t, options(wall), func(t *testing.T, opts store.Options) {
		r := open(t, opts)
		readers := map[string]*instance.Registry{"here": r}
		if opts.DSN != "" {
			readers["another process"] = open(t, opts)
		}
		first := put(t, r, instance.Params{Slug: "default"})
		rotated, err := r.RotateKey(ctx, first.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		old, next := first.Keys.Current().KID(), rotated.Keys.Current().KID()
		if old == next {
			t.Fatal("the key is the same")
		}
		kids := func(after time.Duration, want ...string) {
			t.Helper()
			wall.Advance(after)
			for where, r := range readers {
				l, err := r.BySlug(ctx, "default")
				if err != nil {
					t.Fatal(err)
				}
				var set struct{ Keys []struct{ Kid string } }
				if err := json.Unmarshal(l.Keys.JWKS(), &set); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, k := range set.Keys {
					got = append(got, k.Kid)
				}
				if strings.Join(got, " ") != strings.Join(want, " ") || l.Keys.Current().KID() != want[0] {
					t.Errorf("%s: published %v, not %v", where, got, want)
				}
			}
		}
		kids(2*time.Second, next, old)
		kids(time.Hour, next)
		at, err := r.RotateKey(ctx, first.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		kids(2*time.Second, at.Keys.Current().KID())
		if _, err := r.RotateKey(ctx, first.ID, -time.Second); len(apierr.All(err)) != 1 || apierr.All(err)[0].Param() != "grace" {
			t.Errorf("a negative grace: %v", err)
		}
	})
}
