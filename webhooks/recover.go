package webhooks

import (
	"database/sql"
	"errors"

	"github.com/nightclerk/nightclerk/internal/store"
)

// stepTask does the next piece of the instance's oldest running task and tells
// whether there may be more to do.
func (o *Outbox) stepTask(tx *store.Tx) (more bool, err error) {
	t, err := scanTask(tx.QueryRow(`SELECT `+taskColumns+` FROM webhook_task t WHERE t.instance_id = $1 AND t.status = 'running' ORDER BY t.seq LIMIT 1`, tx.Instance()))
	var none *Error
	if errors.As(err, &none) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := t.step(tx); err != nil {
		return false, err
	}
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return true, t.save(tx)
}

// step looks at the next messages. They are taken by seq, whose index makes a
// piece cost the same however many there are.
func (t *Task) step(tx *store.Tx) error {
	upto := t.Last
	err := tx.QueryRow(`SELECT seq FROM webhook_message WHERE instance_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT 1 OFFSET $4`,
		tx.Instance(), t.Cursor, t.Last, Piece-1).Scan(&upto)
	if errors.Is(err, sql.ErrNoRows) {
		upto, err = t.Last, nil
	}
	if err != nil {
		return err
	}
	n, err := t.piece(tx, upto)
	if refusal := (*Error)(nil); errors.As(err, &refusal) { // the endpoint was deleted or disabled meanwhile
		t.Status, t.Error = TaskFailed, refusal.Error()
		return nil
	}
	if err != nil {
		return err
	}
	t.Cursor, t.Count = upto, t.Count+n
	if upto == t.Last {
		t.Status = TaskFinished
	}
	return nil
}

func (t *Task) piece(tx *store.Tx, upto int64) (int64, error) {
	q := newQuery(tx.Instance(), "m.instance_id")
	q.and("m.seq > ?", t.Cursor)
	q.and("m.seq <= ?", upto)
	q.and("NOT m.expunged")
	if t.Type == TaskPurge {
		return purge(tx, q)
	}
	e, err := GetEndpoint(tx, t.EndpointID)
	if err != nil {
		return 0, err
	}
	if e.Disabled {
		return 0, BadRequest("endpoint_disabled", "The endpoint was disabled: enable it and replay again.")
	}
	switch t.Type {
	case TaskRecover:
		return t.recoverFailed(tx, q)
	case TaskReplay:
		return t.replayMissing(tx, q, e)
	}
	return t.replayAll(tx, q)
}

// resendSQL owes deliveries one more attempt, as Outbox.Resend does.
const resendSQL = `UPDATE webhook_delivery SET manual = manual + 1, next_at = `

// due makes the attempt of the deliveries whose messages q finds due.
func (t *Task) due(tx *store.Tx, q *query, which string) (int64, error) {
	set := q.bind("CAST(? AS BIGINT)", tx.NowMS())
	own := q.bind("endpoint_id = ?", t.EndpointID)
	res, err := tx.Exec(resendSQL+set+` WHERE instance_id = $1 AND `+own+` AND message_id IN (SELECT m.id FROM webhook_message m`+q.clause()+`)`+which, q.args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// tried adds that there was such an attempt in the task's time. The endpoint is
// compared as an expression, so that no planner takes its index, which leads to
// all attempts there ever were at it.
func (t *Task) tried(q *query, status *Status, class *int) string {
	sub := &query{args: q.args}
	if status != nil {
		sub.and("a.status = ?", int64(*status))
	}
	if class != nil {
		sub.and("a.code >= ?", *class)
		sub.and("a.code < ?", *class+100)
	}
	sub.and("a.at >= ?", t.Since.UnixMilli())
	sub.and("a.at < ?", t.Until.UnixMilli())
	q.args = sub.args
	return ` AND EXISTS (SELECT 1 FROM webhook_attempt a` + sub.clause() + ` AND a.instance_id = webhook_delivery.instance_id
		AND a.message_id = webhook_delivery.message_id AND a.endpoint_id || '' = webhook_delivery.endpoint_id)`
}

// recoverFailed resends messages that had a failed attempt in the task's time
// and were never accepted (v1.endpoint.recover).
func (t *Task) recoverFailed(tx *store.Tx, q *query) (int64, error) {
	fail := StatusFail
	which := t.tried(q, &fail, nil)
	return t.due(tx, q, " AND state <> 0"+which)
}

// replayAll resends messages of the task's time that were tried before, also
// those that were accepted (v1.endpoint.bulk-replay).
func (t *Task) replayAll(tx *store.Tx, q *query) (int64, error) {
	t.created(q)
	q.anyOf("m.type", t.Types)
	q.carries("m.channel_filter", t.Channel)
	q.carries("m.tag_filter", t.Tag)
	which := " AND attempts > 0"
	if t.Only != nil {
		which += q.bind(" AND state = ?", int64(*t.Only))
	}
	if t.CodeClass != nil {
		which += t.tried(q, nil, t.CodeClass)
	}
	return t.due(tx, q, which)
}

func (t *Task) created(q *query) {
	q.and("m.created_at >= ?", t.Since.UnixMilli())
	q.and("m.created_at < ?", t.Until.UnixMilli())
}

// replayMissing sends messages of the task's time that the endpoint subscribes
// to and that were never tried there: made before the endpoint was, or while it
// was disabled (v1.endpoint.replay-missing).
func (t *Task) replayMissing(tx *store.Tx, q *query, e *Endpoint) (int64, error) {
	t.created(q)
	q.anyOf("m.type", e.EventTypes)
	if len(e.Channels) > 0 {
		q.carriesAny("m.channel_filter", e.Channels)
	}
	columns := q.bind(`m.instance_id, m.id, CAST(? AS TEXT), m.seq, 3, 0, 0, 1, '', CAST(? AS BIGINT), 0`, e.ID, tx.NowMS())
	res, err := tx.Exec(insertDeliveryInto+`SELECT `+columns+` FROM webhook_message m`+q.clause()+`
		ON CONFLICT (instance_id, message_id, endpoint_id) DO UPDATE SET manual = 1, next_at = excluded.next_at
		WHERE webhook_delivery.attempts = 0 AND webhook_delivery.next_at IS NULL`, q.args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// purge forgets payloads (v1.message.expunge-all-contents).
func purge(tx *store.Tx, q *query) (int64, error) {
	rows, err := tx.Query(`SELECT m.id FROM webhook_message m`+q.clause(), q.args...)
	ids, err := texts(rows, err)
	for _, id := range ids {
		if err := expunge(tx, id); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), err
}
