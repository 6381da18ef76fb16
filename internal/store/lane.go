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
			if j.failed() {
				j.undo()
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

// commit runs a batch until it is committed or has failed for good. The first
// try does without savepoints, which cost as much as a small change: when a job
// fails in it, all are run again with them.
func (l *lane) commit(batch []*job) error {
	savepoints := false
	for attempt := 0; ; attempt++ {
		err := l.try(batch, savepoints)
		if errors.Is(err, errNeedsSavepoints) {
			savepoints = true
			continue
		}
		if err == nil || !serialization(err) || attempt >= maxRetries {
			return unavailable(err)
		}
		// The other process needs a moment to finish; a spread keeps the two
		// from colliding in step.
		jitter := time.Duration(l.store.ids.Bytes(1)[0]) * 20 * time.Microsecond
		time.Sleep(time.Duration(attempt)*time.Millisecond + jitter)
	}
}

// errNeedsSavepoints is a job's failure in a transaction that it cannot leave
// alone.
var errNeedsSavepoints = errors.New("store: one of several writes failed")

// try runs a batch once. The error is the whole batch's; a job's own is kept in
// the job.
func (l *lane) try(batch []*job, savepoints bool) error {
	if err := l.session.start(context.Background()); err != nil {
		return err
	}
	common := newShared()
	changed := false
	for _, j := range batch {
		err := l.runJob(j, common, savepoints)
		if err == nil && j.failed() && len(batch) > 1 && !savepoints {
			err = errNeedsSavepoints
		}
		if err != nil {
			l.session.rollback()
			return err
		}
		changed = changed || !j.failed()
	}
	if !changed {
		l.session.rollback()
		return nil
	}
	if err := l.session.writeSeqs(common.seqs); err != nil {
		l.session.rollback()
		return err
	}
	if err := l.session.commit(); err != nil {
		return err
	}
	l.store.remember(common.notes)
	return nil
}

// failed tells whether nothing of the job may be committed.
func (j *job) failed() bool { return j.err != nil && !commits(j.err) }

// undo tells whoever asked that the last run of the job left nothing behind.
func (j *job) undo() {
	if j.tx == nil {
		return
	}
	for _, hook := range j.tx.undone {
		hook()
	}
	j.tx = nil
}

// runJob runs one job, behind a savepoint when asked to. It returns an error
// only when the whole transaction is lost.
func (l *lane) runJob(j *job, common *shared, savepoint bool) error {
	j.undo() // of an earlier try
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	// A caller that goes away must not tear down the writes of others.
	ctx := context.WithoutCancel(j.ctx)
	if savepoint {
		if _, err := l.session.exec(ctx, "SAVEPOINT job"); err != nil {
			return err
		}
	}
	j.tx = l.store.newTx(ctx, j.instance, l.session)
	j.tx.shared = common
	j.err = unavailable(j.tx.call(j.fn))
	switch {
	case serialization(j.err) || errors.Is(j.err, ErrUnavailable):
		return j.err
	case !savepoint:
		return nil
	case j.failed():
		common.distrust(j.instance)
		if _, err := l.session.exec(ctx, "ROLLBACK TO SAVEPOINT job"); err != nil {
			return err
		}
	}
	_, err := l.session.exec(ctx, "RELEASE SAVEPOINT job")
	return err
}
