package ui

import (
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// signInAs implements POST /users/{id}/sign-in: a ticket for the user, and the
// hosted page that uses it up and goes on to the app. The page is this host's,
// because that is where a form of the console may lead.
func (c *console) signInAs(call *call) (reply, error) {
	f := newForm(call.PostForm)
	app := strings.TrimSpace(f.Get("app"))
	to := ""
	err := call.write(func(tx *store.Tx) error {
		if _, err := sessions.ParseApp(app); err != nil {
			return err
		}
		t, err := sessions.CreateSignInToken(tx, call.live, call.PathValue("id"), new(int64(sessions.PageTicketLifetime)))
		if err == nil {
			to = t.Page(call.prefix, app)
		}
		return err
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.userPage(userForms{SignIn: f}, http.StatusUnprocessableEntity)
	}
	c.lastApp.Store(call.live.ID, app)
	return redirect{to: to}, nil
}

// signInForm offers the app that was signed in to last.
func (c *call) signInForm() *form {
	f := newForm(nil)
	if app, ok := c.console.lastApp.Load(c.live.ID); ok {
		f.set("app", app.(string))
	}
	return f
}
