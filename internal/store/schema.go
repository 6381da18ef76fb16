package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// Schema is the tables of one noun as steps that are applied once, in order.
// The DDL is portable: TEXT, BIGINT, BOOLEAN, BYTEA; WITHOUT ROWID is SQLite's
// alone and left out elsewhere. Once released, a step is never edited; a change is
// a new step.
type Schema struct {
	Name  string
	Steps []string
}

// textType marks what needs byte order in PostgreSQL; SQLite's default is that
// already.
var textType = regexp.MustCompile(`\bTEXT\b`)

func migrate(ctx context.Context, eng *engine, schemas []Schema) error {
	session := eng.newSession(eng.beginWrite)
	defer session.close()
	if err := session.start(ctx); err != nil {
		return unavailable(err)
	}
	if err := applyAll(ctx, session, schemas); err != nil {
		session.rollback()
		return err
	}
	return session.commit()
}

func applyAll(ctx context.Context, session *session, schemas []Schema) error {
	if session.engine.postgres {
		// Two processes that start together must not make the tables twice.
		if _, err := session.exec(ctx, `SELECT pg_advisory_xact_lock(4545)`); err != nil {
			return unavailable(err)
		}
	}
	if err := session.ddl(ctx, `CREATE TABLE IF NOT EXISTS schema_step (name TEXT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (name, step))`); err != nil {
		return err
	}
	for _, s := range schemas {
		if err := s.apply(ctx, session); err != nil {
			return err
		}
	}
	return nil
}

func (s Schema) apply(ctx context.Context, session *session) error {
	var done int
	if err := session.queryRow(ctx, `SELECT count(*) FROM schema_step WHERE name = $1`, s.Name).Scan(&done); err != nil {
		return err
	}
	if done > len(s.Steps) {
		return fmt.Errorf("the data was written by a newer version (%s has %d steps, this program knows %d): use that version or another data folder", s.Name, done, len(s.Steps))
	}
	for i := done; i < len(s.Steps); i++ {
		if err := session.ddl(ctx, s.Steps[i]); err != nil {
			return fmt.Errorf("schema %s, step %d: %w", s.Name, i+1, err)
		}
		if _, err := session.exec(ctx, `INSERT INTO schema_step (name, step) VALUES ($1, $2)`, s.Name, i+1); err != nil {
			return err
		}
	}
	return nil
}

// ddl runs statements separated by semicolons.
func (s *session) ddl(ctx context.Context, script string) error {
	if s.engine.postgres {
		script = strings.ReplaceAll(script, " WITHOUT ROWID", "")
		script = textType.ReplaceAllString(script, `TEXT COLLATE "C"`)
	}
	for _, stmt := range strings.Split(script, ";") {
		if strings.TrimSpace(stmt) == "" {
			continue
		}
		if _, err := s.conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("%w in %q", err, strings.TrimSpace(stmt))
		}
	}
	return nil
}
