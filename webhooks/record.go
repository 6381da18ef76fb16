package webhooks

import (
	"sync"
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
	// Fault says what went wrong on purpose.
	Fault string `json:"fault,omitempty"`
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

// judge applies a schedule to an outcome at instance time now.
func (j *job) judge(s Schedule, o *outcome, now int64) verdict {
	if o.ok() {
		return verdict{status: StatusSuccess, step: j.step}
	}
	v := verdict{status: StatusFail, step: j.step}
	if j.manual || o.lost || o.controls("abort-message") || o.controls("disable") {
		return v
	}
	wait, step, again := s.Next(j.step, Failure{
		Refused: o.failure == FailureRefused, TimedOut: o.failure == FailureTimeout, RetryAfter: o.retryAfter,
		Age: time.Duration(now-j.createdAt) * time.Millisecond, MessageID: j.messageID,
	})
	if !again {
		v.exhausted = true
		return v
	}
	at := now + wait.Milliseconds()
	return verdict{status: StatusSending, step: step, nextAt: &at}
}

// finished is a job whose request has ended, with the attempts to write down:
// one, unless a fault has sent it more often.
type finished struct {
	*job
	outcome  *outcome // that counts
	attempts []*Attempt
	starts   []time.Time // of the attempts, wall time

	verdict verdict
	known   bool // the delivery still exists
	wake    time.Time
}

// recorder writes down what came of requests. What ends while it writes is
// written together next: one statement for many rows costs a fraction of one for
// each.
type recorder struct {
	d       *Dispatcher
	writers sync.WaitGroup

	mu      sync.Mutex
	waiting map[string][]*finished // by instance; an entry says that somebody writes
}

// maxRecords bounds how many are written together.
const maxRecords = 64

func (r *recorder) add(f *finished) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list, writing := r.waiting[f.instance]
	r.waiting[f.instance] = append(list, f)
	if !writing {
		r.writers.Add(1)
		go r.write(f.instance)
	}
}

// next takes what waits; nothing ends the writing.
func (r *recorder) next(instance string) []*finished {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.waiting[instance]
	n := min(len(list), maxRecords)
	if n == 0 {
		delete(r.waiting, instance)
		return nil
	}
	r.waiting[instance] = list[n:]
	return list[:n]
}

func (r *recorder) write(instance string) {
	defer r.writers.Done()
	for list := r.next(instance); list != nil; list = r.next(instance) {
		r.d.record(instance, list)
	}
}

// record writes the attempts and what follows from them. If that fails, the
// leases end and the messages go again: at least once.
func (d *Dispatcher) record(instance string, list []*finished) {
	err := d.db.Write(d.background(), instance, func(tx *store.Tx) error {
		for _, f := range list {
			f.verdict, f.known, f.wake = f.judge(d.schedule(f.target), f.outcome, tx.NowMS()), false, time.Time{}
			for i, a := range f.attempts {
				a.At = tx.Clock().At(f.starts[i])
			}
		}
		return recordAll(tx, list)
	})
	if err != nil {
		d.opts.Log.Warn("webhooks: could not record attempts, the messages will be sent again", "instance", instance, "messages", len(list), "error", err)
	}
	for _, f := range list {
		switch {
		case err != nil:
			d.wakeAt(f.lane(), time.UnixMilli(f.lease))
		case f.known: // not deleted meanwhile
			d.tell(f)
		}
		d.release(f.lane(), 1)
	}
}

// tell publishes what was recorded, and wakes the lane for what follows.
func (d *Dispatcher) tell(f *finished) {
	for _, a := range f.attempts {
		d.publish(f.job, a, f.verdict)
		d.log(f.job, a)
	}
	if !f.wake.IsZero() {
		d.wakeAt(f.lane(), f.wake)
	}
}

// publish tells the live log of an attempt.
func (d *Dispatcher) publish(j *job, a *Attempt, v verdict) {
	d.outbox.hub.Publish(j.instance, "attempt", AttemptEvent{
		ID: a.ID, MessageID: a.MessageID, EndpointID: a.EndpointID, Type: j.typ, Seq: j.seq,
		Status: a.Status, Code: a.Code, Diagnosis: a.Diagnosis(), Fault: a.Fault, NextAt: v.nextAt,
	})
}

func (d *Dispatcher) log(j *job, a *Attempt) {
	if a.Status == StatusSuccess {
		d.opts.Log.Debug("webhook delivered", "instance", j.instance, "type", j.typ, "message", j.messageID, "endpoint", j.endpointID, "status", a.Code, "ms", a.Duration)
		return
	}
	d.opts.Log.Info("webhook attempt failed", "instance", j.instance, "type", j.typ, "message", j.messageID, "endpoint", j.endpointID, "status", a.Code, "ms", a.Duration, "diagnosis", a.Diagnosis())
}
