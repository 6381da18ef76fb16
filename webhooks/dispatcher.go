package webhooks

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Options tune a Dispatcher; the zero value of a field is its default.
type Options struct {
	// Clock is wall time; the store's by default.
	Clock clock.Clock
	// Transport sends the requests; by default one made for webhooks, which
	// trusts RootCAs (nil: the system's) and refuses the addresses in Refuse.
	Transport http.RoundTripper
	RootCAs   *x509.CertPool
	// Refuse holds the addresses the process itself listens at: a webhook sent
	// there would cause further webhooks. An unspecified address means every
	// address of this machine.
	Refuse []netip.AddrPort
	// Workers is how many requests are under way at most; 256.
	Workers int
	// PerEndpoint is how many of them may be of one endpoint; 64.
	PerEndpoint int
	// Timeout ends an attempt, the answer's body included; 15 s.
	Timeout time.Duration
	// Drain is how long Run waits for attempts under way when it ends; 5 s. What
	// is cut off goes again later.
	Drain time.Duration
	// Schedule is for endpoints without their own; fast.
	Schedule Schedule
	// Headers is the set of signature headers; svix.
	Headers HeaderSet
	// TakeOver ends all leases at the start. Only for a store that no other
	// process uses: the leases are then those of a process that died.
	TakeOver bool
	// PollEvery is how often to look for what other processes left behind; zero
	// is never, right for a store that no other process uses.
	PollEvery time.Duration
	Log       *slog.Logger
}

func (o Options) withDefaults(db *store.Store) Options {
	if o.Clock == nil {
		o.Clock = db.Clock()
	}
	if o.Workers == 0 {
		o.Workers = 256
	}
	if o.PerEndpoint == 0 {
		o.PerEndpoint = 64
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Drain == 0 {
		o.Drain = 5 * time.Second
	}
	if o.Schedule.Name == "" {
		o.Schedule = ScheduleFast
	}
	if o.Headers == "" {
		o.Headers = HeadersSvix
	}
	if o.Transport == nil {
		o.Transport = newTransport(o)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// leaseMargin is what a lease lasts beyond the attempt's timeout, for the
// attempt to be recorded.
const leaseMargin = 5 * time.Second

// claimRetry is the wait before the database is asked again after an error.
const claimRetry = time.Second

// Dispatcher sends what is due, at least once, from every process that has one.
// The table of deliveries is the truth; in memory there is only when to look at
// it next for each endpoint, and what this process has emitted and leased itself.
type Dispatcher struct {
	db       *store.Store
	outbox   *Outbox
	opts     Options
	recorder recorder
	claims   sync.WaitGroup
	attempts sync.WaitGroup
	cancel   context.CancelFunc
	stopping context.Context // ends claiming
	cut      context.Context // ends requests under way

	mu      sync.Mutex
	running bool
	due     dueQueue
	lanes   map[laneKey]*lane
	ready   map[laneKey]struct{} // the lanes in which something is ready
	free    int                  // workers without a job
	busy    map[string]int       // workers of each instance
	signal  chan struct{}        // capacity 1: something changed
	done    chan struct{}        // closed when Run has returned
}

// NewDispatcher makes the dispatcher of outbox's process. Nothing is sent until
// Run.
func NewDispatcher(db *store.Store, outbox *Outbox, opts Options) *Dispatcher {
	opts = opts.withDefaults(db)
	d := &Dispatcher{
		db: db, outbox: outbox, opts: opts, free: opts.Workers, busy: map[string]int{}, lanes: map[laneKey]*lane{}, ready: map[laneKey]struct{}{},
		signal: make(chan struct{}, 1),
		done:   make(chan struct{}),
	}
	d.recorder = recorder{d: d, waiting: map[string][]*finished{}}
	d.stopping, d.cancel = context.WithCancel(context.Background())
	outbox.dispatcher.Store(d)
	return d
}

// Run sends until ctx is done or Close is called, then waits for the attempts
// under way, for Options.Drain at most. It is called once.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer close(d.done)
	cut, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	d.cut = cut
	defer context.AfterFunc(ctx, d.cancel)()
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil || d.stopping.Err() != nil { // stopped before it began
			return nil
		}
		return err
	}
	d.run(true)
	d.loop()
	d.run(false)
	d.drain(cutOff)
	return nil
}

// Close ends Run and waits for it to return.
func (d *Dispatcher) Close() {
	d.cancel()
	<-d.done
}

// run opens and closes the way for what is handed over in memory.
func (d *Dispatcher) run(running bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = running
}

// Wake makes the dispatcher look for due deliveries of an instance at once.
func (d *Dispatcher) Wake(instance string) {
	d.wakeAt(laneKey{instance, ""}, d.opts.Clock.Now())
}

func (d *Dispatcher) wakeAt(key laneKey, wall time.Time) {
	d.mu.Lock()
	d.due.add(key, wall)
	d.mu.Unlock()
	d.poke()
}

func (d *Dispatcher) poke() {
	select {
	case d.signal <- struct{}{}:
	default:
	}
}

// start prepares until the database answers: one that is away for a moment must
// not end the process.
func (d *Dispatcher) start(ctx context.Context) error {
	for {
		err := d.prepare(ctx)
		if !errors.Is(err, store.ErrUnavailable) {
			return err
		}
		d.opts.Log.Warn("webhooks wait for the database", "error", err)
		select {
		case <-d.stopping.Done():
			return err
		case <-time.After(claimRetry):
		}
	}
}

// prepare takes over what a dead process held and wakes every instance that
// has planned deliveries.
func (d *Dispatcher) prepare(ctx context.Context) error {
	if d.opts.TakeOver {
		err := d.db.Write(ctx, "", func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE webhook_delivery SET lease_until = 0 WHERE lease_until > 0`)
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.wakeAll(ctx)
}

func (d *Dispatcher) wakeAll(ctx context.Context) error {
	var instances []string
	err := d.db.Read(ctx, "", func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT DISTINCT instance_id FROM webhook_delivery WHERE next_at IS NOT NULL`)
		if err != nil {
			return err
		}
		defer rows.Close()
		instances = instances[:0]
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			instances = append(instances, id)
		}
		return rows.Err()
	})
	for _, id := range instances {
		d.Wake(id)
	}
	return err
}

// loop starts claims as instances become due and workers free.
func (d *Dispatcher) loop() {
	var poll <-chan time.Time
	if d.opts.PollEvery > 0 {
		ticker := time.NewTicker(d.opts.PollEvery)
		defer ticker.Stop()
		poll = ticker.C
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-d.stopping.Done():
			return
		case <-d.signal:
		case <-timer.C:
		case <-poll:
			if err := d.wakeAll(d.stopping); err != nil && d.stopping.Err() == nil {
				d.opts.Log.Warn("webhooks: could not look for deliveries of other processes", "error", err)
			}
		}
		d.startClaims()
		if wait, ok := d.untilNext(); ok {
			timer.Reset(wait)
		}
	}
}

// untilNext is how long until a lane becomes due; not ok while none will or
// while no worker is free, since a free worker pokes the loop.
func (d *Dispatcher) untilNext() (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.due.next()
	if !ok || d.free <= 0 {
		return 0, false
	}
	return max(at.Sub(d.opts.Clock.Now()), time.Millisecond), true
}

// startClaims hands the free workers to the due lanes in turn, one claim per lane
// at a time: while it runs, more workers become free for the next.
func (d *Dispatcher) startClaims() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.opts.Clock.Now()
	for d.free > 0 {
		key, ok := d.due.take(now)
		if !ok {
			return
		}
		if key.endpoint == "" {
			d.claims.Add(1)
			go d.survey(key.instance)
			continue
		}
		n := min(d.room(key), max(d.free/(1+d.due.dueBy(now)), 1))
		if n <= 0 {
			d.due.hold(key)
			continue
		}
		others := d.lane(key).busy
		d.reserve(key, n)
		d.claims.Add(1)
		go d.claim(key, n, others)
	}
}

// settle begins what a claim of n workers has found, and notes when to look at
// the endpoint again.
func (d *Dispatcher) settle(key laneKey, n int, allowed *allowance, b batch) {
	d.mu.Lock()
	l := d.lane(key)
	if b.limits != (limits{}) || l.limits != (limits{}) {
		l.limits = b.limits
	}
	if unused := allowed.taken - b.length(); unused > 0 {
		l.giveBack(unused)
	}
	if more := len(b.jobs) - n; more > 0 { // a group that a fault has kept back
		d.reserve(key, more)
	} else {
		d.unreserve(key, -more)
	}
	for _, j := range b.jobs {
		d.begin(j)
	}
	switch {
	case b.more:
		d.due.add(key, d.opts.Clock.Now())
	case !b.wakeAt.IsZero():
		d.due.add(key, b.wakeAt)
	}
	d.due.done(key)
	d.giveTurns(key) // what was handed over while the claim had the workers
	d.mu.Unlock()
	d.poke()
}

// drain lets attempts finish and cuts them off after Options.Drain.
func (d *Dispatcher) drain(cutOff context.CancelFunc) {
	defer time.AfterFunc(d.opts.Drain, cutOff).Stop()
	d.claims.Wait()
	d.attempts.Wait()
	d.recorder.writers.Wait()
	d.giveBackReady()
}

// giveBackReady ends the leases of what waited in memory for its turn.
func (d *Dispatcher) giveBackReady() {
	d.mu.Lock()
	var left []*job
	for _, l := range d.lanes {
		left = append(left, l.ready...)
		l.ready = nil
	}
	d.mu.Unlock()
	for _, j := range left {
		d.giveBack(j)
	}
}
