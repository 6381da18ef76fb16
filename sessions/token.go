package sessions

import (
	"encoding/json"
	"io"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/users"
)

// Subject reads what a session's tokens can say. A session that is over has no
// tokens any more: Clerk answers as if it did not exist.
func Subject(tx *store.Tx, l *instance.Live, sessionID string) (*issuer.Subject, error) {
	s, err := Get(tx, sessionID)
	if err != nil {
		return nil, err
	}
	if err := s.Usable(); err != nil {
		return nil, err
	}
	u, err := users.Get(tx, l.Rules(), s.UserID)
	if err != nil {
		return nil, err
	}
	return &issuer.Subject{User: u.Subject(), Session: s.subject(tx.NowMS())}, nil
}

func (s *Session) subject(now int64) *issuer.Session {
	return &issuer.Session{ID: s.ID, Status: string(s.Status), Actor: s.Actor,
		FactorVerificationAge: [2]int{minutesSince(now, s.FirstFactorAt), minutesSince(now, s.SecondFactorAt)}}
}

// minutesSince is the claim fva's measure: whole minutes, -1 for never.
func minutesSince(now int64, at *int64) int {
	if at == nil {
		return -1
	}
	return int((now - *at) / time.Minute.Milliseconds())
}

// TokenRequest says which token is wanted.
type TokenRequest struct {
	// Template is a JWT template's name; empty for a session token.
	Template string
	// Origin is the page that asks; it becomes azp.
	Origin string
	// Lifetime is in seconds; 0 for the template's or the instance's own.
	Lifetime int64
	Claims   map[string]json.RawMessage
	Fault    issuer.Fault
}

// Mint signs a token. now is what its times follow: wall time, because verifiers
// compare them with their own clocks.
func Mint(l *instance.Live, subject *issuer.Subject, now time.Time, random io.Reader, r TokenRequest) (string, error) {
	req := issuer.Request{Key: l.Keys.Current(), Issuer: l.Issuer, Origin: r.Origin, Now: now, Random: random,
		Lifetime: r.Lifetime, Claims: r.Claims, Fault: r.Fault}
	if r.Template != "" {
		t, err := l.Template(r.Template)
		if err != nil {
			return "", err
		}
		return issuer.MintTemplate(req, t, subject)
	}
	if subject.Session == nil {
		return "", apierr.FormMissingParameter("session_id")
	}
	req.Issuer = l.SessionIssuer()
	if req.Lifetime == 0 {
		req.Lifetime = l.Config.SessionToken.Lifetime
	}
	return issuer.MintSession(req, subject, l.SessionOptions())
}

// MintDraft signs a token by a template that is not stored, to see what it would
// say.
func MintDraft(l *instance.Live, t *issuer.CompiledTemplate, subject *issuer.Subject, now time.Time, random io.Reader, r TokenRequest) (string, error) {
	return issuer.MintTemplate(issuer.Request{Key: l.Keys.Current(), Issuer: l.Issuer, Origin: r.Origin, Now: now, Random: random,
		Lifetime: r.Lifetime, Claims: r.Claims, Fault: r.Fault}, t, subject)
}

// TokenTime is the instant that a token's times are counted from.
func TokenTime(tx *store.Tx, l *instance.Live) time.Time {
	if l.Config.Tokens == "instance_time" {
		return tx.Now()
	}
	return tx.WallNow()
}

// UserSubject reads what tokens without a session can say of a user.
func UserSubject(tx *store.Tx, l *instance.Live, u *users.User) *issuer.Subject {
	return &issuer.Subject{User: u.Subject()}
}

// NewestActive returns a user's newest session that can act, nil without one.
func NewestActive(tx *store.Tx, userID string) (*Session, error) {
	list, err := List(tx, Filter{UserID: userID, Status: Active, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}
