package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// batch is what one claim found.
type batch struct {
	jobs []*job
	// limits are the endpoint's, for the next claims.
	limits limits
	// wakeAt is when to look again, the zero time for only when woken.
	wakeAt time.Time
	more   bool // there may be more due right now
}

// length counts the jobs, those that are chained to others included.
func (b *batch) length() (n int) {
	for _, j := range b.jobs {
		for ; j != nil; j = j.next {
			n++
		}
	}
	return n
}

// claim takes up to n due deliveries of an endpoint and sends them.
func (d *Dispatcher) claim(key laneKey, n, others int) {
	defer d.claims.Done()
	var b batch
	allowed := d.allowance(key, n)
	err := d.db.Write(d.stopping, key.instance, func(tx *store.Tx) (err error) {
		b, err = d.claimDue(tx, key.endpoint, others, allowed)
		return err
	})
	if err != nil {
		if d.stopping.Err() == nil {
			d.opts.Log.Warn("webhooks: could not claim deliveries, trying again", "instance", key.instance, "error", err)
		}
		b = batch{wakeAt: d.opts.Clock.Now().Add(claimRetry)}
	}
	d.settle(key, n, allowed, b)
}

// heldClause lets a claim pass by what a hold keeps back.
const heldClause = ` AND (manual > 0 OR plan = '` + releasedPlan + `')`

// claimSQL leases due deliveries; both dialects agree on all of it but the
// clause that lets several processes claim side by side.
func claimSQL(held, postgres bool) string {
	query := `UPDATE webhook_delivery SET lease_until = $1
	WHERE instance_id = $2 AND (message_id, endpoint_id) IN (
		SELECT message_id, endpoint_id FROM webhook_delivery
		WHERE instance_id = $2 AND endpoint_id = $3 AND next_at IS NOT NULL AND next_at <= $4 AND lease_until <= $5`
	query += clause(held) + ` ORDER BY next_at, seq LIMIT $6`
	if postgres {
		query += ` FOR UPDATE SKIP LOCKED`
	}
	return query + `)
	RETURNING ` + jobColumns
}

const jobColumns = `message_id, endpoint_id, seq, attempts, step, manual, plan, next_at`

// claimSQLs are the four spellings, by held and dialect.
var claimSQLs = [2][2]string{
	{claimSQL(false, false), claimSQL(false, true)},
	{claimSQL(true, false), claimSQL(true, true)},
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// claimDue leases what an endpoint is owed, beside the others that are under
// way. Only as many are taken as the endpoint takes at once.
func (d *Dispatcher) claimDue(tx *store.Tx, endpointID string, others int, allowed *allowance) (batch, error) {
	r, err := rosterOf(tx)
	if err != nil {
		return batch{}, err
	}
	t := r.find(endpointID)
	if t == nil || t.disabled {
		return batch{}, abandon(tx, endpointID)
	}
	b := batch{limits: limits{concurrency: t.concurrency, rate: t.rate}}
	n := allowed.of(t, others)
	if n > 0 {
		if b.jobs, err = d.leaseDue(tx, t, r.mode.Held, n); err != nil {
			return batch{}, err
		}
	}
	found := len(b.jobs)
	if b.jobs, err = planAttempts(tx, r, t, b.jobs); err != nil {
		return batch{}, err
	}
	b.jobs = together(b.jobs)
	if b.more = n > 0 && found == n; !b.more {
		b.wakeAt, err = nextLook(tx, endpointID, r.mode.Held)
	}
	if n == 0 && !allowed.until.IsZero() {
		b.wakeAt = allowed.until
	}
	return b, err
}

// leaseDue leases deliveries and reads what they send.
func (d *Dispatcher) leaseDue(tx *store.Tx, t *target, held bool, n int) ([]*job, error) {
	lease, keys := d.leaseFor(t, tx.WallNow()), t.keys(tx.Now())
	query, args := claimSQLs[index(held)][index(tx.Postgres())], []any{lease, tx.Instance(), t.id, tx.NowMS(), tx.WallNowMS(), n}
	if t.ordered {
		head, err := orderedHead(tx, t.id, held)
		if err != nil || head == "" {
			return nil, err
		}
		query, args = claimOneSQL, []any{lease, tx.Instance(), t.id, head}
	}
	rows, err := tx.Query(query, args...)
	jobs, err := scanJobs(rows, err, job{instance: tx.Instance(), lease: lease, target: t, keys: keys})
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return jobs, readMessages(tx, jobs)
}

const claimOneSQL = `UPDATE webhook_delivery SET lease_until = $1 WHERE instance_id = $2 AND message_id = $4 AND endpoint_id = $3 RETURNING ` + jobColumns

// together chains first attempts at what was emitted in one transaction, as far as
// can be told: at the same instant, one soon after the other. Of a bulk only what
// is about one user stays together.
func together(jobs []*job) (heads []*job) {
	for len(jobs) > 0 {
		n := 1
		for n < len(jobs) && jobs[n].follows(jobs[n-1]) {
			n++
		}
		for i, j := range jobs[:n] {
			if i > 0 && (n <= maxChain || j.subjectID == jobs[i-1].subjectID) {
				jobs[i-1].next = j
			} else {
				heads = append(heads, j)
			}
		}
		jobs = jobs[n:]
	}
	return heads
}

// follows tells whether a job seems to be of the same transaction as the one
// before.
func (j *job) follows(before *job) bool {
	return before.next == nil && j.next == nil && j.attempts == 0 && before.attempts == 0 &&
		j.createdAt == before.createdAt && j.seq > before.seq && j.seq-before.seq <= 8
}

// orderedHead is the message that is next at an endpoint that keeps the order;
// none while an earlier one is under way or waits to be tried again.
func orderedHead(tx *store.Tx, endpointID string, held bool) (messageID string, err error) {
	type row struct {
		id                 string
		seq, nextAt, lease int64
	}
	first := func(cond, order string) (r *row, err error) {
		r = &row{}
		err = tx.QueryRow(`SELECT message_id, seq, next_at, lease_until FROM webhook_delivery
			WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND `+cond+` ORDER BY `+order+` LIMIT 1`,
			tx.Instance(), endpointID).Scan(&r.id, &r.seq, &r.nextAt, &r.lease)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return r, err
	}
	// What was tried already is due later than what came after it.
	tried, err := first(`attempts > 0`+clause(held), `seq`)
	if err != nil {
		return "", err
	}
	head, err := first(`attempts = 0`+clause(held), `next_at, seq`)
	if err != nil {
		return "", err
	}
	if tried != nil && (head == nil || tried.seq < head.seq) {
		head = tried
	}
	if head == nil || head.nextAt > tx.NowMS() || head.lease > tx.WallNowMS() {
		return "", nil
	}
	return head.id, nil
}

func clause(held bool) string {
	if held {
		return heldClause
	}
	return ""
}

// scanJobs reads rows of jobColumns; common is what all of them share.
func scanJobs(rows *sql.Rows, err error, common job) ([]*job, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []*job
	for rows.Next() {
		j := &job{}
		*j = common
		var manual int
		if err := rows.Scan(&j.messageID, &j.endpointID, &j.seq, &j.attempts, &j.step, &manual, &j.plan, &j.nextAt); err != nil {
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

// readMessages gives the jobs what they send.
func readMessages(tx *store.Tx, jobs []*job) error {
	of := map[string]*job{}
	for _, j := range jobs {
		of[j.messageID] = j
	}
	ids := slices.Collect(maps.Keys(of))
	for size := len(ids); size > 0 && size&(size-1) != 0; size++ {
		ids = append(ids, ids[0]) // up to a power of two, so that few statements exist
	}
	q := newQuery(tx.Instance(), "instance_id")
	q.anyOf("id", ids)
	rows, err := tx.Query(`SELECT id, type, subject_id, created_at, body FROM webhook_message`+q.clause(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m job
		if err := rows.Scan(&m.messageID, &m.typ, &m.subjectID, &m.createdAt, &m.body); err != nil {
			return err
		}
		j := of[m.messageID]
		j.typ, j.subjectID, j.createdAt, j.body = m.typ, m.subjectID, m.createdAt, m.body
	}
	return rows.Err()
}

// abandon drops what is planned for an endpoint that was disabled or deleted;
// as in svix-server there is no attempt to see.
func abandon(tx *store.Tx, endpointID string) error {
	_, err := tx.Exec(`UPDATE webhook_delivery SET state = CASE WHEN state = 0 THEN 0 ELSE 2 END, manual = 0, plan = '', next_at = NULL, lease_until = 0
		WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND next_at <= $3 AND lease_until <= $4`,
		tx.Instance(), endpointID, tx.NowMS(), tx.WallNowMS())
	return err
}

// nextLook is the wall time at which a delivery of the endpoint becomes due or
// the lease of a due one ends. On a frozen clock nothing becomes due by waiting.
func nextLook(tx *store.Tx, endpointID string, held bool) (time.Time, error) {
	var due, lease *int64
	err := tx.QueryRow(`SELECT
		(SELECT min(next_at) FROM webhook_delivery WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND next_at > $3),
		(SELECT min(lease_until) FROM webhook_delivery WHERE instance_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL AND next_at <= $3 AND lease_until > $4)`,
		tx.Instance(), endpointID, tx.NowMS(), tx.WallNowMS()).Scan(&due, &lease)
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	if clock := tx.Clock(); due != nil && clock.FrozenAtMS == nil && !held {
		at = time.UnixMilli(*due - clock.OffsetMS)
	}
	if lease != nil && (at.IsZero() || *lease < at.UnixMilli()) {
		at = time.UnixMilli(*lease)
	}
	return at, nil
}

// survey asks which endpoints of an instance are owed something, and wakes their
// lanes.
func (d *Dispatcher) survey(instance string) {
	defer d.claims.Done()
	found, err := d.surveyed(instance)
	if err != nil {
		if d.stopping.Err() == nil {
			d.opts.Log.Warn("webhooks: could not look for deliveries, trying again", "instance", instance, "error", err)
		}
		found = map[string]time.Time{"": d.opts.Clock.Now().Add(claimRetry)}
	}
	d.mu.Lock()
	for endpoint, at := range found {
		d.due.add(laneKey{instance, endpoint}, at)
	}
	d.due.done(laneKey{instance, ""})
	d.mu.Unlock()
	d.poke()
}

// surveyed is when to look at each endpoint, deleted ones included.
func (d *Dispatcher) surveyed(instance string) (found map[string]time.Time, err error) {
	err = d.db.Read(d.stopping, instance, func(tx *store.Tx) error {
		found = map[string]time.Time{}
		tx.Now() // read before the rows are: a connection has one result at a time
		rows, err := tx.Query(`SELECT e.id, (SELECT min(d.next_at) FROM webhook_delivery d
			WHERE d.instance_id = e.instance_id AND d.endpoint_id = e.id AND d.next_at IS NOT NULL)
			FROM webhook_endpoint e WHERE e.instance_id = $1`, tx.Instance())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var next *int64
			if err := rows.Scan(&id, &next); err != nil {
				return err
			}
			if next == nil {
				continue
			}
			if at := wakeTime(tx, *next); !at.IsZero() {
				found[id] = at
			}
		}
		return rows.Err()
	})
	return found, err
}

// wakeTime is the wall time at which something planned for instance time next is
// due; zero when it does not become due by waiting.
func wakeTime(tx *store.Tx, next int64) time.Time {
	clock := tx.Clock()
	switch {
	case next <= tx.NowMS():
		return tx.WallNow()
	case clock.FrozenAtMS != nil:
		return time.Time{}
	}
	return time.UnixMilli(next - clock.OffsetMS)
}

// background is for records of attempts that have been made already: they are
// written even while the dispatcher ends.
func (d *Dispatcher) background() context.Context { return context.WithoutCancel(d.stopping) }
