package controlapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

type tokenParams struct {
	// User is an id, e-mail address, phone number or username.
	User      *string                    `json:"user"`
	Template  *string                    `json:"template"`
	SessionID *string                    `json:"session_id"`
	TTL       *lifetime                  `json:"ttl"`
	Claims    map[string]json.RawMessage `json:"claims"`
	Fault     *string                    `json:"fault"`
	// Origin becomes azp, as the page's that asks would.
	Origin *string `json:"origin"`
}

func (p tokenParams) request() (sessions.TokenRequest, error) {
	req := sessions.TokenRequest{Template: text(p.Template), Origin: text(p.Origin), Claims: p.Claims}
	if p.TTL != nil {
		req.Lifetime = int64(*p.TTL)
	}
	if text(p.Fault) != "" {
		fault, err := issuer.ParseFault(*p.Fault)
		if err != nil {
			return req, unprocessable("fault", err.Error())
		}
		req.Fault = fault
	}
	return req, nil
}

// tokenJSON is Clerk's answer to every request for a JWT.
type tokenJSON struct {
	Object string `json:"object"`
	JWT    string `json:"jwt"`
}

// createToken mints what an app would get, and what it never should, without a
// browser. A session token is of a real session: one is made if need be.
func (a *API) createToken(c *call, in tokenParams) (tokenJSON, error) {
	req, err := in.request()
	if err != nil {
		return tokenJSON{}, err
	}
	if req.Template != "" { // a misspelt name is refused before anything is changed
		if err := checkTemplate(c.Live, req.Template); err != nil {
			return tokenJSON{}, err
		}
	}
	subject, now, err := a.tokenSubject(c, in)
	if err != nil {
		return tokenJSON{}, err
	}
	jwt, err := sessions.Mint(c.Live, subject, now, a.DB.IDs().Rand, req)
	if err != nil {
		return tokenJSON{}, err
	}
	a.Metrics.minted(kindOf(req))
	return tokenJSON{Object: "token", JWT: jwt}, nil
}

func kindOf(req sessions.TokenRequest) string {
	if req.Template != "" {
		return "template"
	}
	return "session"
}

// tokenSubject reads who the token is about; only a new session writes.
func (a *API) tokenSubject(c *call, in tokenParams) (subject *issuer.Subject, now time.Time, err error) {
	s := subjectQuery{call: c, params: in}
	if err := a.read(c, s.look); err != nil || s.subject != nil {
		return s.subject, s.now, err
	}
	err = a.write(c, s.signIn)
	return s.subject, s.now, err
}

// subjectQuery finds a token's subject in one transaction, or two.
type subjectQuery struct {
	*call
	params  tokenParams
	user    *users.User
	subject *issuer.Subject
	now     time.Time
}

// look leaves the subject nil when a session has to be made first.
func (q *subjectQuery) look(tx *store.Tx) (err error) {
	q.now = sessions.TokenTime(tx, q.Live)
	if id := text(q.params.SessionID); id != "" {
		q.subject, err = q.ofSession(tx, id)
		return err
	}
	if text(q.params.User) == "" {
		return apierr.FormMissingParameter("user")
	}
	if q.user, err = find(tx, q.Live, *q.params.User); err != nil {
		return err
	}
	if text(q.params.Template) != "" {
		q.subject = sessions.UserSubject(tx, q.Live, q.user)
		return nil
	}
	s, err := sessions.NewestActive(tx, q.user.ID)
	if err != nil || s == nil {
		return err
	}
	q.subject, err = sessions.Subject(tx, q.Live, s.ID)
	return err
}

// ofSession checks that the session is the user's, when both are given.
func (q *subjectQuery) ofSession(tx *store.Tx, id string) (*issuer.Subject, error) {
	subject, err := sessions.Subject(tx, q.Live, id)
	if err != nil || text(q.params.User) == "" {
		return subject, err
	}
	u, err := find(tx, q.Live, *q.params.User)
	if err == nil && u.ID != subject.User.ID {
		return nil, unprocessable("session_id", "Session "+id+" is not a session of "+*q.params.User+". Leave one of the two out.")
	}
	return subject, err
}

func (q *subjectQuery) signIn(tx *store.Tx) error {
	s, err := sessions.Create(tx, q.Live, sessions.CreateParams{UserID: q.user.ID})
	if err != nil {
		return err
	}
	q.now = sessions.TokenTime(tx, q.Live)
	q.subject, err = sessions.Subject(tx, q.Live, s.ID)
	return err
}

// lifetime is a number of seconds, or a duration such as "2s".
type lifetime int64

// UnmarshalJSON implements json.Unmarshaler.
func (l *lifetime) UnmarshalJSON(raw []byte) error {
	seconds, ok := readLifetime(raw)
	if !ok || seconds < 1 || seconds > issuer.MaxLifetime {
		return apierr.FormInvalidParameterFormat("ttl", `It must be at least one second, as a number of seconds or a duration such as "2s".`)
	}
	*l = lifetime(seconds)
	return nil
}

func readLifetime(raw []byte) (seconds int64, ok bool) {
	var spelled string
	if json.Unmarshal(raw, &spelled) == nil {
		d, err := time.ParseDuration(spelled)
		return int64(d / time.Second), err == nil
	}
	return seconds, json.Unmarshal(raw, &seconds) == nil
}

// text is an optional string, "" when absent.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checkTemplate is Clerk's answer to a misspelt name, with the names that would
// have worked: here a person reads it.
func checkTemplate(l *instance.Live, name string) error {
	_, err := l.Template(name)
	for _, e := range apierr.All(err) {
		e.LongMessage += fmt.Sprintf(". This instance has: %s. Names are compared exactly.", strings.Join(l.TemplateNames(), ", "))
	}
	return err
}
