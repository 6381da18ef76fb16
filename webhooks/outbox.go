package webhooks

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Outbox connects a process's transactions with its dispatcher: what it writes
// becomes due in the same transaction, and what it wakes learns of it only
// after the commit. It exists before the store does, because the store's Emit
// is its method.
type Outbox struct {
	hub        *livelog.Hub
	dispatcher atomic.Pointer[Dispatcher]
}

// NewOutbox returns an outbox that tells hub of every message.
func NewOutbox(hub *livelog.Hub) *Outbox { return &Outbox{hub: hub} }

// Wake tells the dispatcher, if there is one, to look for due deliveries of the
// instance. Call it after whatever may make deliveries due, such as advancing
// the instance's clock.
func (o *Outbox) Wake(instance string) {
	if d := o.dispatcher.Load(); d != nil {
		d.Wake(instance)
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
	return o.insert(tx, &Message{Type: e.Type, SubjectID: subject, Body: body}, time.Time{})
}

// insert writes a message and what it owes to whom.
func (o *Outbox) insert(tx *store.Tx, m *Message, deliverAt time.Time) error {
	r, err := rosterOf(tx)
	if err != nil {
		return err
	}
	var to []*target
	to, m.Unsent = r.subscribers(m.Type, m.Channels)
	return o.insertTo(tx, r, m, to, deliverAt)
}

// insertTo completes the message, writes it with a delivery for each target, due
// at an instance time, and tells of it after the commit.
func (o *Outbox) insertTo(tx *store.Tx, r *roster, m *Message, to []*target, deliverAt time.Time) (err error) {
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
	})
	for _, t := range to {
		if err := o.deliver(tx, r, m, t, deliverAt); err != nil {
			return err
		}
	}
	if len(to) > 0 && r.mode.AnswerAfter > 0 && !r.mode.Held {
		o.answerAfter(tx, m.ID, r.mode.AnswerAfter)
	}
	return nil
}

// deliver inserts one delivery: for the dispatcher of this process in memory, if
// it takes it, else for whoever looks at the table.
func (o *Outbox) deliver(tx *store.Tx, r *roster, m *Message, t *target, at time.Time) error {
	d := o.dispatcher.Load()
	key, instance := laneKey{tx.Instance(), t.id}, tx.Instance()
	if at.After(m.CreatedAt) {
		tx.AfterCommit(func() { o.Wake(instance) })
		return insertDelivery(tx, m, t, at, 0)
	}
	if !d.promise(tx, r, t) {
		tx.AfterCommit(func() {
			if d != nil {
				d.wakeAt(key, d.opts.Clock.Now())
			}
		})
		return insertDelivery(tx, m, t, m.CreatedAt, 0)
	}
	j := &job{
		instance: instance, messageID: m.ID, endpointID: t.id, seq: m.Seq, lease: d.leaseFor(t, tx.WallNow()), nextAt: tx.NowMS(),
		typ: m.Type, subjectID: m.SubjectID, createdAt: tx.NowMS(), body: m.Body, target: t, keys: t.keys(tx.Now()), origin: tx,
	}
	tx.AfterCommit(func() { d.handOver(j) })
	return insertDelivery(tx, m, t, m.CreatedAt, j.lease)
}

const (
	insertMessageSQL = `INSERT INTO webhook_message (instance_id, id, seq, type, subject_id, created_at, body, event_id, unsent)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

	insertDeliveryInto = `INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, plan, next_at, lease_until) `
	insertDeliverySQL  = insertDeliveryInto + `VALUES ($1, $2, $3, $4, 3, 0, 0, 0, '', $5, $6)`
)

func insertMessage(tx *store.Tx, m *Message) error {
	_, err := tx.Exec(insertMessageSQL, tx.Instance(), m.ID, m.Seq, m.Type, m.SubjectID, m.CreatedAt.UnixMilli(), m.Body, nullable(m.EventID), string(m.Unsent))
	return err
}

func insertDelivery(tx *store.Tx, m *Message, t *target, at time.Time, lease int64) error {
	_, err := tx.Exec(insertDeliverySQL, tx.Instance(), m.ID, t.id, m.Seq, at.UnixMilli(), lease)
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
	if m.Expunged {
		return missingPayload()
	}
	_, err = tx.Exec(`INSERT INTO webhook_delivery (instance_id, message_id, endpoint_id, seq, state, attempts, step, manual, plan, next_at, lease_until)
		VALUES ($1, $2, $3, $4, 3, 0, 0, 1, '', $5, 0)
		ON CONFLICT (instance_id, message_id, endpoint_id) DO UPDATE SET manual = webhook_delivery.manual + 1, next_at = excluded.next_at`,
		tx.Instance(), m.ID, e.ID, m.Seq, tx.NowMS())
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return err
}
