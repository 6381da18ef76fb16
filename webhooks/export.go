package webhooks

import (
	"context"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Exported is a message with all that became of it.
type Exported struct {
	*Message
	Deliveries []Delivery
	Attempts   []*Attempt // the oldest first
}

// Export hands the messages with a seq greater than since to fn, in their
// order, and stops at its error. Each piece is read over a picture of its own,
// so that a long export holds nobody up.
func Export(ctx context.Context, db *store.Store, instance string, since int64, fn func(Exported) error) error {
	for {
		piece, err := exportPiece(ctx, db, instance, since)
		if err != nil || len(piece) == 0 {
			return err
		}
		for _, m := range piece {
			if err := fn(m); err != nil {
				return err
			}
		}
		since = piece[len(piece)-1].Seq
	}
}

func exportPiece(ctx context.Context, db *store.Store, instance string, since int64) (piece []Exported, err error) {
	err = db.Read(ctx, instance, func(tx *store.Tx) error {
		piece = nil
		rows, err := tx.Query(`SELECT `+messageColumns+`, m.body FROM webhook_message m
			WHERE m.instance_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3`, tx.Instance(), since, Piece)
		list, err := collect(rows, err, Page{Limit: Piece}, scanMessage, func(m *Message) string { return m.ID })
		if err != nil || len(list.Data) == 0 {
			return err
		}
		ids := make([]string, len(list.Data))
		for i, m := range list.Data {
			ids[i] = m.ID
		}
		deliveries, err := DeliveriesOf(tx, ids...)
		if err != nil {
			return err
		}
		attempts, err := attemptsOf(tx, ids)
		for _, m := range list.Data {
			piece = append(piece, Exported{m, deliveries[m.ID], attempts[m.ID]})
		}
		return err
	})
	return piece, err
}

// attemptsOf returns the attempts of messages by message, the oldest first.
func attemptsOf(tx *store.Tx, messageIDs []string) (map[string][]*Attempt, error) {
	q := newQuery(tx.Instance(), "a.instance_id")
	q.anyOf("a.message_id", messageIDs)
	rows, err := tx.Query(`SELECT `+attemptColumns+` FROM webhook_attempt a`+q.clause()+` ORDER BY a.wall_at, a.id`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]*Attempt{}
	for rows.Next() {
		a, err := scanAttempt(rows)
		if err != nil {
			return nil, err
		}
		out[a.MessageID] = append(out[a.MessageID], a)
	}
	return out, rows.Err()
}
