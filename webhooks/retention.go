package webhooks

import (
	"context"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// DefaultRetention is how long messages are kept, in instance time: Svix's
// default for payloads, and how far its lists look back.
const DefaultRetention = 90 * 24 * time.Hour

// Trimmed is what a trim removed.
type Trimmed struct {
	// Messages went with their deliveries and attempts, Payloads alone.
	Messages, Payloads int64
}

// Trim removes what an instance keeps no longer, in pieces between which others
// get their turn. It costs next to nothing when there is nothing to remove.
func Trim(ctx context.Context, db *store.Store, instance string) (done Trimmed, err error) {
	for more := true; more && err == nil; {
		var piece Trimmed
		err = db.Write(ctx, instance, func(tx *store.Tx) (err error) {
			piece, err = trimPiece(tx)
			return err
		})
		done.Messages += piece.Messages
		done.Payloads += piece.Payloads
		more = piece != Trimmed{}
	}
	return done, err
}

func trimPiece(tx *store.Tx) (Trimmed, error) {
	if _, err := tx.Exec(`DELETE FROM webhook_answer WHERE instance_id = $1 AND expires_at <= $2`, tx.Instance(), tx.WallNowMS()); err != nil {
		return Trimmed{}, err
	}
	if _, err := tx.Exec(`DELETE FROM webhook_task WHERE instance_id = $1 AND status <> 'running' AND updated_at <= $2`,
		tx.Instance(), tx.Now().Add(-DefaultRetention).UnixMilli()); err != nil {
		return Trimmed{}, err
	}
	payloads, err := trimPayloads(tx)
	if err != nil {
		return Trimmed{}, err
	}
	messages, err := trimMessages(tx)
	return Trimmed{messages, payloads}, err
}

func trimPayloads(tx *store.Tx) (int64, error) {
	rows, err := tx.Query(`SELECT id FROM webhook_message WHERE instance_id = $1 AND expires_at IS NOT NULL AND expires_at <= $2
		ORDER BY expires_at LIMIT $3`, tx.Instance(), tx.NowMS(), Piece)
	ids, err := texts(rows, err)
	for _, id := range ids {
		if err := expunge(tx, id); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), err
}

// trimMessages removes the oldest messages. Only the first piece by seq is
// looked at: what is older in instance time stands before, unless the clock was
// moved back in between, and then the rest waits until its turn.
func trimMessages(tx *store.Tx) (int64, error) {
	rows, err := tx.Query(`SELECT id FROM (SELECT id, created_at FROM webhook_message WHERE instance_id = $1 ORDER BY seq LIMIT $2) AS oldest WHERE created_at <= $3`,
		tx.Instance(), Piece, tx.Now().Add(-DefaultRetention).UnixMilli())
	ids, err := texts(rows, err)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, table := range []struct{ name, column string }{{"webhook_attempt", "message_id"}, {"webhook_delivery", "message_id"}, {"webhook_message", "id"}} {
		q := newQuery(tx.Instance(), "instance_id")
		q.anyOf(table.column, ids)
		if _, err := tx.Exec(`DELETE FROM `+table.name+q.clause(), q.args...); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}
