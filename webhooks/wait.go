package webhooks

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Stage is how far a message must have come for a wait to end.
type Stage string

// The stages; the zero value is StageDelivered.
const (
	StageAttempted Stage = "attempted" // a first attempt has ended
	StageDelivered Stage = "delivered" // an endpoint answered 2xx
	StageEmitted   Stage = "emitted"   // it exists, whether it is sent or not
	StageFailed    Stage = "failed"    // an endpoint failed and no attempt is planned any more
)

// Stages lists them.
var Stages = []Stage{StageAttempted, StageDelivered, StageEmitted, StageFailed}

// event is the kind of live event after which a look is worth while.
func (s Stage) event() string {
	if s == StageEmitted {
		return "message"
	}
	return "attempt"
}

// Want describes the delivery that WaitDelivered waits for; zero fields match
// anything.
type Want struct {
	Type       string
	SubjectID  string
	EndpointID string
	// Stage is what must have become of it; delivered by default.
	Stage Stage
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

// WaitDelivered returns the first message that matches want and has come as far
// as it says, at once if there is one already. It looks at the database only when
// the live log tells of something new. When ctx ends first the error is a
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
		if !reader.Await(ctx, want.Stage.event(), db.Postgres()) {
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
		from := want.reached(q)
		found, err := scanMessage(tx.QueryRow(`SELECT `+messageColumns+`, m.body FROM `+from+q.clause()+` ORDER BY m.seq LIMIT 1`, q.args...))
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

// reached narrows a query to messages at the stage, and returns what to select
// from.
func (w Want) reached(q *query) (from string) {
	switch w.Stage {
	case StageEmitted:
		if w.EndpointID == "" {
			return `webhook_message m`
		}
	case StageAttempted:
		q.and("d.attempts > 0")
	case StageFailed:
		q.and("d.state = ?", int64(StatusFail))
		q.and("d.next_at IS NULL")
	default:
		q.and("d.state = ?", int64(StatusSuccess))
	}
	if w.EndpointID != "" {
		q.and("d.endpoint_id = ?", w.EndpointID)
	}
	return `webhook_message m JOIN webhook_delivery d ON d.instance_id = m.instance_id AND d.message_id = m.id`
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
	a, err := LastAttempt(tx, m.ID)
	switch {
	case err != nil:
		return "", err
	case a == nil:
		return w.untried(tx, m)
	case a.Status == StatusSuccess:
		return fmt.Sprintf("%s %s was delivered (%d)%s.", m.Type, m.ID, a.Code, otherwise(a.Fault)), nil
	}
	return fmt.Sprintf("%s %s was tried and not accepted. %s", m.Type, m.ID, a.Diagnosis()), nil
}

func otherwise(fault string) string {
	if fault == "" {
		return ""
	}
	return ", changed on purpose: " + fault
}

// untried says why a message that was emitted may not have been tried.
func (w Want) untried(tx *store.Tx, m *Message) (string, error) {
	mode, err := GetMode(tx)
	if err != nil {
		return "", err
	}
	faults, err := ListFaults(tx)
	switch {
	case err != nil:
		return "", err
	case mode.Held:
		return fmt.Sprintf("%s %s was emitted and is held back with the instance's other deliveries: POST /_emulator/webhooks/release lets it go.", m.Type, m.ID), nil
	case len(faults) > 0:
		return fmt.Sprintf("%s %s was emitted and not yet tried: fault rules are set, GET /_emulator/webhooks/faults shows whether one keeps it back.", m.Type, m.ID), nil
	}
	return fmt.Sprintf("%s %s was emitted and not yet tried: is the instance's clock frozen, or the dispatcher stopped?", m.Type, m.ID), nil
}

// LastAttempt is a message's newest attempt, nil when there is none.
func LastAttempt(tx *store.Tx, messageID string) (*Attempt, error) {
	list, err := ListAttempts(tx, AttemptFilter{MessageID: messageID}, Page{Limit: 1})
	if err != nil || len(list.Data) == 0 {
		return nil, err
	}
	return list.Data[0], nil
}
