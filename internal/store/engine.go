package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"
)

// maxReaders bounds how many reads run at once; more wait for their turn.
const maxReaders = 8

// engine is one of the two databases.
type engine struct {
	postgres   bool
	db         *sql.DB
	lanes      int
	beginWrite string
	beginRead  string
	readers    chan *session
	closed     chan struct{}
}

func openEngine(ctx context.Context, opts Options) (*engine, error) {
	if opts.DSN != "" {
		return openPostgres(ctx, opts.DSN)
	}
	return openSQLite(ctx, opts)
}

// openSQLite opens a file, or a database in memory. WAL lets readers go on while
// the one writer writes; FULL makes an answered change survive a power cut;
// immediate transactions take the write lock at once, because a transaction
// that reads first and then writes fails busy otherwise.
func openSQLite(ctx context.Context, opts Options) (*engine, error) {
	if !opts.Memory {
		if err := claimFile(opts.Path); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", sqliteDSN(opts))
	if err != nil {
		return nil, err
	}
	e := &engine{db: db, lanes: 1, beginWrite: "BEGIN IMMEDIATE", beginRead: "BEGIN"}
	return e.ready(ctx, fmt.Sprintf("cannot open the database %s; if it is damaged, move it away or choose another folder with --data", opts.Path))
}

func sqliteDSN(opts Options) string {
	// What a rollback would need is kept in memory instead of a temporary file.
	query := "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(memory)"
	if opts.Memory {
		return "file:/" + url.PathEscape(opts.Path) + query + "&vfs=memdb"
	}
	path := (&url.URL{Path: filepath.ToSlash(opts.Path)}).EscapedPath()
	return "file:" + path + query + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
}

// claimFile makes the file, readable by its owner only, and so tells early and
// plainly when that cannot be.
func claimFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the database file: %w: choose another folder with --data, or use --ephemeral", err)
	}
	return f.Close()
}

func openPostgres(ctx context.Context, dsn string) (*engine, error) {
	u, err := url.Parse(dsn)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") || u.Host == "" && u.Query().Get("host") == "" {
		return nil, errors.New("the database URL is not of the form postgres://user:password@host:5432/name")
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("cannot use the database URL: %w", err)
	}
	e := &engine{postgres: true, db: db, lanes: 8,
		beginWrite: "BEGIN ISOLATION LEVEL SERIALIZABLE",
		beginRead:  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
	return e.ready(ctx, fmt.Sprintf("cannot reach the database at %s; check --database-url and that PostgreSQL runs", u.Host))
}

func (e *engine) ready(ctx context.Context, what string) (*engine, error) {
	e.db.SetMaxIdleConns(e.lanes + maxReaders + 1)
	if err := e.db.PingContext(ctx); err != nil {
		e.db.Close()
		return nil, fmt.Errorf("%s: %w", what, unavailable(err))
	}
	e.readers, e.closed = make(chan *session, maxReaders), make(chan struct{})
	for range maxReaders {
		e.readers <- e.newSession(e.beginRead)
	}
	return e, nil
}

// reader takes a session for reading; giveBack returns it.
func (e *engine) reader(ctx context.Context) (*session, error) {
	select {
	case s := <-e.readers:
		return s, nil
	case <-e.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *engine) giveBack(s *session) { e.readers <- s }

// close waits for the readers that are under way.
func (e *engine) close() {
	close(e.closed)
	for range maxReaders {
		(<-e.readers).close()
	}
	e.db.Close()
}

// serialization tells whether a transaction lost against another and may simply
// be run again.
func serialization(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	return false
}

// unavailable wraps the errors that say that the database is not there.
func unavailable(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) || !gone(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func gone(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// 08: connection exception; 57P: the server is going down or starting;
		// 53300: too many connections.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") || pg.Code == "53300"
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed)
}
