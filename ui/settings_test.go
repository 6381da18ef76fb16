package ui

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/webhooks"
)

var (
	checkedBox  = regexp.MustCompile(`<input type="checkbox" name="([^"]+)" value="([^"]+)" checked>`)
	chosen      = regexp.MustCompile(`<select id="f-[^"]*" name="([^"]+)"[^>]*>(?s:(.*?))</select>`)
	chosenValue = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	textField   = regexp.MustCompile(`<input id="f-[^"]*" name="([^"]+)" type="text" value="([^"]*)"`)
)

// filled is what a browser would send of the form of settings as it is shown.
func filled(page string) map[string][]string {
	page, _, _ = strings.Cut(page, `id="export"`)
	out := map[string][]string{}
	for _, m := range checkedBox.FindAllStringSubmatch(page, -1) {
		out[m[1]] = append(out[m[1]], m[2])
	}
	for _, m := range textField.FindAllStringSubmatch(page, -1) {
		out[m[1]] = []string{m[2]}
	}
	for _, m := range chosen.FindAllStringSubmatch(page, -1) {
		if v := chosenValue.FindStringSubmatch(m[2]); v != nil {
			out[m[1]] = []string{v[1]}
		}
	}
	return out
}

func flat(form map[string][]string) (out []string) {
	for name, values := range form {
		for _, v := range values {
			out = append(out, name, v)
		}
	}
	return out
}

func (e *env) settings() instance.Settings {
	e.Helper()
	l, err := e.registry.BySlug(e.Context(), "default")
	if err != nil {
		e.Fatal(err)
	}
	return l.Config.Settings
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSavingSettingsUnchangedChangesNothing(t *testing.T) {
	e := newEnv(t)
	before := asJSON(t, e.settings())
	e.follow("/settings", flat(filled(e.page("/settings")))...)
	if after := asJSON(t, e.settings()); after != before {
		t.Errorf("the settings became\n%s\nof\n%s", after, before)
	}
}

func TestSettingsAreSavedTogether(t *testing.T) {
	e := newEnv(t)
	form := filled(e.page("/settings"))
	form["attributes.username"], form["attributes.last_name"] = []string{"required"}, []string{"off"}
	form["attributes.email_address.first_factors"] = []string{"email_code", "email_link"}
	form["sign_up.mode"], form["sign_up.legal_consent_enabled"] = []string{"waitlist"}, []string{"on"}
	form["session.single_session_mode"], form["session.lifetime_seconds"] = []string{"multi"}, []string{"90"}
	delete(form, "session.refresh_cookie")
	delete(form, "lockout.enabled")
	e.follow("/settings", flat(form)...)
	s := e.settings()
	if s.Presence("username") != instance.Required || s.Presence("last_name") != instance.Off || len(s.FirstFactors("email_address")) != 2 ||
		s.SignUpMode != "waitlist" || !s.Users.LegalConsent || !s.MultiSession || s.SessionLifetime != 90 || !s.NoSessionRefresh || s.Users.Lockout.MaxAttempts != 0 {
		t.Errorf("the settings are %s", asJSON(t, s))
	}
}

func TestWrongSettingsAreMarkedAndNothingIsSaved(t *testing.T) {
	e := newEnv(t)
	before := asJSON(t, e.settings())
	for _, c := range []struct{ field, value, want string }{
		{"password.min_length", "0", "between 1 and 72"},
		{"password.max_length", "many", "whole number"},
		{"lockout.max_attempts", "0", "between 1 and 1000000"},
		{"session.lifetime_seconds", "0", "between 1 and"},
		{"session.lifetime_seconds", "-5", "between 1 and"},
		{"sign_up.mode", "open", "public, restricted or waitlist"},
		{"attributes.email_address", "api", "required, optional or off"},
	} {
		form := filled(e.page("/settings"))
		form[c.field], form["attributes.first_name"] = []string{c.value}, []string{"required"}
		a := e.post("/settings", flat(form)...)
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(errorOf(a.body, c.field), c.want) {
			t.Errorf("%s=%q: %d %q", c.field, c.value, a.StatusCode, errorOf(a.body, c.field))
		}
		if after := asJSON(t, e.settings()); after != before {
			t.Fatalf("%s=%q changed the settings to %s", c.field, c.value, after)
		}
	}
}

func TestTheExportIsAScenarioFileWithSecretsByPostAlone(t *testing.T) {
	e := newEnv(t)
	e.endpoint("http://localhost:9/hook")
	e.user("email_address", "ada@example.com", "password", "correct-horse-battery")
	var secret string
	e.read(func(tx *store.Tx) error {
		list, err := webhooks.ListEndpoints(tx, webhooks.Page{}, true)
		secret = list.Data[0].Secret
		return err
	})
	for _, c := range []struct {
		a               answer
		users, password bool
	}{
		{e.get("/settings/export?users=yes&secrets=yes"), true, false},
		{e.post("/settings/export"), false, false},
		{e.post("/settings/export", "users", "yes", "secrets", "yes"), true, true},
	} {
		f, err := scenario.Parse("export", []byte(c.a.body))
		if err != nil {
			t.Fatalf("%v\n%s", err, c.a.body)
		}
		if !strings.HasPrefix(c.a.Header.Get("Content-Disposition"), "attachment") || len(f.Default.WebhookEndpoints) != 1 || len(f.Default.Users) > 0 != c.users {
			t.Errorf("%s: %s", c.a.Header.Get("Content-Disposition"), c.a.body)
		}
		if strings.Contains(c.a.body, secret) != c.password || strings.Contains(c.a.body, "password_digest") != c.password {
			t.Errorf("secrets are there although they were not asked for, or the other way round: %s", c.a.body)
		}
	}
}
