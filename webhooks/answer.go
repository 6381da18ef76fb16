package webhooks

import (
	"database/sql"
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Answer is what a request with an idempotency key was answered with. Body is
// the JSON, empty for 204.
type Answer struct {
	Status int
	Body   []byte
}

// answersKept is expiry_default of svix-server's idempotency.rs, in wall time: it
// guards against a request that is sent again, not against time travel.
const answersKept = 12 * time.Hour

// Answered returns the answer to an earlier request with this key, nil when
// there was none.
func Answered(tx *store.Tx, key string) (*Answer, error) {
	var a Answer
	var body string
	err := tx.QueryRow(`SELECT status, body FROM webhook_answer WHERE instance_id = $1 AND key = $2 AND expires_at > $3`,
		tx.Instance(), key, tx.WallNowMS()).Scan(&a.Status, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	a.Body = []byte(body)
	return &a, err
}

// KeepAnswer remembers an answer, in the transaction of what it tells.
func KeepAnswer(tx *store.Tx, key string, a Answer) error {
	_, err := tx.Exec(`INSERT INTO webhook_answer (instance_id, key, expires_at, status, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (instance_id, key) DO UPDATE SET expires_at = excluded.expires_at, status = excluded.status, body = excluded.body`,
		tx.Instance(), key, tx.WallNow().Add(answersKept).UnixMilli(), a.Status, string(a.Body))
	return err
}
