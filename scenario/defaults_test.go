package scenario

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDefaultIsAValidFile: what a start without a file has obeys the rules for files.
func TestDefaultIsAValidFile(t *testing.T) {
	d := Default().Default
	text, err := json.Marshal(map[string]any{
		"id": d.ID, "secret_key": d.SecretKey, "publishable_keys": []string{DefaultPublishableKey},
		"jwt_templates":     []any{map[string]any{"name": d.JWTTemplates[0].Name, "claims": d.JWTTemplates[0].Claims}},
		"users":             []any{user(d.Users[0]), user(d.Users[1])},
		"webhook_endpoints": []any{map[string]any{"url": "http://localhost:3211", "secret": DefaultWebhookSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := mustParse(t, string(text))
	if diff := cmp.Diff(string(d.JWTTemplates[0].Claims), string(f.Default.JWTTemplates[0].Claims)); diff != "" {
		t.Error(diff)
	}
}

func user(u User) map[string]any {
	e := u.EmailAddresses[0]
	return map[string]any{"id": u.ID, "password": u.Password, "first_name": u.FirstName.Value, "last_name": u.LastName.Value,
		"email_addresses": []any{map[string]any{"id": e.ID, "email_address": e.EmailAddress, "primary": e.Primary}}}
}

func TestWithDefaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		users      int
		templates  []string
	}{
		{"no file", "", 2, []string{"convex"}},
		{"settings alone", "settings: {test_mode: true}", 2, []string{"convex"}},
		{"empty users", "users:", 0, []string{"convex"}},
		{"own users", "users: [{id: user_1}]", 1, []string{"convex"}},
		{"another template", "jwt_templates: [{name: a, claims: {}}]", 2, []string{"convex", "a"}},
		{"own convex", "jwt_templates: [{name: a, claims: {}}, {name: convex, claims: {}}]", 2, []string{"a", "convex"}},
		{"other spelling", "jwt_templates: [{name: Convex, claims: {}}]", 2, []string{"convex", "Convex"}},
	} {
		f := mustParse(t, c.text)
		full := f.WithDefaults()
		var templates []string
		for _, one := range full.Default.JWTTemplates {
			templates = append(templates, one.Name)
		}
		if len(full.Default.Users) != c.users {
			t.Errorf("%s: %d users, want %d", c.name, len(full.Default.Users), c.users)
		}
		if diff := cmp.Diff(c.templates, templates); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if diff := cmp.Diff(mustParse(t, c.text), f); diff != "" {
			t.Errorf("%s: the file itself was changed: %s", c.name, diff)
		}
	}
}

// TestWithDefaultsOfOthers: another instance gets the template, but neither users nor fixed keys.
func TestWithDefaultsOfOthers(t *testing.T) {
	f := mustParse(t, `
secret_key: sk_test_mine
webhook_endpoints: [{url: "http://a"}]
instances: {w1: {webhook_endpoints: [{url: "http://a"}]}}
`)
	full := f.WithDefaults()
	w1 := full.Instances["w1"]
	if w1.JWTTemplates[0].Name != ConvexTemplate || w1.Users != nil || w1.SecretKey != "" || w1.ID != "" || w1.WebhookEndpoints[0].Secret != "" {
		t.Errorf("w1 became %+v", w1)
	}
	d := full.Default
	if d.SecretKey != "sk_test_mine" || d.WebhookEndpoints[0].Secret != DefaultWebhookSecret || d.ID != DefaultInstanceID {
		t.Errorf("default became %+v", d)
	}
	if f.Default.WebhookEndpoints[0].Secret != "" || f.Instances["w1"].JWTTemplates != nil {
		t.Error("the file itself was changed")
	}
}
