package webhooks

import (
	"cmp"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// laneKey names the deliveries of one endpoint, which are looked for and limited
// together. Without an endpoint it stands for all of the instance's.
type laneKey struct{ instance, endpoint string }

// job is one delivery that this process has leased.
type job struct {
	instance   string
	messageID  string
	endpointID string
	seq        int64
	attempts   int64 // made so far
	step       int
	manual     bool
	plan       string
	lease      int64 // lease_until as written, Unix ms of wall time
	nextAt     int64
	typ        string
	subjectID  string
	createdAt  int64 // of the message, instance time
	body       []byte
	target     *target
	keys       [][]byte
	// fault is what goes wrong with this attempt on purpose; nil for nothing.
	fault *FaultRule

	// next is sent when this one has been: the dispatcher's lock guards both. depth
	// is how many stand before it.
	next  *job
	sent  bool
	depth int
	// origin is the transaction that emitted the message, while it is handed over.
	origin *store.Tx
}

func (j *job) lane() laneKey { return laneKey{j.instance, j.endpointID} }

// timeout is how long the attempt may take.
func (d *Dispatcher) timeout(j *job) time.Duration {
	if j.fault != nil && j.fault.Action == FaultTimeout {
		return j.fault.By
	}
	return cmp.Or(j.target.timeout, d.opts.Timeout)
}

// schedule is when the delivery is tried again: by the endpoint's preset or the
// dispatcher's, spread as the dispatcher's is.
func (d *Dispatcher) schedule(t *target) Schedule {
	if t.schedule == nil {
		return d.opts.Schedule
	}
	s := *t.schedule
	s.Jitter = d.opts.Schedule.Jitter
	return s
}

// leaseFor is the end of a lease that begins at wall time now: a fault may make
// an attempt slow on purpose, so it covers the longest allowed.
func (d *Dispatcher) leaseFor(t *target, now time.Time) int64 {
	return now.Add(cmp.Or(t.timeout, d.opts.Timeout) + leaseMargin).UnixMilli()
}

// inTime tells whether an attempt that begins at wall time now can end before
// its lease does.
func (d *Dispatcher) inTime(j *job, now time.Time) bool {
	return now.Add(d.timeout(j)).UnixMilli() <= j.lease
}
