package webhooks

import (
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// AttemptEvent is what the live log says of an attempt (kind "attempt").
type AttemptEvent struct {
	ID         string `json:"id"`
	MessageID  string `json:"msg_id"`
	EndpointID string `json:"endpoint_id"`
	Type       string `json:"type"`
	Seq        int64  `json:"seq"` // of the message
	Status     Status `json:"status"`
	Code       int    `json:"code"`
	Diagnosis  string `json:"diagnosis,omitempty"`
	// NextAt is when the next automatic attempt is due, Unix ms of instance
	// time; nil when there is none.
	NextAt *int64 `json:"next_at"`
}

// verdict is what an outcome means for its delivery.
type verdict struct {
	status    Status // of the delivery
	step      int
	nextAt    *int64 // instance time
	exhausted bool   // failed for good by the schedule
}

// judge applies the endpoint's schedule to an outcome at instance time now.
func (j *job) judge(o *outcome, now int64) verdict {
	if o.ok() {
		return verdict{status: StatusSuccess, step: j.step}
	}
	v := verdict{status: StatusFail, step: j.step}
	if j.manual || o.controls("abort-message") || o.controls("disable") {
		return v
	}
	wait, step, again := j.target.schedule.Next(j.step, Failure{
		Refused: o.failure == FailureRefused, TimedOut: o.failure == FailureTimeout, RetryAfter: o.retryAfter,
		Age: time.Duration(now-j.createdAt) * time.Millisecond,
	})
	if !again {
		v.exhausted = true
		return v
	}
	at := now + wait.Milliseconds()
	return verdict{status: StatusSending, step: step, nextAt: &at}
}

// record writes the attempt and what follows from it. If that fails, the lease
// ends and the message goes again: at least once.
func (d *Dispatcher) record(j *job, o *outcome) {
	if o.cut {
		d.giveBack(j)
		return
	}
	a := d.newAttempt(j, o)
	var v verdict
	var known bool
	var wake time.Time
	err := d.db.Write(d.background(), j.instance, func(tx *store.Tx) (err error) {
		v = j.judge(o, tx.NowMS())
		a.At = tx.Clock().At(o.startedAt)
		if known, err = recordOutcome(tx, j, o, v); err != nil || !known {
			return err
		}
		wake = wakeTime(tx, v)
		return insertAttempt(tx, a)
	})
	if err != nil {
		d.opts.Log.Warn("webhooks: could not record an attempt, the message will be sent again", "instance", j.instance, "message", j.messageID, "error", err)
		d.wakeAt(j.instance, time.UnixMilli(j.lease))
		return
	}
	if !known { // deleted meanwhile
		return
	}
	d.publish(j, a, v)
	if !wake.IsZero() {
		d.wakeAt(j.instance, wake)
	}
	d.log(j, a)
}

func (d *Dispatcher) newAttempt(j *job, o *outcome) *Attempt {
	a := &Attempt{
		ID: d.db.IDs().New("atmpt"), MessageID: j.messageID, EndpointID: j.endpointID, Status: StatusFail,
		Code: o.code, WallAt: o.startedAt.UnixMilli(), URL: j.target.rawURL,
		Duration: o.duration.Milliseconds(), Response: o.response, Failure: o.failure,
	}
	if o.ok() {
		a.Status = StatusSuccess
	}
	if o.code >= 300 && o.code < 400 {
		a.Location = o.location
	}
	if j.manual {
		a.Trigger = TriggerManual
	}
	return a
}

// recordSQL closes a claimed delivery. A success is for good; a manual attempt
// still owed is due at once, anything else when the verdict says.
const recordSQL = `UPDATE webhook_delivery SET attempts = attempts + 1, step = $4, lease_until = 0, manual = manual - $5,
	state = CASE WHEN state = 0 THEN 0 ELSE CAST($6 AS BIGINT) END,
	next_at = CASE WHEN manual > $5 THEN CAST($7 AS BIGINT) ELSE CAST($8 AS BIGINT) END
	WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3 AND lease_until = $9`

// lateSQL is for an attempt whose lease has ended and was taken by another:
// only what cannot contradict the other is changed.
const lateSQL = `UPDATE webhook_delivery SET attempts = attempts + 1, state = CASE WHEN $4 = 0 THEN 0 ELSE state END
	WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`

// recordOutcome updates the delivery and its endpoint; known is false when the
// delivery no longer exists.
func recordOutcome(tx *store.Tx, j *job, o *outcome, v verdict) (known bool, err error) {
	manual := 0
	if j.manual {
		manual = 1
	}
	known, err = affects(tx, recordSQL, tx.Instance(), j.messageID, j.endpointID, v.step, manual, int64(v.status), tx.NowMS(), v.nextAt, j.lease)
	if err == nil && !known {
		known, err = affects(tx, lateSQL, tx.Instance(), j.messageID, j.endpointID, int64(v.status))
	}
	if err != nil || !known {
		return known, err
	}
	switch {
	case o.controls("disable"):
		err = disableEndpoint(tx, j.endpointID)
	case v.status == StatusSuccess && j.target.failing:
		err = clearFailure(tx, j.endpointID)
	case v.exhausted:
		err = noteExhausted(tx, j.endpointID)
	}
	return true, err
}

func affects(tx *store.Tx, query string, args ...any) (bool, error) {
	res, err := tx.Exec(query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// wakeTime is the wall time of the next attempt; zero when none is due by
// waiting.
func wakeTime(tx *store.Tx, v verdict) time.Time {
	clock := tx.Clock()
	switch {
	case v.nextAt == nil:
		return time.Time{}
	case *v.nextAt <= tx.NowMS():
		return tx.WallNow()
	case clock.FrozenAtMS != nil:
		return time.Time{}
	}
	return time.UnixMilli(*v.nextAt - clock.OffsetMS)
}

// giveBack ends the lease of a delivery whose attempt was cut off, so that it
// goes again as soon as a dispatcher runs.
func (d *Dispatcher) giveBack(j *job) {
	err := d.db.Write(d.background(), j.instance, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE webhook_delivery SET lease_until = 0
			WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3 AND lease_until = $4`, tx.Instance(), j.messageID, j.endpointID, j.lease)
		return err
	})
	if err != nil {
		d.opts.Log.Warn("webhooks: could not give a delivery back, it will be sent when its lease ends", "instance", j.instance, "message", j.messageID, "error", err)
	}
}

func (d *Dispatcher) publish(j *job, a *Attempt, v verdict) {
	d.outbox.hub.Publish(j.instance, "attempt", AttemptEvent{
		ID: a.ID, MessageID: a.MessageID, EndpointID: a.EndpointID, Type: j.typ, Seq: j.seq,
		Status: a.Status, Code: a.Code, Diagnosis: a.Diagnosis(), NextAt: v.nextAt,
	})
}

func (d *Dispatcher) log(j *job, a *Attempt) {
	if a.Status == StatusSuccess {
		d.opts.Log.Debug("webhook delivered", "instance", j.instance, "type", j.typ, "message", j.messageID, "endpoint", j.endpointID, "status", a.Code, "ms", a.Duration)
		return
	}
	d.opts.Log.Info("webhook attempt failed", "instance", j.instance, "type", j.typ, "message", j.messageID, "endpoint", j.endpointID, "status", a.Code, "ms", a.Duration, "diagnosis", a.Diagnosis())
}
