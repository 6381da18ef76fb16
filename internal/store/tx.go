package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
)

// Event is a change that others may want to hear of.
type Event struct {
	Type string
	Data any
}

// Origin is who asked for a change, as far as HTTP tells.
type Origin struct{ ClientIP, UserAgent string }

type originKey struct{}

// WithOrigin returns a context whose transactions know who asked.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns who asked; the zero Origin stands for the system itself.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Tx is one transaction of one instance. It must not outlive the function that
// was given it.
type Tx struct {
	ctx      context.Context
	store    *Store
	session  *session
	instance string
	wall     time.Time
	shared   *shared
	after    []func()
	last     []func()
	undone   []func()
	own      map[any]any
	err      error // the first error of a method that cannot return one
}

func (s *Store) newTx(ctx context.Context, instance string, session *session) *Tx {
	wall := s.opts.Clock.Now().Truncate(time.Millisecond)
	return &Tx{ctx: ctx, store: s, session: session, instance: instance, wall: wall, shared: newShared()}
}

// call runs fn and turns a panic into an error, so that one request cannot take
// the writer down with it.
func (tx *Tx) call(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.err
}

// Context is the caller's context, without its cancellation in a write.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Instance is the id of the instance, the first column of every key.
func (tx *Tx) Instance() string { return tx.instance }

// Postgres tells which dialect the few statements need that differ.
func (tx *Tx) Postgres() bool { return tx.store.engine.postgres }

// IDs makes secrets and tokens: always random, whatever the seed.
func (tx *Tx) IDs() ids.Source { return tx.store.ids }

// WallNow is wall time, the same instant throughout the transaction.
func (tx *Tx) WallNow() time.Time { return tx.wall }

// WallNowMS is WallNow in Unix milliseconds.
func (tx *Tx) WallNowMS() int64 { return tx.wall.UnixMilli() }

// Now is instance time, the same instant throughout the transaction.
func (tx *Tx) Now() time.Time { return time.UnixMilli(tx.NowMS()).UTC() }

// NowMS is Now in Unix milliseconds.
func (tx *Tx) NowMS() int64 { return tx.loadState().Clock.At(tx.wall) }

// Exec runs a statement with $1 placeholders.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	return tx.session.exec(tx.ctx, query, args...)
}

// Query runs a query with $1 placeholders. Close the rows before the next
// statement: a connection reads one result at a time.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	return tx.session.query(tx.ctx, query, args...)
}

// QueryRow runs a query that answers at most one row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	return tx.session.queryRow(tx.ctx, query, args...)
}

// AfterCommit runs fn once the transaction is durable, before Write returns.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Own returns what was kept for a key in this very transaction, nil for nothing.
func (tx *Tx) Own(key any) any { return tx.own[key] }

// KeepOwn keeps a value for as long as this transaction lasts.
func (tx *Tx) KeepOwn(key, value any) {
	if tx.own == nil {
		tx.own = map[any]any{}
	}
	tx.own[key] = value
}

// AfterAll runs fn when every function of AfterCommit has run, still before Write
// returns: it may wait for what they began.
func (tx *Tx) AfterAll(fn func()) { tx.last = append(tx.last, fn) }

// OnUndo runs fn if what this transaction has done so far is undone: because it
// failed, or because it is run again. fn must not block.
func (tx *Tx) OnUndo(fn func()) { tx.undone = append(tx.undone, fn) }

// Emit hands a change to the outbox, in this transaction.
func (tx *Tx) Emit(typ string, data any) error {
	if tx.store.opts.Emit == nil {
		return nil
	}
	return tx.store.opts.Emit(tx, Event{Type: typ, Data: data})
}

// NewID makes the id of a new resource: random, or derived from the seed when
// the instance has one, so that the same sequence of requests gives the same
// ids. A failure is the transaction's.
func (tx *Tx) NewID(kind string) string {
	st := tx.loadState()
	if st.Seed == "" {
		return tx.store.ids.New(kind)
	}
	var n int64
	err := tx.QueryRow(`INSERT INTO id_counter (instance_id, kind, n) VALUES ($1, $2, 1)
		ON CONFLICT (instance_id, kind) DO UPDATE SET n = id_counter.n + 1 RETURNING n`, tx.instance, kind).Scan(&n)
	tx.fail(err)
	return ids.Derive(st.Seed, tx.instance, st.Epoch, kind, n)
}

func (tx *Tx) fail(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// Clock is the state of the instance's own clock.
func (tx *Tx) Clock() clock.Virtual { return tx.loadState().Clock }
