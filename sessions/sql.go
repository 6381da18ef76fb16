package sessions

import (
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Schema is the tables of browsers, sessions and tickets.
var Schema = store.Schema{Name: "sessions", Steps: []string{`
	CREATE TABLE client (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE TABLE session (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		client_id TEXT NOT NULL,
		user_id TEXT NOT NULL,
		status TEXT NOT NULL,
		last_active_organization_id TEXT,
		last_active_at BIGINT NOT NULL,
		expire_at BIGINT NOT NULL,
		abandon_at BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX session_by_user ON session (instance_id, user_id, created_at);
	CREATE INDEX session_by_client ON session (instance_id, client_id, created_at);
	CREATE TABLE sign_in_token (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		user_id TEXT NOT NULL,
		status TEXT NOT NULL,
		token TEXT NOT NULL,
		expire_at BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	)`, `
	ALTER TABLE client ADD COLUMN last_active_session_id TEXT;
	ALTER TABLE client ADD COLUMN last_authentication_strategy TEXT;
	CREATE TABLE dev_browser (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		client_id TEXT,
		created_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	)`, `
	CREATE TABLE handshake (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		directives TEXT NOT NULL,
		expire_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX dev_browser_by_client ON dev_browser (instance_id, client_id)`, `
	CREATE TABLE refresh_token (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		session_id TEXT NOT NULL,
		expire_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX refresh_token_by_expire_at ON refresh_token (instance_id, expire_at);
	CREATE TABLE refreshed_token (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		issued_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX refreshed_token_by_issued_at ON refreshed_token (instance_id, issued_at)`, `
	CREATE INDEX session_by_end ON session (instance_id, (CASE WHEN expire_at < abandon_at THEN expire_at ELSE abandon_at END))
		WHERE status IN ('active', 'pending')`}}

// Clear removes everything of an instance.
func Clear(tx *store.Tx) error {
	for _, table := range []string{"dev_browser", "handshake", "refresh_token", "refreshed_token", "sign_in_token", "session", "client"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}

const columns = `id, client_id, user_id, status, last_active_organization_id, last_active_at, expire_at, abandon_at, created_at, updated_at, doc`

func createClient(tx *store.Tx) (string, error) {
	id := tx.NewID("client")
	_, err := tx.Exec(`INSERT INTO client (instance_id, id, created_at, updated_at) VALUES ($1, $2, $3, $4)`, tx.Instance(), id, tx.NowMS(), tx.WallNowMS())
	return id, err
}

func insert(tx *store.Tx, s *Session) error {
	doc, err := json.Marshal(s.details)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO session (instance_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Instance(), s.ID, s.ClientID, s.UserID, string(s.Status), s.LastActiveOrganizationID, s.LastActiveAt, s.ExpireAt, s.AbandonAt, s.CreatedAt, s.UpdatedAt, string(doc))
	return err
}

func update(tx *store.Tx, s *Session) error {
	doc, err := json.Marshal(s.details)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE session SET status = $3, last_active_organization_id = $4, last_active_at = $5, abandon_at = $6, updated_at = $7, doc = $8 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), s.ID, string(s.Status), s.LastActiveOrganizationID, s.LastActiveAt, s.AbandonAt, s.UpdatedAt, string(doc))
	return err
}

func get(tx *store.Tx, id string) (*Session, error) {
	s, err := scan(tx, tx.QueryRow(`SELECT `+columns+` FROM session WHERE instance_id = $1 AND id = $2`, tx.Instance(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.SessionNotFound(id)
	}
	return s, err
}

// scan reads a row; a session whose time has run out is given out as expired or
// abandoned without being written.
func scan(tx *store.Tx, row interface{ Scan(...any) error }) (*Session, error) {
	var s Session
	var doc string
	err := row.Scan(&s.ID, &s.ClientID, &s.UserID, &s.Status, &s.LastActiveOrganizationID, &s.LastActiveAt, &s.ExpireAt, &s.AbandonAt, &s.CreatedAt, &s.UpdatedAt, &doc)
	if err != nil {
		return nil, err
	}
	now := tx.NowMS()
	switch {
	case s.usable() && now >= s.ExpireAt:
		s.Status = Expired
	case s.usable() && now >= s.AbandonAt:
		s.Status = Abandoned
	}
	return &s, json.Unmarshal([]byte(doc), &s.details)
}

// each calls fn for every session of a user, newest first.
func each(tx *store.Tx, userID string, fn func(*Session) error) error {
	list, err := List(tx, Filter{UserID: userID, Limit: maxPerUser})
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a user's rows.
func forget(tx *store.Tx, userID string) error {
	for _, table := range []string{"session", "sign_in_token"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE instance_id = $1 AND user_id = $2`, tx.Instance(), userID); err != nil {
			return err
		}
	}
	return nil
}
