package webhooks

import (
	"time"
)

// limits are what an endpoint takes at once.
type limits struct{ concurrency, rate int }

// lane is what the dispatcher knows in memory of one endpoint's deliveries while
// there are any. The dispatcher's lock guards it.
type lane struct {
	limits
	// busy attempts are under way or reserved by a claim; promised ones are of
	// transactions that are not committed yet.
	busy, promised int
	// ready are leased and wait for their turn.
	ready []*job
	// last is the newest job of a hand-over, to which what the same transaction
	// emits next is chained.
	last *job
	bucket
}

// idle tells whether the lane may be forgotten.
func (l *lane) idle(now time.Time) bool {
	return l.busy == 0 && l.promised == 0 && len(l.ready) == 0 && (l.rate == 0 || now.Sub(l.filled) > time.Minute)
}

// bucket holds the permits of a rate limit: as many as a second gives at most.
type bucket struct {
	permits float64
	filled  time.Time
}

// take takes up to n permits; until is when the next one comes if there was
// none.
func (b *bucket) take(now time.Time, rate, n int) (taken int, until time.Time) {
	if b.filled.IsZero() {
		b.permits = float64(rate)
	} else {
		b.permits = min(b.permits+now.Sub(b.filled).Seconds()*float64(rate), float64(rate))
	}
	b.filled = now
	taken = min(n, int(b.permits))
	b.permits -= float64(taken)
	if taken == 0 && n > 0 {
		until = now.Add(time.Duration((1 - b.permits) / float64(rate) * float64(time.Second)))
	}
	return taken, until
}

func (b *bucket) giveBack(n int) { b.permits += float64(n) }

// allowance is how many attempts a claim may begin. It is asked for inside the
// claim's transaction, which may be run again, and answers once.
type allowance struct {
	d     *Dispatcher
	key   laneKey
	most  int
	asked bool
	n     int
	taken int // permits of the rate limit
	until time.Time
}

func (d *Dispatcher) allowance(key laneKey, most int) *allowance {
	return &allowance{d: d, key: key, most: most}
}

// of returns how many of the endpoint's deliveries may begin now, beside others
// that are under way.
func (a *allowance) of(t *target, others int) int {
	if a.asked {
		return a.n
	}
	a.asked, a.n = true, a.most
	if t.concurrency > 0 {
		a.n = max(min(a.n, t.concurrency-others), 0)
	}
	if t.rate == 0 {
		return a.n
	}
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	a.taken, a.until = a.d.lane(a.key).take(a.d.opts.Clock.Now(), t.rate, a.n)
	a.n = a.taken
	return a.n
}

// lane returns the lane of an endpoint, making it when there is none. The lock
// is held.
func (d *Dispatcher) lane(key laneKey) *lane {
	l := d.lanes[key]
	if l == nil {
		l = &lane{}
		d.lanes[key] = l
	}
	return l
}

// room is how many more attempts of an endpoint may begin. The lock is held.
func (d *Dispatcher) room(key laneKey) int {
	l := d.lanes[key]
	most := d.opts.PerEndpoint
	if l == nil {
		return min(d.free, d.share()-d.busy[key.instance], most)
	}
	if l.concurrency > 0 {
		most = min(most, l.concurrency)
	}
	return min(d.free, d.share()-d.busy[key.instance], most-l.busy-len(l.ready))
}

// share is how many workers one instance may have, so that an app that hangs
// does not hold up the others' deliveries.
func (d *Dispatcher) share() int { return max(d.opts.Workers*3/4, 1) }

// reserve takes n workers for an endpoint. The lock is held.
func (d *Dispatcher) reserve(key laneKey, n int) {
	d.free -= n
	d.busy[key.instance] += n
	d.lane(key).busy += n
}

// release returns n workers of an endpoint, or gives them to what waits for them
// in memory: the endpoint's own first.
func (d *Dispatcher) release(key laneKey, n int) {
	if n == 0 {
		return
	}
	d.mu.Lock()
	d.unreserve(key, n)
	d.giveTurns(key)
	d.mu.Unlock()
	d.poke()
}

// giveTurns begins what waits in memory for workers that have become free: the
// endpoint's own first. The lock is held.
func (d *Dispatcher) giveTurns(key laneKey) {
	d.startReady(key)
	for other := range d.ready {
		if d.free <= 0 {
			return
		}
		d.startReady(other)
	}
}

// unreserve is the counterpart of reserve. The lock is held.
func (d *Dispatcher) unreserve(key laneKey, n int) {
	d.free += n
	if d.busy[key.instance] -= n; d.busy[key.instance] <= 0 {
		delete(d.busy, key.instance)
	}
	l := d.lane(key)
	l.busy -= n
	d.due.resume(key.instance)
	d.forget(key, l)
}

// forget drops a lane that holds nothing. The lock is held.
func (d *Dispatcher) forget(key laneKey, l *lane) {
	if l.idle(d.opts.Clock.Now()) {
		delete(d.lanes, key)
	}
}

// startReady begins what waits in memory, as far as there is room and until the
// dispatcher ends. The lock is held.
func (d *Dispatcher) startReady(key laneKey) {
	l := d.lanes[key]
	for l != nil && d.running && len(l.ready) > 0 && l.busy < d.opts.PerEndpoint && d.free > 0 && d.busy[key.instance] < d.share() {
		j := l.ready[0]
		l.ready = l.ready[1:]
		d.reserve(key, 1)
		d.begin(j)
	}
	if l == nil || len(l.ready) == 0 {
		delete(d.ready, key)
	} else {
		d.ready[key] = struct{}{}
	}
}
