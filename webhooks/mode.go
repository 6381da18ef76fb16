package webhooks

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// Mode is how an instance's deliveries relate to what causes them. Svix and
// Clerk know only the zero value: deliveries begin after the change is answered,
// and nobody knows when. The other two make a test's race between the first
// token and the webhook go one way for certain.
type Mode struct {
	// Held keeps every automatic attempt back until it is false again. A resend
	// goes out all the same.
	Held bool
	// AnswerAfter makes a request that changes something wait, after its commit,
	// until the first attempt of each of its messages has ended, for at most this
	// long; 0 means that it does not wait.
	AnswerAfter time.Duration
}

// MaxAnswerAfter bounds Mode.AnswerAfter.
const MaxAnswerAfter = time.Minute

// GetMode reads the mode.
func GetMode(tx *store.Tx) (Mode, error) {
	m, _, err := readMode(tx)
	return m, err
}

// readMode also tells whether there are fault rules: on PostgreSQL every event
// asks for both.
func readMode(tx *store.Tx) (m Mode, faulty bool, err error) {
	var held sql.NullBool
	var ms sql.NullInt64
	err = tx.QueryRow(`SELECT (SELECT held FROM webhook_mode WHERE instance_id = $1), (SELECT answer_after FROM webhook_mode WHERE instance_id = $1),
		EXISTS (SELECT 1 FROM webhook_fault WHERE instance_id = $1)`, tx.Instance()).Scan(&held, &ms, &faulty)
	m.Held, m.AnswerAfter = held.Bool, time.Duration(ms.Int64)*time.Millisecond
	return m, faulty, err
}

// SetMode changes the mode. What was held goes out when it no longer is.
func (o *Outbox) SetMode(tx *store.Tx, m Mode) error {
	if m.AnswerAfter < 0 || m.AnswerAfter > MaxAnswerAfter {
		return invalid("answer_after", "answer_after is a duration of at most "+DurationText(MaxAnswerAfter)+", such as 10s.")
	}
	tx.Forget(rosterNote)
	_, err := tx.Exec(`INSERT INTO webhook_mode (instance_id, held, answer_after) VALUES ($1, $2, $3)
		ON CONFLICT (instance_id) DO UPDATE SET held = excluded.held, answer_after = excluded.answer_after`,
		tx.Instance(), m.Held, m.AnswerAfter.Milliseconds())
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return err
}

// Release makes the oldest n deliveries that are held go out, and keeps holding
// the others. It returns how many it found.
func (o *Outbox) Release(tx *store.Tx, n int) (released int64, err error) {
	res, err := tx.Exec(`UPDATE webhook_delivery SET plan = $3 WHERE instance_id = $1 AND (message_id, endpoint_id) IN (
		SELECT message_id, endpoint_id FROM webhook_delivery
		WHERE instance_id = $1 AND next_at IS NOT NULL AND next_at <= $2 AND manual = 0 AND plan = '' AND lease_until <= $5 ORDER BY seq, endpoint_id LIMIT $4)`,
		tx.Instance(), tx.NowMS(), releasedPlan, n, tx.WallNowMS())
	if err != nil {
		return 0, err
	}
	instance := tx.Instance()
	tx.AfterCommit(func() { o.Wake(instance) })
	return res.RowsAffected()
}

// Held counts the deliveries that a hold keeps back. Without a hold they are those
// that are about to be sent.
func Held(tx *store.Tx) (n int64, err error) { return HeldUpTo(tx, math.MaxInt64) }

// HeldUpTo is Held, but counts no further than most: it is asked on every page.
func HeldUpTo(tx *store.Tx, most int64) (n int64, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM webhook_delivery
		WHERE instance_id = $1 AND next_at IS NOT NULL AND next_at <= $2 AND manual = 0 AND plan = '' AND lease_until <= $3 LIMIT $4) AS held`,
		tx.Instance(), tx.NowMS(), tx.WallNowMS(), most).Scan(&n)
	return n, err
}

// answerAfter holds the answer to the request that emitted a message back until
// the first attempt of each of its deliveries has ended. What nobody asked for
// over HTTP, such as a seed, waits for nothing.
func (o *Outbox) answerAfter(tx *store.Tx, messageID string, most time.Duration) {
	d := o.dispatcher.Load()
	if d == nil || store.OriginOf(tx.Context()) == (store.Origin{}) {
		return
	}
	instance := tx.Instance()
	tx.AfterAll(func() {
		ctx, cancel := context.WithTimeout(d.stopping, most)
		defer cancel()
		if err := d.awaitAttempts(ctx, instance, messageID); err != nil {
			d.opts.Log.Warn("webhooks: answered before the first attempt had ended", "instance", instance, "message", messageID, "waited", most, "error", err)
		}
	})
}

// awaitAttempts returns when every delivery of the message was tried.
func (d *Dispatcher) awaitAttempts(ctx context.Context, instance, messageID string) error {
	reader := d.outbox.hub.Subscribe(instance, 0)
	defer func() { reader.Close() }()
	for {
		owed := false
		err := d.db.Read(context.WithoutCancel(ctx), instance, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_delivery
				WHERE instance_id = $1 AND message_id = $2 AND attempts = 0 AND next_at IS NOT NULL AND plan = '')`, instance, messageID).Scan(&owed)
		})
		if err != nil || !owed {
			return err
		}
		if !reader.Await(ctx, "attempt", d.db.Postgres()) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			reader = d.outbox.hub.Subscribe(instance, 0) // fell behind: start over with a look
		}
	}
}
