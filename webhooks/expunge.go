package webhooks

import (
	"encoding/json"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// expungedBody stands where a payload was, as svix-server answers for one.
var expungedBody = json.RawMessage(`{"expired":true}`)

// expungedResponse stands where an attempt's response was, as in svix-server.
const expungedResponse = "EXPUNGED"

// ExpungeMessage forgets a message's payload (v1.message.expunge-content). It
// cannot be sent any more, so what is planned for it ends.
func ExpungeMessage(tx *store.Tx, ref string) error {
	m, err := GetMessage(tx, ref)
	if err != nil {
		return err
	}
	return expunge(tx, m.ID)
}

func expunge(tx *store.Tx, id string) error {
	_, err := tx.Exec(`UPDATE webhook_message SET body = $3, expunged = TRUE, expires_at = NULL WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), id, []byte(expungedBody))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE webhook_delivery SET state = CASE WHEN state = 0 THEN 0 ELSE 2 END, manual = 0, plan = '', next_at = NULL, lease_until = 0
		WHERE instance_id = $1 AND message_id = $2 AND next_at IS NOT NULL`, tx.Instance(), id)
	return err
}

// ExpungeAttempt forgets an attempt's response
// (v1.message-attempt.expunge-content).
func ExpungeAttempt(tx *store.Tx, messageRef, id string) error {
	m, err := GetMessage(tx, messageRef)
	if err != nil {
		return err
	}
	a, err := GetAttempt(tx, m.ID, id)
	if err != nil {
		return err
	}
	a.Response = expungedResponse
	doc, err := plainJSON(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE webhook_attempt SET doc = $3 WHERE instance_id = $1 AND message_id = $2 AND id = $4`, tx.Instance(), a.MessageID, string(doc), a.ID)
	return err
}

// Piece is how many rows a long operation changes in one transaction, so that
// the others get their turn in between.
const Piece = 250

// CancelPiece cancels up to Piece planned attempts of an endpoint for messages
// made before a time (v1.endpoint.cancel-msgs) and tells how many. Each leaves
// an attempt with Svix Cloud's status for it.
func CancelPiece(tx *store.Tx, endpointRef string, before time.Time) (n int, err error) {
	e, err := GetEndpoint(tx, endpointRef)
	if err != nil {
		return 0, err
	}
	rows, err := tx.Query(`SELECT d.message_id FROM webhook_delivery d
		JOIN webhook_message m ON m.instance_id = d.instance_id AND m.id = d.message_id
		WHERE d.instance_id = $1 AND d.next_at IS NOT NULL AND d.endpoint_id = $2 AND m.created_at < $3
		ORDER BY d.next_at, d.seq LIMIT $4`, tx.Instance(), e.ID, before.UnixMilli(), Piece)
	ids, err := texts(rows, err)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := cancel(tx, e, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// cancel ends what is planned. An attempt that is under way finds its lease
// gone: it is noted and plans nothing.
func cancel(tx *store.Tx, e *Endpoint, messageID string) error {
	_, err := tx.Exec(`UPDATE webhook_delivery SET state = CASE WHEN state = 0 THEN 0 ELSE 4 END, attempts = attempts + 1, manual = 0, plan = '', next_at = NULL, lease_until = 0
		WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`, tx.Instance(), messageID, e.ID)
	if err != nil {
		return err
	}
	return insertAttempts(tx, []*Attempt{{ID: tx.IDs().New("atmpt"), MessageID: messageID, EndpointID: e.ID, Status: StatusCanceled,
		At: tx.NowMS(), WallAt: tx.WallNowMS(), URL: e.URL}})
}
