package ui

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// identities are the ids of the identities on a user's page.
func (e *env) identities(user string) (out []string) {
	e.Helper()
	for _, m := range regexp.MustCompile(`<li id="(idn_[^"]+)"`).FindAllStringSubmatch(e.page("/users/"+user), -1) {
		out = append(out, m[1])
	}
	return out
}

func TestIdentitiesAreAddedVerifiedPromotedAndRemoved(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	body, _ := e.follow("/users/"+id+"/emails", "email_address", " second@example.com ")
	e.says(body, "The identity was added", "second@example.com Unverified")
	body, _ = e.follow("/users/"+id+"/phones", "phone_number", "+12015550111", "verified", "yes", "primary", "yes")
	e.says(body, "+12015550111 Verified primary")
	ids := e.identities(id)
	if len(ids) != 3 {
		t.Fatalf("the identities are %v", ids)
	}
	at := func(i int, action string) string { return "/users/" + id + "/identities/" + ids[i] + "/" + action }
	// What is not verified cannot be the primary one; no button offers it.
	if a := e.post(at(1, "primary")); a.StatusCode != http.StatusUnprocessableEntity || strings.Contains(a.body, at(1, "primary")) {
		t.Errorf("%d for an unverified primary address", a.StatusCode)
	}
	for _, c := range []struct {
		i            int
		action, want string
	}{
		{1, "verify", "second@example.com Verified"}, {1, "primary", "second@example.com Verified primary"}, {0, "unverify", "ada@example.com Unverified"},
		{0, "verify", "ada@example.com Verified"}, {0, "remove", "removed"}, {2, "unverify", "+12015550111 Unverified"}, {2, "verify", "+12015550111 Verified"}, {2, "remove", "removed"},
	} {
		body, _ := e.follow(at(c.i, c.action))
		e.says(body, c.want)
	}
	if n := len(e.messages()); n != 1+2+8 {
		t.Errorf("%d messages: each change is told once", n)
	}
	// The last one stays, and the page says why.
	a := e.post(at(1, "remove"))
	e.says(a.body, "You cannot delete your last identification.", "second@example.com Verified primary")
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the last one: %d", a.StatusCode)
	}
	stranger := e.user("email_address", "eve@example.com")
	for _, path := range []string{at(0, "verify"), at(1, "explode"), "/users/" + stranger + "/identities/" + ids[1] + "/remove", "/users/user_0/identities/" + ids[1] + "/verify"} {
		if a := e.post(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	e.says(e.page("/users/"+id), "second@example.com Verified primary")
}

// A refused form stands open, with what was typed.
func TestARefusedIdentityIsKept(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	a := e.post("/users/"+id+"/emails", "email_address", "no address", "primary", "yes")
	form := regexp.MustCompile(`(?s)<details open><summary class="button small">Add e-mail.*?</details>`).FindString(a.body)
	if !strings.Contains(form, `value="no address"`) || !strings.Contains(form, `name="primary" value="yes" checked`) || strings.Contains(form, `name="verified" value="yes" checked`) {
		t.Errorf("the form is:\n%s", form)
	}
	for _, path := range []string{"emails", "phones", "password", "sign-in", "identities/idn_0/remove"} {
		if a := e.get("/users/" + id + "/" + path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/users/"+id {
			t.Errorf("loading the page of the refused form again: %d to %s", a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := e.post("/users/user_0/emails", "email_address", "x@example.com"); a.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: %d", a.StatusCode)
	}
}

func TestAPasswordIsSetAndRemoved(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	var session string
	err := e.db.Write(t.Context(), e.live.ID, func(tx *store.Tx) error {
		s, err := sessions.Create(tx, e.live, sessions.CreateParams{UserID: id})
		if err == nil {
			session = s.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := e.follow("/users/"+id+"/password", "password", "correct-horse-battery")
	e.says(body, "The password was set", "Password set", "Active "+session)
	body, _ = e.follow("/users/"+id+"/password", "password", "another-horse-battery", "sign_out", "yes")
	e.says(body, "Revoked "+session)
	if strings.Contains(body, "battery") {
		t.Error("the page shows the password")
	}
	body, _ = e.follow("/users/" + id + "/password/remove")
	e.says(body, "The password was removed.", "Password none")
}

// Whoever saves a name takes back no metadata, and the other way round.
func TestMetadataHasAFormOfItsOwn(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada", "private_metadata", `{"a":1}`, "unsafe_metadata", `{"b":2}`)
	if form := e.page("/users/" + id + "/metadata"); !strings.Contains(form, "&#34;a&#34;: 1") {
		t.Errorf("the form does not show what is stored:\n%s", form)
	}
	body, _ := e.follow("/users/"+id+"/metadata", "public_metadata", `{"plan": "pro"}`, "private_metadata", "  ")
	e.says(body, "The metadata was saved", `"plan": "pro"`, `"b": 2`, "Private : servers alone empty", "Ada Active")
	typed := "\r\n{\r\n  \"bio\": \"שלום\", \"x\": tru,\r\n}"
	a := e.post("/users/"+id+"/metadata", "public_metadata", typed, "unsafe_metadata", `{"kept": true}`)
	if msg := errorOf(a.body, "public_metadata"); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(msg, "(line 3, column 26)") {
		t.Errorf("%d: %s", a.StatusCode, msg)
	}
	e.says(a.body, `3 "bio": "שלום", "x": tru ,`, `"kept": true`)
	e.says(e.page("/users/"+id), `"plan": "pro"`, `"b": 2`)
	if a := e.get("/users/user_0/metadata"); a.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: %d", a.StatusCode)
	}
	if a := e.post("/users/user_0/metadata", "public_metadata", "{}"); a.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: %d", a.StatusCode)
	}
}

func TestPlacesInAText(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want place
	}{
		{"{x", 2, place{1, 2, "{", "x", ""}},
		{"{\n", 2, place{1, 2, "{", "", ""}},
		{"{\r\n  é!\r\n}", 8, place{2, 4, "  é", "!", ""}},
		{"é", 2, place{1, 1, "", "é", ""}},
		{"ab", 9, place{1, 2, "a", "b", ""}},
		{strings.Repeat("a", 100) + "!" + strings.Repeat("b", 100), 101, place{1, 101, strings.Repeat("a", 32), "!", strings.Repeat("b", 31)}},
	} {
		if got := placeIn(c.text, c.n); got != c.want {
			t.Errorf("%q at %d: %+v, want %+v", c.text, c.n, got, c.want)
		}
	}
}
