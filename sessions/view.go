package sessions

import (
	"encoding/json"
	"io"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/users"
)

// ClientView is a client with everything that its browser may see of it, as one
// transaction read it. Tokens are signed later, outside of the store.
type ClientView struct {
	*Client
	// Sessions are those that can act, newest first.
	Sessions []*SessionView
	// SignIn and SignUp are the unfinished attempts in the Frontend API's
	// spelling, nil for none.
	SignIn, SignUp any
}

// SessionView is a session with its user and what its tokens can say.
type SessionView struct {
	*Session
	User    *users.User
	Subject *issuer.Subject
	Now     time.Time // what the token's times are counted from
	stale   bool
}

// ViewClient reads a client for its browser.
func ViewClient(tx *store.Tx, l *instance.Live, id string) (*ClientView, error) {
	c, err := GetClient(tx, id)
	if err != nil {
		return nil, err
	}
	list, err := usableOf(tx, id)
	if err != nil {
		return nil, err
	}
	v := &ClientView{Client: c}
	for _, s := range list {
		sv, err := viewSession(tx, l, s)
		if err != nil {
			return nil, err
		}
		v.Sessions = append(v.Sessions, sv)
	}
	return v, nil
}

// ViewSession reads one session of a client for its browser.
func ViewSession(tx *store.Tx, l *instance.Live, clientID, id string) (*SessionView, error) {
	s, err := OfClient(tx, clientID, id)
	if err != nil {
		return nil, err
	}
	return viewSession(tx, l, s)
}

func viewSession(tx *store.Tx, l *instance.Live, s *Session) (*SessionView, error) {
	u, err := users.Get(tx, l.Rules(), s.UserID)
	if err != nil {
		return nil, err
	}
	return &SessionView{Session: s, User: u, Now: TokenTime(tx, l), stale: tx.NowMS()-s.LastActiveAt >= activityGrain.Milliseconds(),
		Subject: &issuer.Subject{User: u.Subject(), Session: s.subject(tx.NowMS())}}, nil
}

// Current is the session that a page shows: the last active one, else the
// newest; nil when nobody is signed in.
func (v *ClientView) Current() *SessionView {
	for _, s := range v.Sessions {
		if v.LastActiveSessionID != nil && s.ID == *v.LastActiveSessionID {
			return s
		}
	}
	if len(v.Sessions) > 0 {
		return v.Sessions[0]
	}
	return nil
}

// ClientJSON is the Frontend API's Client.
type ClientJSON struct {
	Object                     string         `json:"object"`
	ID                         string         `json:"id"`
	Sessions                   []FrontendJSON `json:"sessions"`
	SignIn                     any            `json:"sign_in"`
	SignUp                     any            `json:"sign_up"`
	LastActiveSessionID        *string        `json:"last_active_session_id"`
	LastAuthenticationStrategy *string        `json:"last_authentication_strategy"`
	CookieExpiresAt            *int64         `json:"cookie_expires_at"` // null: a date makes clerk-js navigate to renew it
	CaptchaBypass              bool           `json:"captcha_bypass"`
	CreatedAt                  int64          `json:"created_at"`
	UpdatedAt                  int64          `json:"updated_at"`
}

// FrontendJSON is the Frontend API's Session.
type FrontendJSON struct {
	Object                   string                `json:"object"`
	ID                       string                `json:"id"`
	Status                   Status                `json:"status"`
	ExpireAt                 int64                 `json:"expire_at"`
	AbandonAt                int64                 `json:"abandon_at"`
	LastActiveAt             int64                 `json:"last_active_at"`
	LastActiveToken          *TokenJSON            `json:"last_active_token"`
	LastActiveOrganizationID *string               `json:"last_active_organization_id"`
	Actor                    json.RawMessage       `json:"actor"`
	Tasks                    []struct{}            `json:"tasks"`
	User                     users.FrontendJSON    `json:"user"`
	PublicUserData           *users.PublicUserData `json:"public_user_data"`
	FactorVerificationAge    [2]int                `json:"factor_verification_age"`
	CreatedAt                int64                 `json:"created_at"`
	UpdatedAt                int64                 `json:"updated_at"`
}

// TokenJSON is Clerk's answer wherever it gives a JWT away.
type TokenJSON struct {
	Object string `json:"object"`
	JWT    string `json:"jwt"`
}

// Frontend returns the client as its browser sees it, each session with a token
// fresh for the page at origin.
func (v *ClientView) Frontend(l *instance.Live, random io.Reader, origin string) (*ClientJSON, error) {
	out := &ClientJSON{Object: "client", ID: v.ID, Sessions: []FrontendJSON{}, SignIn: v.SignIn, SignUp: v.SignUp,
		LastAuthenticationStrategy: v.LastAuthenticationStrategy, CaptchaBypass: true, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt}
	for _, s := range v.Sessions {
		if v.LastActiveSessionID != nil && s.ID == *v.LastActiveSessionID {
			out.LastActiveSessionID = &s.ID
		}
		session, err := s.Frontend(l, random, origin)
		if err != nil {
			return nil, err
		}
		out.Sessions = append(out.Sessions, session)
	}
	return out, nil
}

// Frontend returns the session as its browser sees it; one that is over has no
// token any more.
func (v *SessionView) Frontend(l *instance.Live, random io.Reader, origin string) (FrontendJSON, error) {
	public := v.User.PublicData()
	out := FrontendJSON{Object: "session", ID: v.ID, Status: v.Status, ExpireAt: v.ExpireAt, AbandonAt: v.AbandonAt, LastActiveAt: v.LastActiveAt,
		LastActiveOrganizationID: v.LastActiveOrganizationID, Actor: v.Actor, User: v.User.Frontend(), PublicUserData: &public,
		FactorVerificationAge: v.Subject.Session.FactorVerificationAge, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt}
	if !v.usable() {
		return out, nil
	}
	jwt, err := v.Mint(l, random, TokenRequest{Origin: origin})
	out.LastActiveToken = &TokenJSON{Object: "token", JWT: jwt}
	return out, err
}

// Mint signs a token of the session.
func (v *SessionView) Mint(l *instance.Live, random io.Reader, r TokenRequest) (string, error) {
	return Mint(l, v.Subject, v.Now, random, r)
}
