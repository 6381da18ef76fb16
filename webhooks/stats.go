package webhooks

import (
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// CountAttempts counts what ListAttempts would list.
func CountAttempts(tx *store.Tx, f AttemptFilter) (n int64, err error) {
	q := newQuery(tx.Instance(), "a.instance_id")
	f.apply(q)
	err = tx.QueryRow(`SELECT count(*)`+f.from()+q.clause(), q.args...).Scan(&n)
	return n, err
}

// AttemptStats counts the instance's attempts that started between since and
// until, by type and status; types narrows it unless empty.
func AttemptStats(tx *store.Tx, types []string, since, until time.Time) (map[string]map[Status]int64, error) {
	q := newQuery(tx.Instance(), "a.instance_id")
	q.anyOf("m.type", types)
	q.and("a.at >= ?", since.UnixMilli())
	q.and("a.at <= ?", until.UnixMilli())
	rows, err := tx.Query(`SELECT m.type, a.status, count(*) FROM webhook_attempt a
		JOIN webhook_message m ON m.instance_id = a.instance_id AND m.id = a.message_id`+q.clause()+` GROUP BY m.type, a.status`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]map[Status]int64{}
	for rows.Next() {
		var typ string
		var status Status
		var n int64
		if err := rows.Scan(&typ, &status, &n); err != nil {
			return nil, err
		}
		if out[typ] == nil {
			out[typ] = map[Status]int64{}
		}
		out[typ][status] = n
	}
	return out, rows.Err()
}

// AttemptBuckets counts attempts by status for each step of time from since to
// until, the last one possibly shorter (v1.stats.app-attempts).
func AttemptBuckets(tx *store.Tx, types []string, since, until time.Time, step time.Duration) (map[Status][]int64, error) {
	buckets := int((until.Sub(since) + step - 1) / step)
	out := map[Status][]int64{StatusSuccess: make([]int64, buckets), StatusFail: make([]int64, buckets), StatusCanceled: make([]int64, buckets)}
	f := AttemptFilter{Types: types}
	q := newQuery(tx.Instance(), "a.instance_id")
	f.apply(q)
	q.and("a.at >= ?", since.UnixMilli())
	q.and("a.at < ?", until.UnixMilli())
	bucket := q.bind("(a.at - ?) / ?", since.UnixMilli(), step.Milliseconds())
	rows, err := tx.Query(`SELECT a.status, `+bucket+`, count(*)`+f.from()+q.clause()+` GROUP BY 1, 2`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var status Status
		var at, n int64
		if err := rows.Scan(&status, &at, &n); err != nil {
			return nil, err
		}
		if counts := out[status]; counts != nil {
			counts[at] = n
		}
	}
	return out, rows.Err()
}

// CountEndpoints counts the endpoints that are enabled and that are not.
func CountEndpoints(tx *store.Tx) (active, disabled int64, err error) {
	err = tx.QueryRow(`SELECT count(*), COALESCE(sum(CASE WHEN disabled THEN 1 ELSE 0 END), 0) FROM webhook_endpoint WHERE instance_id = $1 AND NOT deleted`,
		tx.Instance()).Scan(&active, &disabled)
	return active - disabled, disabled, err
}

// MessagesByID returns the messages that exist of these, with their bodies.
func MessagesByID(tx *store.Tx, ids []string) (map[string]*Message, error) {
	out := map[string]*Message{}
	if len(ids) == 0 {
		return out, nil
	}
	q := newQuery(tx.Instance(), "m.instance_id")
	q.anyOf("m.id", distinct(ids))
	rows, err := tx.Query(`SELECT `+messageColumns+`, m.body FROM webhook_message m`+q.clause(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		out[m.ID] = m
	}
	return out, rows.Err()
}

// ThrottledSince is when the oldest delivery became due that waits because of
// the endpoint's rate; nil when none does.
func (e *Endpoint) ThrottledSince(tx *store.Tx) (*time.Time, error) {
	if e.ThrottleRate == 0 || e.Disabled {
		return nil, nil
	}
	var due *int64
	err := tx.QueryRow(`SELECT min(next_at) FROM webhook_delivery WHERE instance_id = $1 AND next_at IS NOT NULL AND next_at <= $2
		AND endpoint_id = $3 AND lease_until <= $4`, tx.Instance(), tx.NowMS(), e.ID, tx.WallNowMS()).Scan(&due)
	if err != nil || due == nil {
		return nil, err
	}
	at := fromMS(*due)
	return &at, nil
}
