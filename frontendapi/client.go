package frontendapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// client is the browser's client as it is now, nil while it has none. The tokens
// in it are signed after the transaction, so that none is older than the client.
func (a *API) client(c *Call) (*sessions.ClientJSON, error) {
	view, err := a.view(c)
	if err != nil || view == nil {
		return nil, err
	}
	return view.Frontend(c.Live, a.db.IDs().Rand, c.Origin())
}

func (a *API) view(c *Call) (view *sessions.ClientView, err error) {
	if c.ClientID == "" {
		return nil, nil
	}
	err = a.read(c, func(tx *store.Tx) (err error) {
		if view, err = sessions.ViewClient(tx, c.Live, c.ClientID); err != nil {
			return err
		}
		view.SignIn, view.SignUp, err = a.attempts(tx, c)
		return err
	})
	return view, err
}

func (a *API) clientRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "createDevBrowser", Method: "POST", Path: "/v1/dev_browser", Handle: open(a, a.createDevBrowser)},
		{Op: "getClient", Method: "GET", Path: "/v1/client", Handle: handle(a, a.getClient)},
		{Op: "putClient", Method: "PUT", Path: "/v1/client", Handle: handle(a, a.putClient)},
		{Op: "postClient", Method: "POST", Path: "/v1/client", Handle: handle(a, a.putClient)},
		{Op: "deleteClientSessions", Method: "DELETE", Path: "/v1/client", Handle: handle(a, a.deleteClient), Emits: "session.removed"},
	}
}

// devBrowser is the answer to createDevBrowser; clerk-js reads the id only.
type devBrowser struct {
	Object string `json:"object"`
	ID     string `json:"id"`
}

// createDevBrowser implements createDevBrowser. The answer stands outside of the
// envelope.
func (a *API) createDevBrowser(c *Call, _ none) (out devBrowser, err error) {
	out.Object = "dev_browser"
	err = a.write(c, func(tx *store.Tx) (err error) {
		out.ID, err = sessions.CreateBrowser(tx)
		return err
	})
	return out, err
}

// getClient implements getClient: null while nothing happened in the browser.
func (a *API) getClient(c *Call, _ none) (answer, error) {
	client, err := a.client(c)
	if client == nil {
		return answer{}, err
	}
	return answer{Response: client}, err
}

// putClient implements putClient and postClient: the client, made if need be.
func (a *API) putClient(c *Call, _ none) (answer, error) {
	if _, err := a.ensureClient(c); err != nil {
		return answer{}, err
	}
	return a.getClient(c, none{})
}

// deleteClient implements deleteClientSessions: everybody is signed out, and the
// browser begins anew with its next request.
func (a *API) deleteClient(c *Call, _ none) (answer, error) {
	if c.ClientID == "" {
		return answer{}, apierr.ClientNotFound("")
	}
	out, err := a.signOut(c, none{})
	if err != nil {
		return out, err
	}
	return out, a.write(c, func(tx *store.Tx) error { return sessions.ForgetClient(tx, c.Live, c.ClientID) })
}
