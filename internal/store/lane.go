package store

import (
	"context"
	"errors"
	"time"
)

// maxBatch bounds how many writes share a commit, and so how long the first of
// them waits for the last.
const maxBatch = 256

// maxRetries bounds how often a batch is run again after it lost against
// another process.
const maxRetries = 20

// job is one call of Write.
type job struct {
	ctx      context.Context
	instance string
	fn       func(*Tx) error
	tx       *Tx
	err      error
	result   chan error
}

// lane is one writer: it runs the waiting jobs in order and commits them
// together. One fsync for many changes is what makes durable deliveries cheap.
type lane struct {
	store   *Store
	session *session
	jobs    chan *job
}

func (l *lane) run() {
	defer l.store.done.Done()
	defer l.session.close()
	for first := range l.jobs {
		batch := l.collect(first)
		err := l.commit(batch)
		for _, j := range batch {
			if err != nil {
				j.err = err
			}
			j.result <- j.err
		}
	}
}

// collect takes what waits already; it never waits for more.
func (l *lane) collect(first *job) []*job {
	batch := []*job{first}
	for len(batch) < maxBatch {
		select {
		case j, ok := <-l.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch until it is committed or has failed for good.
func (l *lane) commit(batch []*job) error {
	for attempt := 0; ; attempt++ {
		err := l.try(batch)
		if err == nil || !serialization(err) || attempt == maxRetries {
			return unavailable(err)
		}
		// The other process needs a moment to finish; a spread keeps the two
		// from colliding in step.
		jitter := time.Duration(l.store.ids.Bytes(1)[0]) * 20 * time.Microsecond
		time.Sleep(time.Duration(attempt)*time.Millisecond + jitter)
	}
}

// try runs a batch once. The error is the whole batch's; a job's own is kept in
// the job.
func (l *lane) try(batch []*job) error {
	if err := l.session.start(context.Background()); err != nil {
		return err
	}
	changed := false
	for _, j := range batch {
		if err := l.runJob(j, len(batch) > 1); err != nil {
			l.session.rollback()
			return err
		}
		changed = changed || j.err == nil || commits(j.err)
	}
	if !changed {
		l.session.rollback()
		return nil
	}
	return l.session.commit()
}

// runJob runs one job behind a savepoint when it shares the transaction. It
// returns an error only when the whole transaction is lost.
func (l *lane) runJob(j *job, shared bool) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	// A caller that goes away must not tear down the writes of others.
	ctx := context.WithoutCancel(j.ctx)
	if shared {
		if _, err := l.session.exec(ctx, "SAVEPOINT job"); err != nil {
			return err
		}
	}
	j.tx = l.store.newTx(ctx, j.instance, l.session)
	j.err = unavailable(j.tx.call(j.fn))
	switch {
	case serialization(j.err) || errors.Is(j.err, ErrUnavailable):
		return j.err
	case !shared:
		return nil
	case j.err != nil && !commits(j.err):
		if _, err := l.session.exec(ctx, "ROLLBACK TO SAVEPOINT job"); err != nil {
			return err
		}
	}
	_, err := l.session.exec(ctx, "RELEASE SAVEPOINT job")
	return err
}
