// Package storetest runs the same test on both engines of the store. It is used
// by tests only and must not know what is tested.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/store"
)

// PostgresEnv names the variable that holds the DSN of a PostgreSQL server on
// which the tests may make schemas of their own.
const PostgresEnv = "NIGHTCLERK_TEST_POSTGRES"

// Each runs fn once over SQLite in a temporary folder and once over a fresh
// schema of PostgreSQL. opts gets the database filled in.
func Each(t *testing.T, opts store.Options, fn func(t *testing.T, db *store.Store)) {
	t.Helper()
	for name, opts := range engines(t, opts) {
		t.Run(name, func(t *testing.T) { fn(t, Open(t, opts(t))) })
	}
}

// EachOptions is Each for tests that open the store themselves, or several
// times.
func EachOptions(t *testing.T, opts store.Options, fn func(t *testing.T, opts store.Options)) {
	t.Helper()
	for name, opts := range engines(t, opts) {
		t.Run(name, func(t *testing.T) { fn(t, opts(t)) })
	}
}

func engines(t *testing.T, opts store.Options) map[string]func(*testing.T) store.Options {
	return map[string]func(*testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return SQLite(t, opts) },
		"postgres": func(t *testing.T) store.Options { return Postgres(t, opts) },
	}
}

// Open opens a store and closes it after the test.
func Open(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	db, err := store.Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// SQLite points opts at a file in a temporary folder.
func SQLite(t testing.TB, opts store.Options) store.Options {
	opts.Path, opts.DSN = filepath.Join(t.TempDir(), "test.db"), ""
	return opts
}

// Postgres points opts at a schema of its own, dropped after the test. Without a
// server the test is skipped, loudly; with CI=true it fails.
func Postgres(t testing.TB, opts store.Options) store.Options {
	t.Helper()
	dsn := os.Getenv(PostgresEnv)
	if dsn == "" {
		const missing = "NOT TESTED ON POSTGRESQL: set " + PostgresEnv + " or run `make test`"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s: %v", PostgresEnv, err)
	}
	schema := "test_" + ids.Source{Rand: ids.Random, Clock: clock.Wall}.Hex(8)
	execute(t, dsn, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, dsn, "DROP SCHEMA "+schema+" CASCADE") })
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	opts.DSN = u.String()
	return opts
}

func execute(t testing.TB, dsn, stmt string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(stmt); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", stmt, err))
	}
}
