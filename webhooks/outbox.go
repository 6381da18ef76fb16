package webhooks

import (
	"fmt"
	"sync/atomic"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Outbox connects a process's transactions with its dispatcher: what it writes
// becomes due in the same transaction, and what it wakes learns of it only
// after the commit. It exists before the store does, because the store's Emit
// is its method.
type Outbox struct {
	hub  *livelog.Hub
	wake atomic.Pointer[func(instance string)]
}

// NewOutbox returns an outbox that tells hub of every message.
func NewOutbox(hub *livelog.Hub) *Outbox { return &Outbox{hub: hub} }

// Wake tells the dispatcher, if there is one, to look for due deliveries of the
// instance. Call it after whatever may make deliveries due, such as advancing
// the instance's clock.
func (o *Outbox) Wake(instance string) {
	if wake := o.wake.Load(); wake != nil {
		(*wake)(instance)
	}
}

// MessageEvent is what the live log says of a new message (kind "message").
type MessageEvent struct {
	ID        string `json:"id"`
	Seq       int64  `json:"seq"`
	Type      string `json:"type"`
	SubjectID string `json:"subject_id"`
	Unsent    Unsent `json:"unsent,omitempty"`
	CreatedAt int64  `json:"created_at"`
}

// Emit is store.Options.Emit: it inserts one message and a delivery for every
// enabled endpoint that subscribes to its type.
func (o *Outbox) Emit(tx *store.Tx, e store.Event) error {
	if _, ok := EventTypeNamed(e.Type); !ok {
		return fmt.Errorf("webhooks: %q is not in Clerk's event catalogue: add it there or correct the type", e.Type)
	}
	body, err := newBody(tx, e)
	if err != nil {
		return err
	}
	_, err = o.insert(tx, e.Type, subjectOf(body), body)
	return err
}

func (o *Outbox) insert(tx *store.Tx, typ, subject string, body []byte) (*Message, error) {
	seq, err := tx.NextSeq()
	if err != nil {
		return nil, err
	}
	m := &Message{ID: tx.NewID("msg"), Type: typ, SubjectID: subject, Seq: seq, CreatedAt: tx.Now(), Body: body}
	if err := insertMessage(tx, m); err != nil {
		return nil, err
	}
	instance := tx.Instance()
	tx.AfterCommit(func() {
		o.hub.Publish(instance, "message", MessageEvent{m.ID, m.Seq, m.Type, m.SubjectID, m.Unsent, m.CreatedAt.UnixMilli()})
		if m.Unsent == "" {
			o.Wake(instance)
		}
	})
	return m, nil
}

const (
	// subscribed tells whether endpoint e gets messages of type $5 spelled as a
	// filter. Messages carry no channels, so an endpoint with channels never
	// matches, as in Svix.
	subscribed = `NOT e.disabled AND e.channel_filter = '' AND (e.event_filter = '' OR replace(e.event_filter, $5, '') <> e.event_filter)`

	insertMessageSQL = `INSERT INTO webhook_message (instance_id, id, seq, type, subject_id, created_at, body, unsent)
	VALUES ($1, $2, $3, $4, $6, $7, $8, (SELECT CASE
		WHEN count(*) = 0 THEN 'no_endpoint'
		WHEN sum(CASE WHEN e.disabled THEN 0 ELSE 1 END) = 0 THEN 'disabled'
		WHEN sum(CASE WHEN ` + subscribed + ` THEN 1 ELSE 0 END) = 0 THEN 'filtered'
		ELSE '' END FROM webhook_endpoint e WHERE e.instance_id = $1 AND NOT e.deleted))
	RETURNING unsent`

	insertDeliveriesSQL = `INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, next_at, lease_until)
	SELECT e.instance_id, CAST($2 AS TEXT), e.id, CAST($3 AS BIGINT), 3, 0, 0, 0, CAST($4 AS BIGINT), 0
	FROM webhook_endpoint e WHERE e.instance_id = $1 AND NOT e.deleted AND ` + subscribed
)

// insertMessage writes the message and its deliveries and sets m.Unsent.
func insertMessage(tx *store.Tx, m *Message) error {
	at, member := m.CreatedAt.UnixMilli(), filter([]string{m.Type})
	err := tx.QueryRow(insertMessageSQL, tx.Instance(), m.ID, m.Seq, m.Type, member, m.SubjectID, at, m.Body).Scan(&m.Unsent)
	if err != nil || m.Unsent != "" {
		return err
	}
	_, err = tx.Exec(insertDeliveriesSQL, tx.Instance(), m.ID, m.Seq, at, member)
	return err
}

// Resend makes one manual attempt at a delivery due, whatever the endpoint's
// filter; there is no automatic retry after it. As in svix-server, a failed
// manual attempt also ends the delivery's automatic retries.
func (o *Outbox) Resend(tx *store.Tx, messageID, endpointRef string) error {
	m, err := GetMessage(tx, messageID)
	if err != nil {
		return err
	}
	e, err := GetEndpoint(tx, endpointRef)
	if err != nil {
		return err
	}
	if e.Disabled {
		return BadRequest("endpoint_disabled", "The endpoint is disabled: enable it, then resend.")
	}
	_, err = tx.Exec(`INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, next_at, lease_until)
		VALUES ($1, $2, $3, $4, 3, 0, 0, 1, $5, 0)
		ON CONFLICT (instance_id, message_id, endpoint_id) DO UPDATE SET manual = webhook_delivery.manual + 1, next_at = excluded.next_at`,
		tx.Instance(), m.ID, e.ID, m.Seq, tx.NowMS())
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return err
}
