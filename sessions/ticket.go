package sessions

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// defaultTicketLifetime is 30 days, in seconds.
const defaultTicketLifetime = 30 * 24 * 60 * 60

// PageTicketLifetime is how long a ticket for a hosted page is good for, in
// seconds, unless asked otherwise: it is opened at once or not at all.
const PageTicketLifetime = 10 * 60

// SignInToken is a ticket that signs one user in, once. Times are instance time
// in Unix milliseconds.
type SignInToken struct {
	ID        string
	UserID    string
	Status    string // pending, accepted or revoked
	Token     string
	URL       string
	ExpireAt  int64
	CreatedAt int64
	UpdatedAt int64
}

// SignInTokenJSON is the Backend API's SignInToken.
type SignInTokenJSON struct {
	Object    string `json:"object"`
	ID        string `json:"id"`
	Status    string `json:"status"`
	UserID    string `json:"user_id"`
	Token     string `json:"token"`
	URL       string `json:"url"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

// Backend returns the ticket as the Backend API spells it.
func (t *SignInToken) Backend() SignInTokenJSON {
	return SignInTokenJSON{Object: "sign_in_token", ID: t.ID, Status: t.Status, UserID: t.UserID, Token: t.Token, URL: t.URL,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt}
}

// CreateSignInToken makes a ticket for a user; lifetime is in seconds, nil for
// 30 days.
func CreateSignInToken(tx *store.Tx, l *instance.Live, userID string, lifetime *int64) (*SignInToken, error) {
	if _, err := users.Get(tx, l.Rules(), userID); err != nil {
		return nil, err
	}
	seconds := int64(defaultTicketLifetime)
	if lifetime != nil {
		seconds = *lifetime
	}
	if seconds < 1 {
		return nil, apierr.FormInvalidParameterFormat("expires_in_seconds", "It must be at least 1.")
	}
	now := tx.NowMS()
	t := &SignInToken{ID: tx.NewID("sit"), UserID: userID, Status: "pending", ExpireAt: now + seconds*1000, CreatedAt: now, UpdatedAt: now}
	var err error
	if t.Token, err = l.SignTicket(instance.Ticket{Kind: instance.SignInTicket, ID: t.ID, Expiry: tx.WallNow().Unix() + seconds}); err != nil {
		return nil, err
	}
	t.URL = ticketURL(l, t.Token)
	_, err = tx.Exec(`INSERT INTO sign_in_token (instance_id, id, user_id, status, token, expire_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Instance(), t.ID, t.UserID, t.Status, t.Token, t.ExpireAt, t.CreatedAt, t.UpdatedAt)
	return t, err
}

func ticketURL(l *instance.Live, token string) string {
	return instance.TicketURL(l.Addresses.Frontend, token)
}

// Page is the address that uses the ticket up when a browser opens it: the
// hosted sign-in page below portal, which then goes on to the app, "" for
// nowhere else.
func (t *SignInToken) Page(portal, app string) string {
	query := url.Values{"__clerk_ticket": {t.Token}}
	if app != "" {
		query.Set("redirect_url", app)
	}
	return portal + "/sign-in?" + query.Encode()
}

// ParseApp reads the address of an app, nil for "". One that a browser cannot be
// sent to is refused.
func ParseApp(app string) (*url.URL, error) {
	if app == "" {
		return nil, nil
	}
	u, err := url.Parse(app)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, apierr.FormInvalidApp("app", app)
	}
	return u, nil
}

// RevokeSignInToken makes a pending ticket worthless.
func RevokeSignInToken(tx *store.Tx, l *instance.Live, id string) (*SignInToken, error) {
	t, err := getSignInToken(tx, l, id)
	if err != nil {
		return nil, err
	}
	if t.Status != "pending" {
		return nil, apierr.SignInTokenCannotBeRevoked(t.Status)
	}
	t.Status, t.UpdatedAt = "revoked", tx.NowMS()
	_, err = tx.Exec(`UPDATE sign_in_token SET status = $3, updated_at = $4 WHERE instance_id = $1 AND id = $2`, tx.Instance(), id, t.Status, t.UpdatedAt)
	return t, err
}

func getSignInToken(tx *store.Tx, l *instance.Live, id string) (*SignInToken, error) {
	t := &SignInToken{ID: id}
	err := tx.QueryRow(`SELECT user_id, status, token, expire_at, created_at, updated_at FROM sign_in_token WHERE instance_id = $1 AND id = $2`, tx.Instance(), id).
		Scan(&t.UserID, &t.Status, &t.Token, &t.ExpireAt, &t.CreatedAt, &t.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.SignInTokenNotFound(id)
	}
	t.URL = ticketURL(l, t.Token)
	return t, err
}

// TestingTokenJSON is the Backend API's TestingToken. ExpiresAt is in seconds.
type TestingTokenJSON struct {
	Object    string `json:"object"`
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expires_at"`
}

// NewTestingToken makes a token for the parameter __clerk_testing_token. It
// turns bot protection off, and the emulator has none: so nothing needs to be
// remembered of it.
func NewTestingToken(src ids.Source) TestingTokenJSON {
	now := src.Clock.Now().Unix()
	return TestingTokenJSON{Object: "testing_token", Token: fmt.Sprintf("%d-%s", now, src.New("c")), ExpiresAt: now + 60*60}
}
