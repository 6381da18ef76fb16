package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// The address holds a ticket of the user, and the app that was named; both the
// page and the form work without scripts.
func TestSomebodySignsInAsAUser(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	if !strings.Contains(e.page("/users/"+id), `<form method="post" action="/users/`+id+`/sign-in"`) {
		t.Error("the page has no such form")
	}
	query := e.signInAs(id, "http://localhost:3000/notes?a=b")
	if query.Get("redirect_url") != "http://localhost:3000/notes?a=b" {
		t.Errorf("it goes on to %q", query.Get("redirect_url"))
	}
	e.read(func(tx *store.Tx) error {
		ticket, err := sessions.FindSignInToken(tx, e.live, query.Get("__clerk_ticket"))
		if err == nil && (ticket.UserID != id || ticket.ExpireAt-ticket.CreatedAt != 10*60*1000) {
			t.Errorf("the ticket is %+v", ticket)
		}
		return err
	})
	// The next time the app is offered, and with none the address names none.
	if !strings.Contains(e.page("/users/"+id), `value="http://localhost:3000/notes?a=b"`) {
		t.Error("the app was forgotten")
	}
	if query := e.signInAs(id, ""); query.Has("redirect_url") {
		t.Errorf("no app and %v", query)
	}
	e.prefix = "/i/w1"
	other := e.user("email_address", "bob@example.com")
	if strings.Contains(e.page("/users/"+other), "localhost:3000/notes") {
		t.Error("another instance is offered the app")
	}
	e.signInAs(other, "")
}

// signInAs sends the form and returns the query of the page that it leads to.
func (e *env) signInAs(id, app string) url.Values {
	e.Helper()
	a := e.post("/users/"+id+"/sign-in", "app", app)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || to.Host != "" || to.Path != e.prefix+"/sign-in" || to.Query().Get("__clerk_ticket") == "" {
		e.Fatalf("%d to %s (%v)", a.StatusCode, a.Header.Get("Location"), err)
	}
	return to.Query()
}

func TestSigningInAsNeedsAnAppThatCanBeOpened(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	for _, app := range []string{"localhost:3000", "javascript:alert(1)", "/path", "http://"} {
		a := e.post("/users/"+id+"/sign-in", "app", app)
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(errorOf(a.body, "app"), "http://localhost:3000") || !strings.Contains(a.body, "<details class=\"confirm left\" open>") {
			t.Errorf("%q: %d, the field says %q", app, a.StatusCode, errorOf(a.body, "app"))
		}
	}
	if a := e.post("/users/user_gone/sign-in", "app", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: %d", a.StatusCode)
	}
}
