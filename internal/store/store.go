// Package store is the floor that every noun stands on: one relational store,
// SQLite or PostgreSQL behind the same portable SQL, whose every change is a
// transaction that carries one frozen instant, gives out ids and leaves its
// messages in itself. It knows instances only as the first column of every key;
// it must not know any resource that is kept in it.
package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
)

// Options say where the data is and what the transactions are given.
type Options struct {
	// Path is the SQLite file; its folder must exist.
	Path string
	// DSN is a postgres:// URL; it wins over Path.
	DSN string
	// Memory keeps everything in memory, under the name of Path.
	Memory bool
	// Schemas are applied in order at Open, each step once.
	Schemas []Schema
	// Emit turns an event into rows of the same transaction.
	Emit func(tx *Tx, e Event) error
	// Clock is wall time; Rand is where ids and secrets come from.
	Clock clock.Clock
	Rand  io.Reader
	Log   *slog.Logger
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	opts   Options
	engine *engine
	lanes  []*lane
	ids    ids.Source
	// committed are the notes after the last commit, on SQLite.
	committed sync.Map // noteKey → any

	closeOnce sync.Once
	closing   sync.RWMutex // held for reading while a job is handed to a lane
	closed    bool
	done      sync.WaitGroup
}

// ErrUnavailable is what every error wraps that says: the database cannot be
// reached now, and the change was not made.
var ErrUnavailable = errors.New("the database does not answer")

// ErrClosed is answered by a store that was closed.
var ErrClosed = fmt.Errorf("%w: the store is closed", ErrUnavailable)

// Open opens the database and brings its tables up to date.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.Clock == nil {
		opts.Clock = clock.Wall
	}
	if opts.Rand == nil {
		opts.Rand = ids.Random
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	eng, err := openEngine(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, eng, append([]Schema{floor}, opts.Schemas...)); err != nil {
		eng.close()
		return nil, err
	}
	s := &Store{opts: opts, engine: eng, ids: ids.Source{Rand: opts.Rand, Clock: opts.Clock}}
	for range eng.lanes {
		s.addLane()
	}
	return s, nil
}

func (s *Store) addLane() {
	l := &lane{store: s, session: s.engine.newSession(s.engine.beginWrite), jobs: make(chan *job, 1024)}
	s.lanes = append(s.lanes, l)
	s.done.Add(1)
	go l.run()
}

// Postgres tells which of the two engines is behind the store.
func (s *Store) Postgres() bool { return s.engine.postgres }

// Clock is the wall clock the store was opened with.
func (s *Store) Clock() clock.Clock { return s.opts.Clock }

// IDs makes identifiers and secrets outside of transactions.
func (s *Store) IDs() ids.Source { return s.ids }

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return unavailable(s.engine.db.PingContext(ctx))
}

// Close waits for what was handed in and closes the database.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.closing.Lock()
		s.closed = true
		for _, l := range s.lanes {
			close(l.jobs)
		}
		s.closing.Unlock()
		s.done.Wait()
		s.engine.close()
	})
	return nil
}

// Write runs fn in a transaction of one instance and commits it. Concurrent
// writes share a commit, each behind its own savepoint. fn touches only tx and
// may be run again; hash, fetch and verify outside of it. An error of fn leaves
// nothing behind, unless its Commits method says that the attempt is itself a
// change: then the transaction is committed and the error is returned.
func (s *Store) Write(ctx context.Context, instance string, fn func(*Tx) error) error {
	j := &job{ctx: ctx, instance: instance, fn: fn, result: make(chan error, 1)}
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return ErrClosed
	}
	s.laneOf(instance).jobs <- j
	s.closing.RUnlock()
	err := <-j.result
	if err == nil || commits(err) {
		for _, hook := range slices.Concat(j.tx.after, j.tx.last) {
			hook()
		}
	}
	return err
}

// laneOf keeps one instance's writes in one lane, so that they queue in this
// process instead of colliding in the database.
func (s *Store) laneOf(instance string) *lane {
	if len(s.lanes) == 1 {
		return s.lanes[0]
	}
	h := fnv.New32a()
	io.WriteString(h, instance)
	return s.lanes[h.Sum32()%uint32(len(s.lanes))]
}

// Read runs fn over one unchanging picture of the data.
func (s *Store) Read(ctx context.Context, instance string, fn func(*Tx) error) error {
	session, err := s.engine.reader(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer s.engine.giveBack(session)
	if !s.Postgres() {
		// SQLite's driver watches a context that can end by a goroutine for each
		// statement, which costs about as much as one of our reads.
		ctx = context.WithoutCancel(ctx)
	}
	if err := session.start(ctx); err != nil {
		return unavailable(err)
	}
	defer session.rollback()
	return unavailable(s.newTx(ctx, instance, session).call(fn))
}

// commits tells whether an error wants its transaction committed.
func commits(err error) bool {
	var c interface{ Commits() bool }
	return errors.As(err, &c) && c.Commits()
}
