package webhooks

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// target is what a worker needs to know of an endpoint, as of the claim.
type target struct {
	id       string
	url      *url.URL
	rawURL   string
	keys     [][]byte
	headers  map[string]string
	set      HeaderSet
	schedule Schedule
	failing  bool // FirstFailureAt is set
	dead     bool // disabled or deleted
}

// job is one claimed delivery.
type job struct {
	instance   string
	messageID  string
	endpointID string
	seq        int64
	step       int
	manual     bool
	lease      int64 // lease_until as written, Unix ms
	nextAt     int64
	typ        string
	createdAt  int64 // of the message, instance time
	body       []byte
	target     *target
}

// batch is what one claim found.
type batch struct {
	jobs []*job
	// wakeAt is when to look again, the zero time for only when woken.
	wakeAt time.Time
	more   bool // there may be more due right now
}

// claim takes up to n due deliveries of an instance and hands them to workers.
func (d *Dispatcher) claim(instance string, n int) {
	defer d.claims.Done()
	var b batch
	err := d.db.Write(d.stopping, instance, func(tx *store.Tx) (err error) {
		b, err = d.claimDue(tx, n)
		return err
	})
	if err != nil {
		if d.stopping.Err() == nil {
			d.opts.Log.Warn("webhooks: could not claim deliveries, trying again", "instance", instance, "error", err)
		}
		b = batch{wakeAt: d.opts.Clock.Now().Add(claimRetry)}
	}
	d.settle(instance, b)
	for _, j := range b.jobs {
		d.jobs <- j // never blocks: a worker is reserved for each
	}
	d.release(instance, n-len(b.jobs))
}

// settle notes when to look at the instance again.
func (d *Dispatcher) settle(instance string, b batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case b.more:
		d.due.add(instance, d.opts.Clock.Now())
	case !b.wakeAt.IsZero():
		d.due.add(instance, b.wakeAt)
	}
	d.due.done(instance)
	if b.more || !b.wakeAt.IsZero() {
		d.poke()
	}
}

// claimSQL leases due deliveries; both dialects agree on all of it but the
// clause that lets several processes claim side by side.
const (
	claimSQL = `UPDATE webhook_delivery SET lease_until = $1
	WHERE instance_id = $2 AND (message_id, endpoint_id) IN (
		SELECT message_id, endpoint_id FROM webhook_delivery
		WHERE instance_id = $2 AND next_at IS NOT NULL AND next_at <= $3 AND lease_until <= $4
		ORDER BY next_at, seq LIMIT $5`
	claimReturning = `)
	RETURNING message_id, endpoint_id, seq, step, manual, next_at`
	claimSQLite   = claimSQL + claimReturning
	claimPostgres = claimSQL + ` FOR UPDATE SKIP LOCKED` + claimReturning
)

func (d *Dispatcher) claimDue(tx *store.Tx, n int) (batch, error) {
	lease := tx.WallNowMS() + (d.opts.Timeout + leaseMargin).Milliseconds()
	jobs, err := leaseDue(tx, lease, n)
	if err != nil {
		return batch{}, err
	}
	if len(jobs) > 0 {
		if err := readMessages(tx, jobs); err != nil {
			return batch{}, err
		}
	}
	b := batch{more: len(jobs) == n}
	targets := map[string]*target{}
	for _, j := range jobs {
		if j.target, err = d.targetOf(tx, targets, j.endpointID); err != nil {
			return batch{}, err
		}
		if !j.target.dead {
			b.jobs = append(b.jobs, j)
		} else if err := abandon(tx, j); err != nil {
			return batch{}, err
		}
	}
	if !b.more {
		b.wakeAt, err = nextLook(tx)
	}
	return b, err
}

func leaseDue(tx *store.Tx, lease int64, n int) ([]*job, error) {
	query := claimSQLite
	if tx.Postgres() {
		query = claimPostgres
	}
	rows, err := tx.Query(query, lease, tx.Instance(), tx.NowMS(), tx.WallNowMS(), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []*job
	for rows.Next() {
		j := &job{instance: tx.Instance(), lease: lease}
		var manual int
		if err := rows.Scan(&j.messageID, &j.endpointID, &j.seq, &j.step, &manual, &j.nextAt); err != nil {
			return nil, err
		}
		j.manual = manual > 0
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b *job) int { // RETURNING promises no order
		if a.nextAt != b.nextAt {
			return int(a.nextAt - b.nextAt)
		}
		return int(a.seq - b.seq)
	})
	return jobs, rows.Err()
}

// readMessages gives the jobs what they send, each message read once.
func readMessages(tx *store.Tx, jobs []*job) error {
	of := map[string][]*job{}
	for _, j := range jobs {
		of[j.messageID] = append(of[j.messageID], j)
	}
	ids := slices.Collect(maps.Keys(of))
	for size := len(ids); size > 0 && size&(size-1) != 0; size++ {
		ids = append(ids, ids[0]) // up to a power of two, so that few statements exist
	}
	q := newQuery(tx.Instance(), "instance_id")
	q.anyOf("id", ids)
	rows, err := tx.Query(`SELECT id, type, created_at, body FROM webhook_message`+q.clause(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m job
		if err := rows.Scan(&m.messageID, &m.typ, &m.createdAt, &m.body); err != nil {
			return err
		}
		for _, j := range of[m.messageID] {
			j.typ, j.createdAt, j.body = m.typ, m.createdAt, m.body
		}
	}
	return rows.Err()
}

func (d *Dispatcher) targetOf(tx *store.Tx, known map[string]*target, id string) (*target, error) {
	if t := known[id]; t != nil {
		return t, nil
	}
	e, err := getEndpointByID(tx, id)
	if err != nil {
		return nil, err
	}
	t := &target{
		id: id, rawURL: e.URL, keys: e.signingKeys(tx.Now()), headers: e.Headers, schedule: d.opts.Schedule, set: e.HeaderSet,
		failing: e.FirstFailureAt != nil, dead: e.Disabled || e.Deleted,
	}
	if t.set == "" {
		t.set = d.opts.Headers
	}
	if t.url, err = url.Parse(e.URL); err != nil {
		return nil, err
	}
	if e.Schedule != "" {
		if t.schedule, err = ScheduleNamed(e.Schedule); err != nil {
			return nil, err
		}
	}
	known[id] = t
	return t, nil
}

// abandon drops what is planned for an endpoint that was disabled or deleted;
// as in svix-server there is no attempt to see.
func abandon(tx *store.Tx, j *job) error {
	_, err := tx.Exec(`UPDATE webhook_delivery SET state = CASE WHEN state = 0 THEN 0 ELSE 2 END, manual = 0, next_at = NULL, lease_until = 0
		WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`, tx.Instance(), j.messageID, j.endpointID)
	return err
}

// nextLook is the wall time at which a delivery becomes due or the lease of a
// due one ends. On a frozen clock nothing becomes due by waiting.
func nextLook(tx *store.Tx) (time.Time, error) {
	var due, lease *int64
	err := tx.QueryRow(`SELECT
		(SELECT min(next_at) FROM webhook_delivery WHERE instance_id = $1 AND next_at IS NOT NULL AND next_at > $2),
		(SELECT min(lease_until) FROM webhook_delivery WHERE instance_id = $1 AND next_at IS NOT NULL AND next_at <= $2)`,
		tx.Instance(), tx.NowMS()).Scan(&due, &lease)
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	if clock := tx.Clock(); due != nil && clock.FrozenAtMS == nil {
		at = time.UnixMilli(*due - clock.OffsetMS)
	}
	if lease != nil && (at.IsZero() || *lease < at.UnixMilli()) {
		at = time.UnixMilli(*lease)
	}
	return at, nil
}

// background is for records of attempts that have been made already: they are
// written even while the dispatcher ends.
func (d *Dispatcher) background() context.Context { return context.WithoutCancel(d.stopping) }
