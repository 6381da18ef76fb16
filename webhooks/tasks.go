package webhooks

import (
	"context"
	"log/slog"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
)

// trimEvery is how often what is kept no longer is looked for, in wall time; a
// clock that is moved asks for it by itself.
const trimEvery = time.Hour

// lookEvery is trimEvery for a store that other processes use: the tasks of one
// that died must not wait for long.
const lookEvery = time.Minute

// taskRetry is the wait after an error of the database.
const taskRetry = time.Second

// Tasks does the background tasks of every instance, one piece of each in turn,
// and trims what is kept no longer. The table of tasks is the truth: a process
// that starts goes on where another ended.
type Tasks struct {
	db     *store.Store
	outbox *Outbox
	log    *slog.Logger
	wake   chan string
}

// NewTasks makes the runner of a process. Nothing is done until Run.
func NewTasks(db *store.Store, outbox *Outbox, log *slog.Logger) *Tasks {
	return &Tasks{db: db, outbox: outbox, log: log, wake: make(chan string, 64)}
}

// Wake tells the runner of a new task, or of a clock that was moved. It never
// blocks: when too much is waiting, the next round finds it.
func (t *Tasks) Wake(instance string) {
	select {
	case t.wake <- instance:
	default:
	}
}

// Run works until ctx is done.
func (t *Tasks) Run(ctx context.Context) {
	every := trimEvery
	if t.db.Postgres() {
		every = lookEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	t.round(ctx, "")
	for {
		select {
		case <-ctx.Done():
			return
		case instance := <-t.wake:
			t.round(ctx, instance)
		case <-ticker.C:
			t.round(ctx, "")
		}
	}
}

// turn is one instance's turn in a round.
type turn struct {
	instance string
	trim     bool
}

// round does all tasks of an instance, or of all for "", and trims.
func (t *Tasks) round(ctx context.Context, instance string) {
	queue, err := t.turns(ctx, nil, instance)
	for err == nil && len(queue) > 0 && ctx.Err() == nil {
		now := queue[0]
		var more bool
		if more, err = t.take(ctx, now); more {
			queue = append(queue, turn{instance: now.instance})
		}
		if err == nil {
			queue, err = t.woken(ctx, queue[1:])
		}
	}
	if err != nil && ctx.Err() == nil {
		t.log.Warn("webhooks: a background task could not go on, trying again", "error", err)
		time.AfterFunc(taskRetry, func() { t.Wake("") })
	}
}

// take does one piece of an instance's tasks.
func (t *Tasks) take(ctx context.Context, now turn) (more bool, err error) {
	if now.trim {
		if _, err := Trim(ctx, t.db, now.instance); err != nil {
			return false, err
		}
	}
	err = t.db.Write(ctx, now.instance, func(tx *store.Tx) (err error) {
		more, err = t.outbox.stepTask(tx)
		return err
	})
	return more, err
}

// woken adds the instances that were woken meanwhile.
func (t *Tasks) woken(ctx context.Context, queue []turn) ([]turn, error) {
	for {
		select {
		case id := <-t.wake:
			var err error
			if queue, err = t.turns(ctx, queue, id); err != nil {
				return nil, err
			}
		default:
			return queue, nil
		}
	}
}

// turns adds an instance, or all for "".
func (t *Tasks) turns(ctx context.Context, queue []turn, instance string) ([]turn, error) {
	if instance != "" {
		return append(queue, turn{instance, true}), nil
	}
	err := t.db.Read(ctx, "", func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT instance_id FROM instance_state`)
		ids, err := texts(rows, err)
		for _, id := range ids {
			queue = append(queue, turn{id, true})
		}
		return err
	})
	return queue, err
}
