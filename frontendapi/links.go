package frontendapi

import (
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/signin"
)

// linkRoutes are what people follow from mails and messages.
func (a *API) linkRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "acceptTicket", Method: "GET", Path: "/v1/tickets/accept", Handle: open(a, a.acceptTicket)},
		{Op: "verify", Method: "GET", Path: "/v1/verify", Handle: open(a, a.verify), Emits: "user.created, session.created"},
	}
}

// page is where the request comes from. Who asks over plain HTTP gets links for
// plain HTTP: such a browser was perhaps never told of the certificate.
func (c *Call) page() signin.Page {
	return signin.Page{Origin: c.Origin(), Base: c.Portal(c.R.TLS != nil)}
}

type verifyParams struct {
	Token string `query:"token"`
}

// verify implements verify: the link of a mail, followed in any browser.
func (a *API) verify(c *Call, in verifyParams) (httpapi.Redirect, error) {
	location, err := a.signin.FollowLink(c.Context(), c.Live, in.Token)
	return httpapi.Redirect{Code: http.StatusSeeOther, Location: location}, err
}

type acceptTicketParams struct {
	Ticket string `query:"ticket"`
	// RedirectURL is the app's page. Clerk takes it from the dashboard, or from
	// the invitation.
	RedirectURL string `query:"redirect_url"`
}

// acceptTicket implements acceptTicket: to the page for signing in or up, which
// uses the ticket.
func (a *API) acceptTicket(c *Call, in acceptTicketParams) (httpapi.Redirect, error) {
	base := c.Portal(c.R.TLS != nil)
	pages := signin.TicketPages{SignIn: base + "/sign-in", SignUp: base + "/sign-up"}
	if in.RedirectURL != "" {
		pages = signin.TicketPages{SignIn: in.RedirectURL, SignUp: in.RedirectURL}
	}
	location, err := a.signin.FollowTicket(c.Context(), c.Live, in.Ticket, pages)
	return httpapi.Redirect{Code: http.StatusSeeOther, Location: location}, err
}
