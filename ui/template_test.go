package ui

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
)

// convex is the template as it is stored.
func (e *env) convex() (t *instance.Template) {
	e.Helper()
	e.read(func(tx *store.Tx) (err error) {
		t, err = instance.TemplateByName(tx, "convex")
		return err
	})
	return t
}

func TestAPreviewFollowsWhatIsTypedAndStoresNothing(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada")
	e.says(e.page("/tokens"), `"email": "ada@example.com"`, "Convex would accept it", `"tokenIdentifier": "http://localhost:4545|`+id+`"`)
	before := e.convex()
	for claims, want := range map[string][]string{
		`{"aud": "convex", "hi": "Hi {{user.first_name}}!"}`: {`"hi": "Hi Ada!"`, "Convex would accept it"},
		`{"aud": "other"}`:                    {`"aud": "other"`, "Refused"},
		"{\n  \"aud\": convex}":               {"Line 2, column 10", "not JSON", "cannot be read yet"},
		`{"iss": "x"}`:                        {"Line 1, column 2", "set automatically", "cannot be read yet"},
		`{"aud":"convex","n":"{{user.nam}}"}`: {"There is no shortcode user.nam", `"n": null`},
		`{"aud":"<b>"}`:                       {`"aud": "<b>"`},
	} {
		a := e.post("/tokens/preview", "user", id, "template", "convex", "editing", before.ID, "claims", claims, "lifetime", "60", "allowed_clock_skew", "5")
		if a.StatusCode != http.StatusOK || strings.Contains(a.body, "<b>\"") {
			t.Errorf("%s: %d", claims, a.StatusCode)
		}
		e.says(a.body, want...)
	}
	if after := e.convex(); string(after.Claims) != string(before.Claims) || after.UpdatedAt != before.UpdatedAt {
		t.Error("a preview changed the template")
	}
}

func TestASavedTemplateIsWhatTokensFollow(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	fields := func(name, claims, lifetime string) []string {
		return []string{"editing", e.convex().ID, "name", name, "claims", claims, "lifetime", lifetime, "allowed_clock_skew", "0"}
	}
	body, _ := e.follow("/tokens/template", fields("convex", `{"aud":"convex","x":1}`, "90")...)
	e.says(body, "The template was saved")
	e.says(e.post("/tokens", "user", id, "template", "convex").body, `"x": 1`)
	for _, c := range []struct{ field, want, name, claims, lifetime string }{
		{"lifetime", "between 30", "convex", "{}", "29"},
		{"lifetime", "whole number", "convex", "{}", "x"},
		{"claims", "line 1, column 2", "convex", "{x}", "60"},
		{"claims", "set automatically", "convex", `{"sub":1}`, "60"},
		{"name", "must be included", "", "{}", "60"},
	} {
		a := e.post("/tokens/template", fields(c.name, c.claims, c.lifetime)...)
		if got := errorOf(a.body, c.field); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %d %q", c, a.StatusCode, errorOf(a.body, c.field))
		}
	}
	if now := e.convex(); string(now.Claims) != `{"aud":"convex","x":1}` || now.Lifetime != 90 {
		t.Errorf("a refused form left %s, %d s", now.Claims, now.Lifetime)
	}
	e.follow("/tokens/template", "editing", "new", "name", "other", "claims", `{}`, "lifetime", "60", "allowed_clock_skew", "5")
	e.says(e.page("/tokens?template=other"), "Template other")
	e.follow("/tokens/template/delete", "editing", e.convex().ID)
	if a := e.post("/tokens", "user", id, "template", "convex"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a deleted template still mints: %d", a.StatusCode)
	}
}

func TestRotatingTheKeyKeepsOldTokensForItsGrace(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	old := jwt.FindString(e.post("/tokens", "user", id, "template", "convex").body)
	body, _ := e.follow("/tokens/keys/rotate", "grace", "1h")
	e.says(body, "A new key signs", "Retired", e.live.Keys.Current().KID())
	e.says(e.post("/tokens/explain", "token", old).body, "Convex accepts this token")
	e.follow("/tokens/keys/rotate", "grace", "0s")
	e.says(e.post("/tokens/explain", "token", old).body, "Failed here The key set has the token's key")
	if a := e.post("/tokens/keys/rotate", "grace", "soon"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no duration: %d", a.StatusCode)
	}
}
