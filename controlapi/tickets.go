package controlapi

import (
	"net/url"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// ticketSeconds is how long a ticket for the browser is good for, unless asked
// otherwise: it is opened at once or not at all.
const ticketSeconds = 10 * 60

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
	if err := checkApp(text(in.App)); err != nil {
		return out, err
	}
	if in.ExpiresInSeconds == nil {
		in.ExpiresInSeconds = new(int64(ticketSeconds))
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
		query := url.Values{"__clerk_ticket": {t.Token}}
		if app := text(in.App); app != "" {
			query.Set("redirect_url", app)
		}
		out = ticketJSON{Object: "sign_in_ticket", UserID: u.ID, Ticket: t.Token, URL: c.Live.Portal(false) + "/sign-in?" + query.Encode()}
		return nil
	})
	return out, err
}

// checkApp refuses an address that a browser cannot be sent to.
func checkApp(app string) error {
	if app == "" {
		return nil
	}
	u, err := url.Parse(app)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return unprocessable("app", "The app "+app+" must be an address with http or https, such as http://localhost:3000.")
	}
	return nil
}
