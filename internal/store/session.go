package store

import (
	"context"
	"database/sql"
)

// maxStmts bounds a connection's prepared statements; queries that are built
// from filters have many spellings, and the rare ones are run unprepared.
const maxStmts = 512

// session is one connection with the statements prepared on it: preparing costs
// more than most of the statements themselves. It is used by one goroutine at a
// time and opens its connection when it is first needed, again after a loss.
type session struct {
	engine *engine
	begin  string
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
}

func (e *engine) newSession(begin string) *session {
	return &session{engine: e, begin: begin}
}

// start begins a transaction. A connection that was lost since its last use is
// replaced once, so that a database that came back is found at once.
func (s *session) start(ctx context.Context) error {
	fresh := s.conn == nil
	err := s.tryStart(ctx)
	if err != nil && !fresh && ctx.Err() == nil {
		err = s.tryStart(ctx)
	}
	return err
}

func (s *session) tryStart(ctx context.Context) error {
	if s.conn == nil {
		conn, err := s.engine.db.Conn(ctx)
		if err != nil {
			return err
		}
		s.conn, s.stmts = conn, map[string]*sql.Stmt{}
	}
	_, err := s.exec(ctx, s.begin)
	if err != nil {
		s.drop()
	}
	return err
}

// commit makes the transaction durable.
func (s *session) commit() error {
	_, err := s.exec(context.Background(), "COMMIT")
	if err != nil {
		s.rollback()
	}
	return err
}

// rollback ends the transaction without a trace; a connection that cannot even
// do that is dropped.
func (s *session) rollback() {
	if s.conn == nil {
		return
	}
	if _, err := s.exec(context.Background(), "ROLLBACK"); err != nil {
		s.drop()
	}
}

// drop gives the connection up, with a state that nobody knows.
func (s *session) drop() {
	if s.conn == nil {
		return
	}
	// A bad connection is closed by the pool instead of being used again.
	_ = s.conn.Raw(func(any) error { return sql.ErrConnDone })
	s.close()
}

func (s *session) close() {
	if s.conn == nil {
		return
	}
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	s.conn.Close()
	s.conn, s.stmts = nil, nil
}

// prepared returns the statement for a query, or nil where it is run directly:
// pgx keeps prepared statements by itself.
func (s *session) prepared(ctx context.Context, query string) *sql.Stmt {
	if s.engine.postgres {
		return nil
	}
	if stmt := s.stmts[query]; stmt != nil || len(s.stmts) >= maxStmts {
		return stmt
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil { // run directly, it says the same error
		return nil
	}
	s.stmts[query] = stmt
	return stmt
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.prepared(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return s.conn.ExecContext(ctx, query, args...)
}

func (s *session) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.prepared(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.conn.QueryContext(ctx, query, args...)
}

func (s *session) queryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.prepared(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.conn.QueryRowContext(ctx, query, args...)
}
