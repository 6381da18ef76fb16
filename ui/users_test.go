package ui

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

func TestAUserIsCreatedAndTold(t *testing.T) {
	e := newEnv(t)
	body, to := e.follow("/users", "first_name", "Ada", "last_name", "Lovelace", "email_address", " ada@example.com ",
		"phone_number", "+12015550100", "username", "ada_l", "external_id", "x1", "password", "correct-horse-battery",
		"public_metadata", `{"plan":"pro"}`)
	e.says(body, "The user was created and user.created was emitted.", "Ada Lovelace", "E-mail ada@example.com Verified primary",
		"+12015550100", "Username ada_l", "External id x1", "Password set", `"plan": "pro"`, "user.created", "Not signed in anywhere")
	if !strings.HasPrefix(to, "/users/user_") || len(e.messages()) != 1 {
		t.Errorf("led to %s with %d messages", to, len(e.messages()))
	}
}

// What is wrong is said at its field, what was typed stays, nothing is changed.
func TestAWrongFormChangesNothing(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada", "username", "ada_l")
	for _, c := range []struct {
		path, field, value, want string
	}{
		{"/users", "email_address", "nonsense", "valid email address"},
		{"/users", "email_address", "ADA@example.com", "taken"},
		{"/users", "email_address", "", "required"},
		{"/users", "phone_number", "12", "valid phone number"},
		{"/users", "username", "x", ""},
		{"/users", "password", "short", "8 characters"},
		{"/users", "public_metadata", "{\n  \"a\": 1,\n}", "line 3, column 1"},
		{"/users", "private_metadata", "[1]", "must be a JSON object"},
		{"/users/" + id + "/metadata", "unsafe_metadata", "null", "must be a JSON object"},
		{"/users/" + id, "username", "x", ""},
		{"/users/" + id + "/metadata", "public_metadata", "{", "Not JSON"},
		{"/users/" + id + "/password", "password", "short", "8 characters"},
		{"/users/" + id + "/password", "password", "", "Type the new password"},
		{"/users/" + id + "/emails", "email_address", "nonsense", "valid email address"},
		{"/users/" + id + "/emails", "email_address", "ADA@example.com", "taken"},
		{"/users/" + id + "/phones", "phone_number", "12", "valid phone number"},
	} {
		fields := map[string]string{"email_address": "new@example.com", "first_name": "Kept"}
		fields[c.field] = c.value
		var list []string
		for name, value := range fields {
			list = append(list, name, value)
		}
		a := e.post(c.path, list...)
		if msg := errorOf(a.body, c.field); a.StatusCode != http.StatusUnprocessableEntity || msg == "" || !strings.Contains(msg, c.want) {
			t.Errorf("%s %s=%q: %d, the field says %q, want %q\n%s", c.path, c.field, c.value, a.StatusCode, msg, c.want, text(a.body))
		}
		kept := strings.Contains(a.body, `value="Kept"`) || strings.HasPrefix(c.path, "/users/user_") && strings.Contains(text(a.body), c.value) ||
			c.field == "password" || strings.Contains(a.body, `value="`+c.value+`"`)
		if !kept || strings.Contains(a.body, "short") {
			t.Errorf("%s %s: the form lost what was typed, or repeats a password", c.path, c.field)
		}
	}
	if n := len(e.messages()); n != 1 {
		t.Errorf("%d messages, not the first one's", n)
	}
	e.read(func(tx *store.Tx) error {
		u, err := users.Get(tx, e.live.Rules(), id)
		if err == nil && (*u.FirstName != "Ada" || *u.Username != "ada_l") {
			t.Errorf("the user became %s", *u.FirstName)
		}
		return err
	})
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	e := newEnv(t)
	body := e.post("/users", "email_address", "nonsense", "username", "x", "public_metadata", "{").body
	for _, field := range []string{"email_address", "username", "public_metadata"} {
		if errorOf(body, field) == "" {
			t.Errorf("nothing is said of %s", field)
		}
	}
	a := e.post("/users", "email_address", "ada@example.com", "public_metadata", "{")
	if n := len(e.messages()); a.StatusCode != http.StatusUnprocessableEntity || n != 0 {
		t.Errorf("%d and %d messages for a form with one wrong field", a.StatusCode, n)
	}
}

func TestAUserIsEditedAndFieldsAreCleared(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada", "username", "ada_l", "private_metadata", `{"a":1}`)
	if form := e.page("/users/" + id + "/edit"); !strings.Contains(form, `value="Ada"`) {
		t.Errorf("the form does not show what is stored:\n%s", form)
	}
	body, _ := e.follow("/users/"+id, "first_name", "", "last_name", "Byron", "username", "ada_b")
	e.says(body, "The user was saved", "Byron Active", "Username ada_b", "user.updated", `"a": 1`)
}

func TestActionsOnAUser(t *testing.T) {
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
	e.says(e.page("/users/"+id), "Active "+session)
	for _, c := range []struct{ path, want string }{
		{"/lock", "Locked"}, {"/unlock", "unlocked"}, {"/sessions/" + session + "/revoke", "Revoked " + session},
		{"/ban", "Banned"}, {"/unban", "taken back"},
	} {
		body, _ := e.follow("/users/" + id + c.path)
		e.says(body, c.want)
	}
	body, to := e.follow("/users/" + id + "/delete")
	e.says(body, "The user was deleted")
	if to != "/users?done=user-deleted" {
		t.Errorf("led to %s", to)
	}
	for _, path := range []string{"/users/" + id, "/users/" + id + "/edit"} {
		if a := e.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d after the delete", path, a.StatusCode)
		}
	}
	if a := e.post("/users/" + id + "/explode"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown action answers %d", a.StatusCode)
	}
}
