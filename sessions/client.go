package sessions

import (
	"database/sql"
	"errors"

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
// as one that does not exist, one that is over as Clerk answers who is not
// signed in.
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
