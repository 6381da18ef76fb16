package webhooks

import (
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Trigger is Svix's MessageAttemptTriggerType.
type Trigger int64

// Svix's numbers.
const (
	TriggerScheduled Trigger = 0
	TriggerManual    Trigger = 1
)

// FailureKind says why an attempt got no usable answer; the zero value means
// that there was an answer.
type FailureKind string

// The kinds of failure without an answer.
const (
	FailureDNS     FailureKind = "dns"
	FailureFault   FailureKind = "fault" // on purpose
	FailureLoop    FailureKind = "loop"
	FailureNotHTTP FailureKind = "not_http"
	FailureOther   FailureKind = "other"
	FailureRefused FailureKind = "refused"
	FailureReset   FailureKind = "reset"
	FailureTimeout FailureKind = "timeout"
	FailureTLS     FailureKind = "tls"
)

// Attempt is one request made for a delivery and what came of it.
type Attempt struct {
	ID         string `json:"-"`
	MessageID  string `json:"-"`
	EndpointID string `json:"-"`
	Status     Status `json:"-"` // success or fail
	Code       int    `json:"-"` // HTTP status, 0 without an answer
	At         int64  `json:"-"` // start in instance time, Unix ms
	WallAt     int64  `json:"-"` // start in wall time, Unix ms

	URL     string  `json:"url"`
	Trigger Trigger `json:"trigger"`
	// Duration is in wall milliseconds.
	Duration int64 `json:"duration_ms"`
	// Response is at most 20 000 bytes of the answer's body, base64 when it is
	// not UTF-8, or the error when there was no answer.
	Response string      `json:"response"`
	Failure  FailureKind `json:"failure,omitempty"`
	// Location is where a redirect pointed; it is never followed.
	Location string `json:"location,omitempty"`
	// Fault says what went wrong on purpose, and by which rule; empty for nothing.
	Fault string `json:"fault,omitempty"`
}

const attemptColumns = `a.id, a.message_id, a.endpoint_id, a.status, a.code, a.at, a.wall_at, a.doc`

func insertAttemptSQL(n int) string {
	return `INSERT INTO webhook_attempt (instance_id, id, message_id, endpoint_id, status, code, at, wall_at, doc) VALUES ` +
		rows(n, 0, []string{"TEXT", "TEXT", "TEXT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT"})
}

func insertAttempts(tx *store.Tx, list []*Attempt) error {
	args := make([]any, 0, 9*len(list))
	for _, a := range list {
		doc, err := plainJSON(a)
		if err != nil {
			return err
		}
		args = append(args, tx.Instance(), a.ID, a.MessageID, a.EndpointID, int64(a.Status), a.Code, a.At, a.WallAt, string(doc))
	}
	_, err := tx.Exec(insertAttemptSQLs[len(list)], args...)
	return err
}

func scanAttempt(row scanner) (*Attempt, error) {
	var a Attempt
	var doc string
	err := row.Scan(&a.ID, &a.MessageID, &a.EndpointID, &a.Status, &a.Code, &a.At, &a.WallAt, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NotFound()
	}
	if err != nil {
		return nil, err
	}
	return &a, json.Unmarshal([]byte(doc), &a)
}

// AttemptFilter narrows a list of attempts; zero fields do not.
type AttemptFilter struct {
	MessageID, EndpointID string
	Types                 []string // of the message
	Status                *Status
	// CodeClass is 100, 200, … for answers of that class, 0 for none.
	CodeClass *int
	// Channel and Tag keep attempts of messages that carry them.
	Channel, Tag string
	// Before and After bound At, exclusively.
	Before, After time.Time
}

// ofMessage tells whether the filter needs the message's columns.
func (f AttemptFilter) ofMessage() bool { return len(f.Types) > 0 || f.Channel != "" || f.Tag != "" }

// from are the tables that the filter needs.
func (f AttemptFilter) from() string {
	if f.ofMessage() {
		return ` FROM webhook_attempt a JOIN webhook_message m ON m.instance_id = a.instance_id AND m.id = a.message_id`
	}
	return ` FROM webhook_attempt a`
}

func (f AttemptFilter) apply(q *query) {
	if f.MessageID != "" {
		q.and("a.message_id = ?", f.MessageID)
	}
	if f.EndpointID != "" {
		q.and("a.endpoint_id = ?", f.EndpointID)
	}
	q.anyOf("m.type", f.Types)
	q.carries("m.channel_filter", f.Channel)
	q.carries("m.tag_filter", f.Tag)
	if f.Status != nil {
		q.and("a.status = ?", int64(*f.Status))
	}
	if f.CodeClass != nil {
		q.and("a.code >= ?", *f.CodeClass)
		q.and("a.code < ?", *f.CodeClass+100)
	}
	if !f.Before.IsZero() {
		q.and("a.at < ?", f.Before.UnixMilli())
	}
	if !f.After.IsZero() {
		q.and("a.at > ?", f.After.UnixMilli())
	}
}

// ListAttempts lists attempts, the newest first.
func ListAttempts(tx *store.Tx, f AttemptFilter, p Page) (List[*Attempt], error) {
	q := newQuery(tx.Instance(), "a.instance_id")
	f.apply(q)
	tail := q.page(p, false, "a.wall_at, a.id", `(SELECT wall_at, id FROM webhook_attempt WHERE instance_id = $1 AND message_id = ? AND id = ?)`)
	rows, err := tx.Query(`SELECT `+attemptColumns+f.from()+q.clause()+tail, q.args...)
	return collect(rows, err, p, scanAttempt, func(a *Attempt) string { return a.MessageID + keyJoint + a.ID })
}

// GetAttempt finds an attempt of a message.
func GetAttempt(tx *store.Tx, messageID, id string) (*Attempt, error) {
	return scanAttempt(tx.QueryRow(`SELECT `+attemptColumns+` FROM webhook_attempt a
		WHERE a.instance_id = $1 AND a.message_id = $2 AND a.id = $3`, tx.Instance(), messageID, id))
}

// AttemptedMessage is a message with the state of its delivery to the endpoint
// asked for.
type AttemptedMessage struct {
	*Message
	Delivery Delivery
}

// ListAttemptedMessages lists the messages that were tried at least once at an
// endpoint, the newest first; status narrows it unless nil.
func ListAttemptedMessages(tx *store.Tx, endpointID string, f MessageFilter, status *Status, p Page) (List[AttemptedMessage], error) {
	q := newQuery(tx.Instance(), "m.instance_id")
	q.and("d.endpoint_id = ?", endpointID)
	q.and("d.attempts > 0")
	if status != nil {
		q.and("d.state = ?", int64(*status))
	}
	f.apply(q)
	tail := q.page(p, false, "m.seq", messageSeqByID)
	rows, err := tx.Query(`SELECT `+deliveryColumns+`, `+f.columns()+` FROM webhook_message m
		JOIN webhook_delivery d ON d.instance_id = m.instance_id AND d.message_id = m.id`+q.clause()+tail, q.args...)
	return collect(rows, err, p, scanAttemptedMessage, func(m AttemptedMessage) string { return m.ID })
}

func scanAttemptedMessage(row scanner) (AttemptedMessage, error) {
	var d Delivery
	var next sql.NullInt64
	m, err := scanMessageAfter(row, d.into(&next)...)
	d.setNext(next)
	return AttemptedMessage{m, d}, err
}

// Destination is an endpoint with the state of its delivery of the message
// asked for; the endpoint may have been deleted since.
type Destination struct {
	*Endpoint
	Delivery Delivery
}

// ListDestinations lists the endpoints that a message was tried at, by id.
func ListDestinations(tx *store.Tx, messageID string, p Page) (List[Destination], error) {
	q := newQuery(tx.Instance(), "d.instance_id")
	q.and("d.message_id = ?", messageID)
	q.and("d.attempts > 0")
	tail := q.page(p, true, "d.endpoint_id", "?")
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM webhook_delivery d`+q.clause()+tail, q.args...)
	deliveries, err := collect(rows, err, p, scanDelivery, func(d Delivery) string { return d.EndpointID })
	if err != nil {
		return List[Destination]{}, err
	}
	out := List[Destination]{Data: []Destination{}, Iterator: deliveries.Iterator, PrevIterator: deliveries.PrevIterator, Done: deliveries.Done}
	for _, d := range deliveries.Data {
		e, err := getEndpointByID(tx, d.EndpointID)
		if err != nil {
			return out, err
		}
		out.Data = append(out.Data, Destination{e, d})
	}
	return out, nil
}

// EndpointStats counts an endpoint's attempts that started between since and
// until, by status.
func EndpointStats(tx *store.Tx, endpointID string, since, until time.Time) (map[Status]int64, error) {
	rows, err := tx.Query(`SELECT status, count(*) FROM webhook_attempt
		WHERE instance_id = $1 AND endpoint_id = $2 AND at >= $3 AND at <= $4 GROUP BY status`,
		tx.Instance(), endpointID, since.UnixMilli(), until.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[Status]int64{}
	for rows.Next() {
		var s Status
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, err
		}
		out[s] = n
	}
	return out, rows.Err()
}
