package webhooks

import (
	"database/sql"
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Message is one event with the exact bytes that all its deliveries carry. Its
// ID is the svix-id header.
type Message struct {
	ID   string
	Type string
	// SubjectID is the user it is about, else the resource.
	SubjectID string
	// EventID is the sender's own id of a message made through Svix's API.
	EventID string
	// Seq orders an instance's messages by commit.
	Seq int64
	// Unsent says why the message got no delivery when it was emitted.
	Unsent    Unsent
	CreatedAt time.Time // instance time
	Body      []byte    // nil in lists that do not ask for it
	// Channels and Tags are set by senders through Svix's API; Clerk's own
	// messages have none.
	Channels, Tags []string
	// Expunged tells that the body is gone; {"expired":true} stands in its place.
	Expunged bool
}

// Unsent is the reason why a message got no delivery.
type Unsent string

// The reasons; the zero Unsent means that there was a delivery.
const (
	UnsentNoEndpoint Unsent = "no_endpoint"
	UnsentDisabled   Unsent = "disabled"
	UnsentFiltered   Unsent = "filtered"
)

// Reason is the sentence for the message's page.
func (u Unsent) Reason() string {
	switch u {
	case UnsentNoEndpoint:
		return "There was no endpoint when this happened: add one, then resend the message."
	case UnsentDisabled:
		return "Every endpoint was disabled when this happened: enable one, then resend the message."
	case UnsentFiltered:
		return "No enabled endpoint subscribes to this event type: change its filter, or resend the message anyway."
	}
	return ""
}

// Status is Svix's MessageStatus.
type Status int64

// Svix's numbers; pending is no longer used there.
const (
	StatusSuccess Status = 0
	StatusPending Status = 1
	StatusFail    Status = 2
	StatusSending Status = 3
	// StatusCanceled is Svix Cloud's, of what was canceled before it was sent.
	StatusCanceled Status = 4
)

var statusTexts = map[Status]string{StatusSuccess: "success", StatusPending: "pending", StatusFail: "fail", StatusSending: "sending", StatusCanceled: "canceled"}

// String is Svix's MessageStatusText.
func (s Status) String() string { return statusTexts[s] }

// Delivery is one message on its way to one endpoint.
type Delivery struct {
	MessageID, EndpointID string
	Status                Status
	Attempts              int64
	// NextAt is when the next attempt is due, in instance time; nil when none is
	// planned.
	NextAt *time.Time
}

// MessageFilter narrows a list of messages; zero fields do not.
type MessageFilter struct {
	Types     []string
	SubjectID string
	// SinceSeq keeps messages with a greater seq.
	SinceSeq int64
	// Status keeps messages with a delivery in that state; Unsent those without
	// any delivery from the start.
	Status *Status
	Unsent bool
	// Channel and Tag keep messages that carry them.
	Channel, Tag string
	// Before and After bound CreatedAt, exclusively.
	Before, After time.Time
	WithBody      bool
}

func (f MessageFilter) apply(q *query) {
	q.anyOf("m.type", f.Types)
	if f.SubjectID != "" {
		q.and("m.subject_id = ?", f.SubjectID)
	}
	if f.SinceSeq > 0 {
		q.and("m.seq > ?", f.SinceSeq)
	}
	if f.Status != nil {
		q.and(`EXISTS (SELECT 1 FROM webhook_delivery s WHERE s.instance_id = m.instance_id AND s.message_id = m.id AND s.state = ?)`, int64(*f.Status))
	}
	if f.Unsent {
		q.and("m.unsent <> ''")
	}
	q.carries("m.channel_filter", f.Channel)
	q.carries("m.tag_filter", f.Tag)
	if !f.Before.IsZero() {
		q.and("m.created_at < ?", f.Before.UnixMilli())
	}
	if !f.After.IsZero() {
		q.and("m.created_at > ?", f.After.UnixMilli())
	}
}

func (f MessageFilter) columns() string {
	if f.WithBody {
		return messageColumns + ", m.body"
	}
	return messageColumns + ", NULL"
}

const (
	messageColumns = `m.id, m.type, m.subject_id, m.event_id, m.seq, m.unsent, m.created_at, m.channel_filter, m.tag_filter, m.expunged`
	messageSeqByID = `(SELECT seq FROM webhook_message WHERE instance_id = $1 AND id = ?)`
)

// ListMessages lists messages, the newest first.
func ListMessages(tx *store.Tx, f MessageFilter, p Page) (List[*Message], error) {
	q := newQuery(tx.Instance(), "m.instance_id")
	f.apply(q)
	tail := q.page(p, false, "m.seq", messageSeqByID)
	rows, err := tx.Query(`SELECT `+f.columns()+` FROM webhook_message m`+q.clause()+tail, q.args...)
	return collect(rows, err, p, scanMessage, func(m *Message) string { return m.ID })
}

// GetMessage finds a message by its id or event id, with its body.
func GetMessage(tx *store.Tx, ref string) (*Message, error) {
	return scanMessage(tx.QueryRow(`SELECT `+messageColumns+`, m.body FROM webhook_message m
		WHERE m.instance_id = $1 AND (m.id = $2 OR m.event_id = $2)`, tx.Instance(), ref))
}

func scanMessage(row scanner) (*Message, error) {
	return scanMessageAfter(row)
}

// scanMessageAfter reads a message from a row's last columns; first takes those
// before.
func scanMessageAfter(row scanner, first ...any) (*Message, error) {
	var m Message
	var created int64
	var event sql.NullString
	var channels, tags string
	err := row.Scan(append(first, &m.ID, &m.Type, &m.SubjectID, &event, &m.Seq, &m.Unsent, &created, &channels, &tags, &m.Expunged, &m.Body)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NotFound()
	}
	m.CreatedAt, m.EventID = fromMS(created), event.String
	m.Channels, m.Tags = names(channels), names(tags)
	return &m, err
}

// Counts is how much an instance's webhooks hold.
type Counts struct{ Endpoints, Messages, Failed int64 }

// CountUpTo counts the endpoints, the messages, and the deliveries that failed
// for good, and stops at most of each: whoever looks at a page again and again
// must not have a large table counted each time.
func CountUpTo(tx *store.Tx, most int64) (c Counts, err error) {
	err = tx.QueryRow(`SELECT
		(SELECT count(*) FROM (SELECT 1 FROM webhook_endpoint WHERE instance_id = $1 AND NOT deleted LIMIT $2) e),
		(SELECT count(*) FROM (SELECT 1 FROM webhook_message WHERE instance_id = $1 LIMIT $2) m),
		(SELECT count(*) FROM (SELECT 1 FROM webhook_delivery WHERE instance_id = $1 AND state = 2 LIMIT $2) d)`,
		tx.Instance(), most).Scan(&c.Endpoints, &c.Messages, &c.Failed)
	return c, err
}

const deliveryColumns = `d.message_id, d.endpoint_id, d.state, d.attempts, d.next_at`

// DeliveriesOf returns the deliveries of messages, keyed by message id and
// ordered by endpoint.
func DeliveriesOf(tx *store.Tx, messageIDs ...string) (map[string][]Delivery, error) {
	out := map[string][]Delivery{}
	if len(messageIDs) == 0 {
		return out, nil
	}
	q := newQuery(tx.Instance(), "d.instance_id")
	q.anyOf("d.message_id", messageIDs)
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM webhook_delivery d`+q.clause()+` ORDER BY d.message_id, d.endpoint_id`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return nil, err
		}
		out[d.MessageID] = append(out[d.MessageID], d)
	}
	return out, rows.Err()
}

func scanDelivery(row scanner) (Delivery, error) {
	var d Delivery
	var next sql.NullInt64
	err := row.Scan(d.into(&next)...)
	d.setNext(next)
	return d, err
}

func (d *Delivery) into(next *sql.NullInt64) []any {
	return []any{&d.MessageID, &d.EndpointID, &d.Status, &d.Attempts, next}
}

func (d *Delivery) setNext(next sql.NullInt64) {
	if next.Valid {
		at := fromMS(next.Int64)
		d.NextAt = &at
	}
}
