package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Want describes the delivery that WaitDelivered waits for; zero fields match
// anything.
type Want struct {
	Type       string
	SubjectID  string
	EndpointID string
	// SinceSeq is a mark taken earlier: only messages with a greater seq count.
	SinceSeq int64
}

// NotDelivered is the error of a wait that ended without a delivery. Reason is
// a sentence about what was seen instead.
type NotDelivered struct {
	Want   Want
	Reason string
}

func (e *NotDelivered) Error() string { return e.Reason }

// WaitDelivered returns the first message that matches want and was answered
// with 2xx, at once if there is one already. It looks at the database only when
// the live log tells of an attempt. When ctx ends first the error is a
// *NotDelivered.
func WaitDelivered(ctx context.Context, db *store.Store, hub *livelog.Hub, instance string, want Want) (*Message, error) {
	reader := hub.Subscribe(instance, 0)
	defer func() { reader.Close() }()
	for {
		// A look is short: even a wait whose time is up has one.
		m, err := delivered(context.WithoutCancel(ctx), db, instance, want)
		if m != nil || err != nil {
			return m, err
		}
		if !reader.Await(ctx, "attempt", db.Postgres()) {
			if ctx.Err() != nil {
				return nil, notDelivered(ctx, db, instance, want)
			}
			reader = hub.Subscribe(instance, 0) // fell behind: start over with a look
		}
	}
}

func (w Want) query(tx *store.Tx) *query {
	q := newQuery(tx.Instance(), "m.instance_id")
	var types []string
	if w.Type != "" {
		types = []string{w.Type}
	}
	MessageFilter{Types: types, SubjectID: w.SubjectID, SinceSeq: w.SinceSeq}.apply(q)
	return q
}

func delivered(ctx context.Context, db *store.Store, instance string, want Want) (m *Message, err error) {
	err = db.Read(ctx, instance, func(tx *store.Tx) error {
		q := want.query(tx)
		q.and("d.state = 0")
		if want.EndpointID != "" {
			q.and("d.endpoint_id = ?", want.EndpointID)
		}
		found, err := scanMessage(tx.QueryRow(`SELECT `+messageColumns+`, m.body FROM webhook_message m
			JOIN webhook_delivery d ON d.instance_id = m.instance_id AND d.message_id = m.id`+q.clause()+` ORDER BY m.seq LIMIT 1`, q.args...))
		var refusal *Error
		if errors.As(err, &refusal) {
			return nil
		}
		m = found
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// notDelivered looks for the reason why the wait was in vain.
func notDelivered(ctx context.Context, db *store.Store, instance string, want Want) error {
	out := &NotDelivered{Want: want}
	err := db.Read(context.WithoutCancel(ctx), instance, func(tx *store.Tx) (err error) {
		out.Reason, err = want.missing(tx)
		return err
	})
	if err != nil {
		return err
	}
	return out
}

func (w Want) missing(tx *store.Tx) (string, error) {
	what := w.Type
	if what == "" {
		what = "message"
	}
	q := w.query(tx)
	m, err := scanMessage(tx.QueryRow(`SELECT `+messageColumns+`, NULL FROM webhook_message m`+q.clause()+` ORDER BY m.seq DESC LIMIT 1`, q.args...))
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		return fmt.Sprintf("No %s was emitted after seq %d: check that the action you wait for was done on this instance.", what, w.SinceSeq), nil
	case err != nil:
		return "", err
	case m.Unsent != "":
		return fmt.Sprintf("%s %s was not sent. %s", m.Type, m.ID, m.Unsent.Reason()), nil
	}
	a, err := lastAttempt(tx, m.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Sprintf("%s %s was emitted and not yet tried: is the instance's clock frozen, or the dispatcher stopped?", m.Type, m.ID), nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s was tried and not accepted. %s", m.Type, m.ID, a.Diagnosis()), nil
}

// lastAttempt returns sql.ErrNoRows when there is none.
func lastAttempt(tx *store.Tx, messageID string) (*Attempt, error) {
	list, err := ListAttempts(tx, AttemptFilter{MessageID: messageID}, Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list.Data) == 0 {
		return nil, sql.ErrNoRows
	}
	return list.Data[0], nil
}
