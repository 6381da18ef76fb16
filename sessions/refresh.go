package sessions

import (
	"net/url"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
)

const (
	refreshBytes = 32
	// maxTokenAge is how old a session token can be that is refreshed. Clerk has a
	// limit and does not say which. It bounds how long the used ones are
	// remembered.
	maxTokenAge = 24 * time.Hour
)

// RefreshParams are what an app's server knows of a page whose session token ran
// out, under the names of the Backend API (spec: RefreshSession).
type RefreshParams struct {
	ExpiredToken  string `json:"expired_token"`
	RefreshToken  string `json:"refresh_token"`
	RequestOrigin string `json:"request_origin"`
}

// NewRefreshToken draws a token with which an app's server gets new tokens of a
// session as long as that can act, once it is kept.
func NewRefreshToken(src ids.Source) string { return src.Token(refreshBytes) }

// KeepRefreshToken makes a token good for a session. Only its digest is kept.
func KeepRefreshToken(tx *store.Tx, s *Session, token string) error {
	if _, err := tx.Exec(`DELETE FROM refresh_token WHERE instance_id = $1 AND expire_at <= $2`, tx.Instance(), tx.NowMS()); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO refresh_token (instance_id, id, session_id, expire_at) VALUES ($1, $2, $3, $4)`, tx.Instance(), digest(token), s.ID, s.ExpireAt)
	return err
}

// Refresh uses up a session token that ran out and returns what a new one can
// say. It counts as activity, like asking for a token. The refresh token stays:
// several pages of an app hold it at once. Every refusal is 401, after which
// Clerk's SDKs send the browser into a handshake.
func Refresh(tx *store.Tx, l *instance.Live, sessionID string, p RefreshParams) (*SessionView, error) {
	if l.Config.Settings.NoSessionRefresh {
		return nil, apierr.SessionRefreshNotEnabled()
	}
	now := TokenTime(tx, l)
	claims, err := p.check(l, sessionID, now)
	if err != nil {
		return nil, err
	}
	s, err := Get(tx, sessionID)
	switch {
	case apierr.HasCode(err, "resource_not_found"):
		return nil, apierr.SessionRefreshSessionNotFound(sessionID)
	case err != nil:
		return nil, err
	case !s.usable():
		return nil, apierr.SessionRefreshInactiveSession()
	}
	if err := checkRefreshToken(tx, p.RefreshToken, sessionID); err != nil {
		return nil, err
	}
	if err := consume(tx, claims, now.Add(-maxTokenAge)); err != nil {
		return nil, err
	}
	view, err := viewSession(tx, l, s)
	if err == nil && view.Stale() {
		err = s.touch(tx, l)
	}
	return view, err
}

// check judges what needs no store.
func (p *RefreshParams) check(l *instance.Live, sessionID string, now time.Time) (issuer.SessionClaims, error) {
	c, err := l.Keys.ReadSession(p.ExpiredToken)
	origin, parseErr := url.Parse(p.RequestOrigin)
	switch {
	case parseErr != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https":
		return c, apierr.SessionRefreshInvalidRequestOrigin()
	case err != nil:
		return c, apierr.SessionRefreshExpiredSessionTokenInvalid()
	case c.SessionID == "":
		return c, apierr.SessionRefreshMissingSID()
	case c.SessionID != sessionID:
		return c, apierr.SessionRefreshSIDMismatch()
	case c.AuthorizedParty == "":
		return c, apierr.SessionRefreshMissingAZP()
	case c.AuthorizedParty != p.RequestOrigin:
		return c, apierr.SessionRefreshRequestOriginAZPMismatch()
	case c.IssuedAt == 0:
		return c, apierr.SessionRefreshMissingIAT()
	case now.Sub(time.Unix(c.IssuedAt, 0)) > maxTokenAge:
		return c, apierr.SessionRefreshExpiredSessionTokenTooOld()
	}
	return c, nil
}

func checkRefreshToken(tx *store.Tx, token, sessionID string) error {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM refresh_token WHERE instance_id = $1 AND id = $2 AND session_id = $3`, tx.Instance(), digest(token), sessionID).Scan(&n)
	if err == nil && n == 0 {
		return apierr.SessionRefreshTokenNotFound()
	}
	return err
}

// consume notes that a session token was refreshed: each one is once. What is
// from before oldest need not be remembered.
func consume(tx *store.Tx, c issuer.SessionClaims, oldest time.Time) error {
	if _, err := tx.Exec(`DELETE FROM refreshed_token WHERE instance_id = $1 AND issued_at < $2`, tx.Instance(), oldest.Unix()); err != nil {
		return err
	}
	res, err := tx.Exec(`INSERT INTO refreshed_token (instance_id, id, issued_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, tx.Instance(), c.ID, c.IssuedAt)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return apierr.SessionRefreshConsumedExpiredSessionToken()
	}
	return err
}
