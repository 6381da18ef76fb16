package webhooks

import (
	"fmt"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
)

// recordAll writes down what came of a list of requests, in statements for as
// many rows as possible.
func recordAll(tx *store.Tx, list []*finished) error {
	for part := range powers(list, tx.Postgres()) {
		if err := closeDeliveries(tx, part); err != nil {
			return err
		}
	}
	var attempts []*Attempt
	for _, f := range list {
		if err := recordLate(tx, f); err != nil {
			return err
		}
		if f.known {
			attempts = append(attempts, f.attempts...)
		}
	}
	for part := range powers(attempts, tx.Postgres()) {
		if err := insertAttempts(tx, part); err != nil {
			return err
		}
	}
	return followUp(tx, list)
}

// powers cuts a list into parts whose lengths are powers of two, so that few
// statements exist. PostgreSQL gets its rows one by one: of a join with a list it
// may make a scan of the table, which collides with every other process.
func powers[T any](list []T, single bool) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n := 1
			for !single && 2*n <= min(len(list), maxRecords) {
				n *= 2
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// closeSQL closes n claimed deliveries. A success is for good; a manual attempt
// still owed is due at once, anything else when the verdict says. Rows whose
// lease was taken by another are not touched. The expressions on v keep SQLite
// from looking each delivery of the instance up in the list, instead of the other
// way round.
func closeSQL(n int) string {
	return `UPDATE webhook_delivery SET attempts = attempts + v.column3, step = v.column4, lease_until = 0, plan = '',
	manual = manual - v.column5, state = CASE WHEN state = 0 THEN 0 ELSE v.column6 END,
	next_at = CASE WHEN manual > v.column5 THEN CAST($2 AS BIGINT) ELSE v.column7 END
	FROM (VALUES ` + rows(n, 2, []string{"TEXT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT"}) + `) AS v
	WHERE instance_id = $1 AND message_id = v.column1 || '' AND endpoint_id = v.column2 || '' AND lease_until = v.column8 + 0
	RETURNING message_id, endpoint_id, next_at`
}

// rows spells n rows of placeholders of these types, after the first `+"`after`"+`
// placeholders of the statement.
func rows(n, after int, types []string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for k, typ := range types {
			b.WriteString([]string{"(", ", "}[index(k > 0)])
			fmt.Fprintf(&b, "CAST($%d AS %s)", after+i*len(types)+k+1, typ)
		}
		b.WriteString(")")
	}
	return b.String()
}

// statements keeps the spellings for the powers of two.
func statements(spell func(n int) string) map[int]string {
	out := map[int]string{}
	for n := 1; n <= maxRecords; n *= 2 {
		out[n] = spell(n)
	}
	return out
}

var (
	closeSQLs         = statements(closeSQL)
	insertAttemptSQLs = statements(insertAttemptSQL)
)

// closeDeliveries closes those whose lease still holds, and marks them known.
func closeDeliveries(tx *store.Tx, list []*finished) error {
	args := make([]any, 2, 2+8*len(list))
	args[0], args[1] = tx.Instance(), tx.NowMS()
	for _, f := range list {
		args = append(args, f.messageID, f.endpointID, len(f.attempts), f.verdict.step, index(f.manual), int64(f.verdict.status), f.verdict.nextAt, f.lease)
	}
	rows, err := tx.Query(closeSQLs[len(list)], args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	type delivery struct{ message, endpoint string }
	next := make(map[delivery]*int64, len(list))
	for rows.Next() {
		var d delivery
		var at *int64
		if err := rows.Scan(&d.message, &d.endpoint, &at); err != nil {
			return err
		}
		next[d] = at
	}
	for _, f := range list {
		var at *int64
		if at, f.known = next[delivery{f.messageID, f.endpointID}]; at != nil {
			f.wake = wakeTime(tx, *at)
		}
	}
	return rows.Err()
}

// recordLate is for an attempt whose lease has ended and was taken by another:
// only what cannot contradict the other is changed.
func recordLate(tx *store.Tx, f *finished) (err error) {
	if f.known {
		return nil
	}
	f.known, err = affects(tx, `UPDATE webhook_delivery SET attempts = attempts + $5, state = CASE WHEN $4 = 0 THEN 0 ELSE state END
		WHERE instance_id = $1 AND message_id = $2 AND endpoint_id = $3`, tx.Instance(), f.messageID, f.endpointID, int64(f.verdict.status), len(f.attempts))
	return err
}

// followUp changes the endpoints that an outcome says something about.
func followUp(tx *store.Tx, list []*finished) (err error) {
	for _, f := range list {
		switch {
		case !f.known:
		case f.outcome.controls("disable"):
			err = disableEndpoint(tx, f.endpointID)
		case f.verdict.status == StatusSuccess && f.target.failing:
			err = clearFailure(tx, f.endpointID)
		case f.verdict.exhausted:
			err = noteExhausted(tx, f.endpointID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func affects(tx *store.Tx, query string, args ...any) (bool, error) {
	res, err := tx.Exec(query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// giveBack ends the lease of a delivery that is not sent now, so that it goes as
// soon as a dispatcher looks for it.
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
