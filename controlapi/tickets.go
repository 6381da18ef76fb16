package controlapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

type ticketParams struct {
	// User is an id, e-mail address, phone number or username.
	User *string `json:"user"`
	// App is where the browser goes once it is signed in.
	App              *string `json:"app"`
	ExpiresInSeconds *int64  `json:"expires_in_seconds"`
}

// ticketJSON is a sign-in by address: opening URL in a browser is signing in.
type ticketJSON struct {
	Object string `json:"object"`
	UserID string `json:"user_id"`
	Ticket string `json:"ticket"`
	URL    string `json:"url"`
}

// createSignInTicket makes an address that signs a user in without a form, on the
// hosted page, which then goes on to the app.
func (a *API) createSignInTicket(c *call, in ticketParams) (out ticketJSON, err error) {
	if text(in.User) == "" {
		return out, apierr.FormMissingParameter("user")
	}
	if _, err := sessions.ParseApp(text(in.App)); err != nil {
		return out, err
	}
	if in.ExpiresInSeconds == nil {
		in.ExpiresInSeconds = new(int64(sessions.PageTicketLifetime))
	}
	err = a.write(c, func(tx *store.Tx) error {
		u, err := find(tx, c.Live, *in.User)
		if err != nil {
			return err
		}
		t, err := sessions.CreateSignInToken(tx, c.Live, u.ID, in.ExpiresInSeconds)
		if err != nil {
			return err
		}
		out = ticketJSON{Object: "sign_in_ticket", UserID: u.ID, Ticket: t.Token, URL: t.Page(c.Live.Portal(false), text(in.App))}
		return nil
	})
	return out, err
}
