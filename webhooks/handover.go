package webhooks

import (
	"github.com/nightclerk/nightclerk/internal/store"
)

// maxReady bounds how many deliveries wait in memory for one endpoint; what is
// emitted beyond it waits in the table.
const maxReady = 2048

// maxChain bounds how many deliveries are made one after the other because they
// were emitted together: a transaction with more events than that is a bulk,
// whose order nobody relies on.
const maxChain = 16

// promise tells whether a delivery that is being inserted may be handed over in
// memory after the commit, instead of being looked for in the table. Then it is
// inserted with a lease. It may not where others wait in the table already, which
// would be overtaken, and where limits, faults or a hold have to be asked.
func (d *Dispatcher) promise(tx *store.Tx, r *roster, t *target) bool {
	if d == nil || r.mode.Held || r.faulty || t.concurrency > 0 || t.rate > 0 {
		return false
	}
	key := laneKey{tx.Instance(), t.id}
	if tx.Own(key) != nil { // what came before it in the transaction waits in the table
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.running || d.due.waits(key, d.opts.Clock.Now()) || d.waiting(key) >= maxReady {
		tx.KeepOwn(key, false)
		return false
	}
	d.lane(key).promised++
	tx.OnUndo(func() { d.unpromise(key) })
	return true
}

// waiting is how many deliveries of an endpoint wait in memory or are promised
// to. The lock is held.
func (d *Dispatcher) waiting(key laneKey) int {
	l := d.lanes[key]
	if l == nil {
		return 0
	}
	return l.promised + len(l.ready)
}

func (d *Dispatcher) unpromise(key laneKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lane(key)
	l.promised--
	d.forget(key, l)
}

// handOver sends what a committed transaction has emitted. What one transaction
// emits goes to an endpoint one after the other, in its order.
func (d *Dispatcher) handOver(j *job) {
	key := j.lane()
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lane(key)
	l.promised--
	if !d.running { // its lease ends, or is taken over
		return
	}
	before := l.last
	l.last = j
	if before != nil && before.origin == j.origin && !before.sent && before.depth+1 < maxChain {
		before.next, j.depth = j, before.depth+1
		return
	}
	l.ready = append(l.ready, j)
	d.startReady(key)
}
