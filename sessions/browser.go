package sessions

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// browserBytes is the entropy of a dev browser's token.
const browserBytes = 24

// CreateBrowser makes a dev browser and returns its token, which stands in for
// the cookie that a development instance cannot set: whoever has it is that
// browser. Only its digest is kept.
func CreateBrowser(tx *store.Tx) (token string, err error) {
	token = "dvb_" + tx.IDs().Token(browserBytes)
	_, err = tx.Exec(`INSERT INTO dev_browser (instance_id, id, created_at) VALUES ($1, $2, $3)`, tx.Instance(), digest(token), tx.WallNowMS())
	return token, err
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ClientOf returns the client of a dev browser, nil when it needs none yet. An
// unknown browser is Clerk's error dev_browser_unauthenticated.
func ClientOf(tx *store.Tx, browser string) (*Client, error) {
	id, err := clientIDOf(tx, browser)
	if err != nil || id == nil {
		return nil, err
	}
	return GetClient(tx, *id)
}

func clientIDOf(tx *store.Tx, browser string) (id *string, err error) {
	err = tx.QueryRow(`SELECT client_id FROM dev_browser WHERE instance_id = $1 AND id = $2`, tx.Instance(), digest(browser)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.DevBrowserUnauthenticated()
	}
	return id, err
}

// EnsureClient returns the client of a dev browser, making it on first need.
func EnsureClient(tx *store.Tx, browser string) (*Client, error) {
	c, err := ClientOf(tx, browser)
	if err != nil || c != nil {
		return c, err
	}
	id, err := createClient(tx)
	if err != nil {
		return nil, err
	}
	if _, err = tx.Exec(`UPDATE dev_browser SET client_id = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), digest(browser), id); err != nil {
		return nil, err
	}
	return GetClient(tx, id)
}
