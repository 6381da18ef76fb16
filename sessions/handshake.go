package sessions

import (
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

const (
	// handshakeLifetime is how long an app's server has to fetch what a handshake
	// left for it, in wall time: it asks with the next request.
	handshakeLifetime = time.Minute
	nonceBytes        = 24
)

// StoreHandshake keeps cookie directives for the app's server and returns the
// nonce that fetches them.
func StoreHandshake(tx *store.Tx, directives []string) (nonce string, err error) {
	text, err := json.Marshal(directives)
	if err != nil {
		return "", err
	}
	now := tx.WallNowMS()
	if _, err := tx.Exec(`DELETE FROM handshake WHERE instance_id = $1 AND expire_at <= $2`, tx.Instance(), now); err != nil {
		return "", err
	}
	nonce = tx.IDs().Token(nonceBytes)
	_, err = tx.Exec(`INSERT INTO handshake (instance_id, id, directives, expire_at) VALUES ($1, $2, $3, $4)`,
		tx.Instance(), digest(nonce), string(text), now+handshakeLifetime.Milliseconds())
	return nonce, err
}

// TakeHandshake returns the directives behind a nonce, once.
func TakeHandshake(tx *store.Tx, nonce string) (directives []string, err error) {
	var text string
	err = tx.QueryRow(`DELETE FROM handshake WHERE instance_id = $1 AND id = $2 AND expire_at > $3 RETURNING directives`,
		tx.Instance(), digest(nonce), tx.WallNowMS()).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.ResourceNotFound()
	}
	if err != nil {
		return nil, err
	}
	return directives, json.Unmarshal([]byte(text), &directives)
}
