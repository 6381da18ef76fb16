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
	subject := ""
	if about, ok := e.Data.(interface{ SubjectID() string }); ok { // the nouns know it without reading the body again
		subject = about.SubjectID()
	} else {
		subject = subjectOf(body)
	}
	return o.insert(tx, &Message{Type: e.Type, SubjectID: subject, Body: body})
}

// CreateMessage inserts a message of any type whose body is payload, byte for
// byte, as Svix's API does for its senders. eventID may be empty; it is unique
// per instance.
func (o *Outbox) CreateMessage(tx *store.Tx, typ string, payload []byte, eventID string) (*Message, error) {
	if !namePattern.MatchString(typ) || len(typ) > 256 {
		return nil, invalid("eventType", "An event type is letters, digits, -, _ and ., at most 256.")
	}
	if eventID != "" && (!namePattern.MatchString(eventID) || len(eventID) > 256) {
		return nil, invalid("eventId", "An eventId is letters, digits, -, _ and ., at most 256.")
	}
	var taken bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_message WHERE instance_id = $1 AND event_id = $2)`, tx.Instance(), eventID).Scan(&taken)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, conflict("A message with the eventId " + eventID + " exists already.")
	}
	m := &Message{Type: typ, SubjectID: subjectOf(payload), EventID: eventID, Body: payload}
	return m, o.insert(tx, m)
}

// insert completes the message and writes it.
func (o *Outbox) insert(tx *store.Tx, m *Message) (err error) {
	if m.Seq, err = tx.NextSeq(); err != nil {
		return err
	}
	m.ID, m.CreatedAt = tx.NewID("msg"), tx.Now()
	if err := insertMessage(tx, m); err != nil {
		return err
	}
	instance := tx.Instance()
	tx.AfterCommit(func() {
		o.hub.Publish(instance, "message", MessageEvent{m.ID, m.Seq, m.Type, m.SubjectID, m.Unsent, m.CreatedAt.UnixMilli()})
		if m.Unsent == "" {
			o.Wake(instance)
		}
	})
	return nil
}

const (
	// subscribed tells whether endpoint e gets messages of type $5 spelled as a
	// filter. Messages carry no channels, so an endpoint with channels never
	// matches, as in Svix.
	subscribed = `NOT e.disabled AND e.channel_filter = '' AND (e.event_filter = '' OR replace(e.event_filter, $5, '') <> e.event_filter)`

	insertMessageSQL = `INSERT INTO webhook_message (instance_id, id, seq, type, subject_id, created_at, body, event_id, unsent)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')`

	// unsentSQL says why a message got no delivery.
	unsentSQL = `UPDATE webhook_message SET unsent = (SELECT CASE
		WHEN count(*) = 0 THEN 'no_endpoint'
		WHEN sum(CASE WHEN e.disabled THEN 0 ELSE 1 END) = 0 THEN 'disabled'
		ELSE 'filtered' END FROM webhook_endpoint e WHERE e.instance_id = $1 AND NOT e.deleted)
	WHERE instance_id = $1 AND id = $2 RETURNING unsent`

	insertDeliveriesSQL = `INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, next_at, lease_until)
	SELECT e.instance_id, CAST($2 AS TEXT), e.id, CAST($3 AS BIGINT), 3, 0, 0, 0, CAST($4 AS BIGINT), 0
	FROM webhook_endpoint e WHERE e.instance_id = $1 AND NOT e.deleted AND ` + subscribed
)

// insertMessage writes the message and its deliveries and sets m.Unsent. Most
// messages get one, so the reason is only looked for when there was none.
func insertMessage(tx *store.Tx, m *Message) error {
	at := m.CreatedAt.UnixMilli()
	_, err := tx.Exec(insertMessageSQL, tx.Instance(), m.ID, m.Seq, m.Type, m.SubjectID, at, m.Body, nullable(m.EventID))
	if err != nil {
		return err
	}
	sent, err := affects(tx, insertDeliveriesSQL, tx.Instance(), m.ID, m.Seq, at, filter([]string{m.Type}))
	if err != nil || sent {
		return err
	}
	return tx.QueryRow(unsentSQL, tx.Instance(), m.ID).Scan(&m.Unsent)
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
	if m.Expunged {
		return missingPayload()
	}
	_, err = tx.Exec(`INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, next_at, lease_until)
		VALUES ($1, $2, $3, $4, 3, 0, 0, 1, $5, 0)
		ON CONFLICT (instance_id, message_id, endpoint_id) DO UPDATE SET manual = webhook_delivery.manual + 1, next_at = excluded.next_at`,
		tx.Instance(), m.ID, e.ID, m.Seq, tx.NowMS())
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return err
}
