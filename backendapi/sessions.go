package backendapi

import (
	"encoding/json"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
)

type listSessionsParams struct {
	ClientID  string `query:"client_id"`
	UserID    string `query:"user_id"`
	Status    string `query:"status"`
	Paginated bool   `query:"paginated"`
	Limit     *int   `query:"limit"`
	Offset    *int   `query:"offset"`
}

// getSessionList implements GetSessionList. The SDKs of today read the object
// with total_count, older ones the bare array; `paginated` decides.
func (a *API) getSessionList(c *Call, in listSessionsParams) (any, error) {
	p, err := newPage(in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	filter := sessions.Filter{ClientID: in.ClientID, UserID: in.UserID, Status: sessions.Status(in.Status), Limit: p.limit, Offset: p.offset}
	var out paginated[sessions.JSON]
	err = a.read(c, func(tx *store.Tx) error {
		list, err := sessions.List(tx, filter)
		if err != nil {
			return err
		}
		out.Data = mapped(list, (*sessions.Session).Backend)
		out.TotalCount, err = sessions.Count(tx, filter)
		return err
	})
	if err == nil && !in.Paginated {
		return out.Data, nil
	}
	return out, err
}

type createSessionParams struct {
	UserID               *string `json:"user_id"`
	ActiveOrganizationID *string `json:"active_organization_id"`
}

// createSession implements createSession: a session in a browser of its own.
func (a *API) createSession(c *Call, in createSessionParams) (out sessions.JSON, err error) {
	if in.UserID == nil || *in.UserID == "" {
		return out, apierr.FormMissingParameter("user_id")
	}
	if in.ActiveOrganizationID != nil && *in.ActiveOrganizationID != "" {
		return out, apierr.FormMissingResource("active_organization_id")
	}
	return spelled(a, c, (*sessions.Session).Backend, func(tx *store.Tx) (*sessions.Session, error) {
		return sessions.Create(tx, c.Live, sessions.CreateParams{UserID: *in.UserID})
	})
}

type sessionPath struct {
	ID string `path:"session_id"`
}

// getSession implements GetSession.
func (a *API) getSession(c *Call, in sessionPath) (sessions.JSON, error) {
	return looked(a, c, (*sessions.Session).Backend, func(tx *store.Tx) (*sessions.Session, error) {
		return sessions.Get(tx, in.ID)
	})
}

// revokeSession implements RevokeSession.
func (a *API) revokeSession(c *Call, in sessionPath) (sessions.JSON, error) {
	return spelled(a, c, (*sessions.Session).Backend, func(tx *store.Tx) (*sessions.Session, error) {
		return sessions.Revoke(tx, c.Live, in.ID)
	})
}

type sessionTokenParams struct {
	ID        string `path:"session_id"`
	Template  string `path:"template_name"`
	ExpiresIn *int64 `json:"expires_in_seconds"`
}

// token is Clerk's answer to every request for a JWT.
type token struct {
	Object string `json:"object"`
	JWT    string `json:"jwt"`
}

// createSessionToken implements CreateSessionToken and
// CreateSessionTokenFromTemplate. Signing happens outside of the store.
func (a *API) createSessionToken(c *Call, in sessionTokenParams) (token, error) {
	req := sessions.TokenRequest{Template: in.Template}
	if in.ExpiresIn != nil {
		if *in.ExpiresIn < issuer.MinLifetime || *in.ExpiresIn > issuer.MaxLifetime {
			return token{}, apierr.FormInvalidParameterFormat("expires_in_seconds", "It must be between 30 and 315360000.")
		}
		req.Lifetime = *in.ExpiresIn
	}
	var subject *issuer.Subject
	var now time.Time
	err := a.read(c, func(tx *store.Tx) (err error) {
		subject, err = sessions.Subject(tx, c.Live, in.ID)
		now = sessions.TokenTime(tx, c.Live)
		return err
	})
	if err != nil {
		return token{}, err
	}
	jwt, err := sessions.Mint(c.Live, subject, now, a.db.IDs().Rand, req)
	return token{Object: "token", JWT: jwt}, err
}

type refreshParams struct {
	ID string `path:"session_id"`
	// SuffixedCookies asks for the cookies whose names have a suffix too. No
	// document has it.
	SuffixedCookies bool `query:"suffixed_cookies"`
	sessions.RefreshParams
	Format *string `json:"format"`
	// What the page's request was is accepted; nothing depends on it.
	RequestHeaders       json.RawMessage `json:"request_headers"`
	RequestOriginatingIP *string         `json:"request_originating_ip"`
}

// cookies is Clerk's answer in the form of Set-Cookie lines.
type cookies struct {
	Object  string   `json:"object"`
	Cookies []string `json:"cookies"`
}

// refreshSession implements RefreshSession: what Clerk's SDKs ask in an app's
// server when a page comes with a session token that ran out and a refresh
// cookie, so that the browser need not be sent away.
func (a *API) refreshSession(c *Call, in refreshParams) (any, error) {
	if err := required("expired_token", in.ExpiredToken, "refresh_token", in.RefreshToken, "request_origin", in.RequestOrigin); err != nil {
		return nil, err
	}
	format := "token"
	if in.Format != nil {
		format = *in.Format
	}
	if format != "token" && format != "cookie" {
		return nil, apierr.FormInvalidParameterValue("format", format, "cookie", "token")
	}
	var view *sessions.SessionView
	err := a.write(c, func(tx *store.Tx) (err error) {
		view, err = sessions.Refresh(tx, c.Live, in.ID, in.RefreshParams)
		return err
	})
	if err != nil {
		return nil, err
	}
	jwt, err := view.Mint(c.Live, a.db.IDs().Rand, sessions.TokenRequest{Origin: in.RequestOrigin})
	if err != nil || format == "token" {
		return token{Object: "token", JWT: jwt}, err
	}
	var suffixes []string
	if in.SuffixedCookies {
		suffixes = c.CookieSuffixes()
	}
	out := cookies{Object: "cookies"}
	for _, cookie := range sessions.SessionCookies(jwt, suffixes) {
		out.Cookies = append(out.Cookies, cookie.String())
	}
	return out, nil
}
