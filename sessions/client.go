package sessions

import (
	"database/sql"
	"errors"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Client is one browser: who is signed in in it.
type Client struct {
	ID                         string
	LastActiveSessionID        *string
	LastAuthenticationStrategy *string
	// CreatedAt is instance time in Unix milliseconds.
	CreatedAt int64
	// UpdatedAt changes only when the set of sessions does, and is the time that
	// tokens are counted from, in milliseconds: clerk-js writes it into
	// __client_uat, and Clerk's SDKs refuse a token that is older than that.
	UpdatedAt int64
}

// GetClient returns a client.
func GetClient(tx *store.Tx, id string) (*Client, error) {
	c := &Client{ID: id}
	err := tx.QueryRow(`SELECT last_active_session_id, last_authentication_strategy, created_at, updated_at FROM client WHERE instance_id = $1 AND id = $2`, tx.Instance(), id).
		Scan(&c.LastActiveSessionID, &c.LastAuthenticationStrategy, &c.CreatedAt, &c.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.ClientNotFound(id)
	}
	return c, err
}

// OfClient returns a session of a client. Another browser's session is answered
// as one that does not exist.
func OfClient(tx *store.Tx, clientID, id string) (*Session, error) {
	s, err := Get(tx, id)
	if err != nil {
		return nil, err
	}
	if s.ClientID != clientID {
		return nil, apierr.SessionNotFound(id)
	}
	return s, nil
}

// usableOf lists the sessions of a client that can act, newest first.
func usableOf(tx *store.Tx, clientID string) ([]*Session, error) {
	all, err := List(tx, Filter{ClientID: clientID, Limit: maxPerUser})
	if err != nil {
		return nil, err
	}
	var usable []*Session
	for _, s := range all {
		if s.usable() {
			usable = append(usable, s)
		}
	}
	return usable, nil
}

// changed notes that the set of a client's sessions is another one now, and
// which session pages show from now on, nil for the same. Only this moves
// updated_at: a later one would make the tokens that browsers hold look stale.
func changed(tx *store.Tx, l *instance.Live, clientID string, current *string) error {
	_, err := tx.Exec(`UPDATE client SET updated_at = $3, last_active_session_id = COALESCE($4, last_active_session_id) WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), clientID, TokenTime(tx, l).UnixMilli(), current)
	return err
}

// NoteStrategy remembers how somebody last signed in in this browser; the forms
// mark it.
func NoteStrategy(tx *store.Tx, clientID, strategy string) error {
	_, err := tx.Exec(`UPDATE client SET last_authentication_strategy = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), clientID, strategy)
	return err
}

// SignOut ends all sessions of a browser: session.removed for each.
func SignOut(tx *store.Tx, l *instance.Live, clientID string) error {
	list, err := usableOf(tx, clientID)
	if err != nil {
		return err
	}
	for _, s := range list {
		if _, err := Remove(tx, l, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// ForgetClient signs a browser out and takes its client away; the next need
// makes a new one.
func ForgetClient(tx *store.Tx, l *instance.Live, clientID string) error {
	if err := SignOut(tx, l, clientID); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE dev_browser SET client_id = NULL WHERE instance_id = $1 AND client_id = $2`, tx.Instance(), clientID); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM client WHERE instance_id = $1 AND id = $2`, tx.Instance(), clientID)
	return err
}
