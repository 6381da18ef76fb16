package frontendapi

import (
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

func (a *API) sessionRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "removeClientSessionsAndRetainCookie", Method: "DELETE", Path: "/v1/client/sessions", Handle: handle(a, a.signOut), Emits: "session.removed"},
		{Op: "getSession", Method: "GET", Path: "/v1/client/sessions/{session_id}", Handle: handle(a, a.getSession)},
		{Op: "touchSession", Method: "POST", Path: "/v1/client/sessions/{session_id}/touch", Handle: handle(a, a.touchSession)},
		{Op: "endSession", Method: "POST", Path: "/v1/client/sessions/{session_id}/end", Handle: handle(a, ending(a, sessions.End)), Emits: "session.ended"},
		{Op: "removeSession", Method: "POST", Path: "/v1/client/sessions/{session_id}/remove", Handle: handle(a, ending(a, sessions.Remove)), Emits: "session.removed"},
		{Op: "createSessionToken", Method: "POST", Path: "/v1/client/sessions/{session_id}/tokens", Handle: handle(a, a.createSessionToken)},
		{Op: "createSessionTokenWithTemplate", Method: "POST", Path: "/v1/client/sessions/{session_id}/tokens/{template_name}", Handle: handle(a, a.createSessionToken)},
	}
}

type sessionPath struct {
	ID string `path:"session_id"`
}

// sessionAnswer is a session in the envelope, with the client as it is now.
func (a *API) sessionAnswer(c *Call, id string) (answer, error) {
	client, err := a.client(c)
	if err != nil {
		return answer{}, err
	}
	for _, s := range client.Sessions { // signing once is enough
		if s.ID == id {
			return answer{Response: s, Client: client}, nil
		}
	}
	var view *sessions.SessionView
	err = a.read(c, func(tx *store.Tx) (err error) {
		view, err = sessions.ViewSession(tx, c.Live, c.ClientID, id)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	session, err := view.Frontend(c.Live, a.db.IDs().Rand, c.Origin())
	return answer{Response: session, Client: client}, err
}

// getSession implements getSession. The client is in the answer too: the
// document asks for it, and clerk-js takes no notice.
func (a *API) getSession(c *Call, in sessionPath) (answer, error) {
	err := a.read(c, func(tx *store.Tx) error {
		_, err := sessions.OfClient(tx, c.ClientID, in.ID)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a.sessionAnswer(c, in.ID)
}

type touchParams struct {
	sessionPath
	ActiveOrganizationID *string `json:"active_organization_id"`
}

// touchSession implements touchSession. Why the page touches, it may say as
// intent; it makes no difference here.
func (a *API) touchSession(c *Call, in touchParams) (answer, error) {
	err := a.write(c, func(tx *store.Tx) error {
		_, err := sessions.Touch(tx, c.Live, c.ClientID, in.ID, in.ActiveOrganizationID)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a.sessionAnswer(c, in.ID)
}

// ending makes the handlers of endSession and removeSession.
func ending(a *API, end func(*store.Tx, *instance.Live, string) (*sessions.Session, error)) func(*Call, sessionPath) (answer, error) {
	return func(c *Call, in sessionPath) (answer, error) {
		err := a.write(c, func(tx *store.Tx) error {
			if _, err := sessions.OfClient(tx, c.ClientID, in.ID); err != nil {
				return err
			}
			_, err := end(tx, c.Live, in.ID)
			return err
		})
		if err != nil {
			return answer{}, err
		}
		return a.sessionAnswer(c, in.ID)
	}
}

// signOut implements removeClientSessionsAndRetainCookie: clerk.signOut(). The
// client itself stays; clerk-js reads it from the response.
func (a *API) signOut(c *Call, _ none) (answer, error) {
	if c.ClientID == "" {
		return answer{}, nil
	}
	err := a.write(c, func(tx *store.Tx) error { return sessions.SignOut(tx, c.Live, c.ClientID) })
	if err != nil {
		return answer{}, err
	}
	client, err := a.client(c)
	return answer{Response: client}, err
}

type sessionTokenParams struct {
	sessionPath
	Template       string  `path:"template_name"`
	OrganizationID *string `json:"organization_id"`
}

// createSessionToken implements createSessionToken and
// createSessionTokenWithTemplate; the answer stands outside of the envelope. An
// open page asks once a minute: that is activity, and is noted as rarely.
func (a *API) createSessionToken(c *Call, in sessionTokenParams) (out sessions.TokenJSON, err error) {
	var view *sessions.SessionView
	err = a.read(c, func(tx *store.Tx) (err error) {
		view, err = sessions.TokenView(tx, c.Live, c.ClientID, in.ID, in.OrganizationID)
		return err
	})
	if err != nil {
		return out, err
	}
	if view.Stale() {
		err := a.write(c, func(tx *store.Tx) error { return sessions.NoteActivity(tx, c.Live, in.ID) })
		if err != nil {
			return out, err
		}
	}
	jwt, err := view.Mint(c.Live, a.db.IDs().Rand, sessions.TokenRequest{Template: in.Template, Origin: c.Origin()})
	return sessions.TokenJSON{Object: "token", JWT: jwt}, err
}
