package signin

import (
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Schema is the tables of sign-ins and sign-ups. The one that is open is the
// browser's current one.
var Schema = store.Schema{Name: "signin", Steps: []string{`
	CREATE TABLE sign_in (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		client_id TEXT NOT NULL,
		open BOOLEAN NOT NULL,
		created_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX sign_in_by_client ON sign_in (instance_id, client_id, open);
	CREATE TABLE sign_up (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		client_id TEXT NOT NULL,
		open BOOLEAN NOT NULL,
		created_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX sign_up_by_client ON sign_up (instance_id, client_id, open)`}}

// The tables of attempts.
const (
	signIns = "sign_in"
	signUps = "sign_up"
)

// Clear removes everything of an instance.
func Clear(tx *store.Tx) error {
	for _, table := range []string{signUps, signIns} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}

// begin makes an attempt the browser's current one in a table.
func begin(tx *store.Tx, table, clientID string, a *attempt, doc any) error {
	if err := closeOpen(tx, table, clientID); err != nil {
		return err
	}
	raw, err := docOf(doc)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO `+table+` (instance_id, id, client_id, open, created_at, doc) VALUES ($1, $2, $3, TRUE, $4, $5)`,
		tx.Instance(), a.ID, a.ClientID, a.CreatedAt, raw)
	return err
}

// closeOpen leaves a browser without a current attempt in a table.
func closeOpen(tx *store.Tx, table, clientID string) error {
	_, err := tx.Exec(`UPDATE `+table+` SET open = FALSE WHERE instance_id = $1 AND client_id = $2 AND open = TRUE`, tx.Instance(), clientID)
	return err
}

// save writes an attempt back.
func save(tx *store.Tx, table string, a *attempt, doc any) error {
	raw, err := docOf(doc)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE `+table+` SET open = $3, doc = $4 WHERE instance_id = $1 AND id = $2`, tx.Instance(), a.ID, a.Open, raw)
	return err
}

// load reads one attempt into doc; sql.ErrNoRows tells that there is none.
func load(tx *store.Tx, table, where string, a *attempt, doc any, args ...any) error {
	var raw string
	err := tx.QueryRow(`SELECT id, client_id, open, created_at, doc FROM `+table+` WHERE instance_id = $1 AND `+where, append([]any{tx.Instance()}, args...)...).
		Scan(&a.ID, &a.ClientID, &a.Open, &a.CreatedAt, &raw)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(raw), doc)
}

func signInByID(tx *store.Tx, id string) (*signIn, error) {
	si := &signIn{}
	err := load(tx, signIns, "id = $2", &si.attempt, si, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.SignInNotFound(id)
	}
	return si, err
}

// signInOf is one of a browser's own; a stranger's is not there.
func signInOf(tx *store.Tx, clientID, id string) (*signIn, error) {
	si, err := signInByID(tx, id)
	if err == nil && (si.ClientID != clientID || clientID == "") {
		return nil, apierr.SignInNotFound(id)
	}
	return si, err
}

func openSignIn(tx *store.Tx, clientID string) (*signIn, error) {
	si := &signIn{}
	err := load(tx, signIns, "client_id = $2 AND open = TRUE", &si.attempt, si, clientID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return si, err
}

func (si *signIn) save(tx *store.Tx) error { return save(tx, signIns, &si.attempt, si) }

func signUpByID(tx *store.Tx, id string) (*signUp, error) {
	su := &signUp{}
	err := load(tx, signUps, "id = $2", &su.attempt, su, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.SignUpNotFound(id)
	}
	return su, err
}

// signUpOf is one of a browser's own; a stranger's is not there.
func signUpOf(tx *store.Tx, clientID, id string) (*signUp, error) {
	su, err := signUpByID(tx, id)
	if err == nil && (su.ClientID != clientID || clientID == "") {
		return nil, apierr.SignUpNotFound(id)
	}
	return su, err
}

func openSignUp(tx *store.Tx, clientID string) (*signUp, error) {
	su := &signUp{}
	err := load(tx, signUps, "client_id = $2 AND open = TRUE", &su.attempt, su, clientID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return su, err
}

func (su *signUp) save(tx *store.Tx) error { return save(tx, signUps, &su.attempt, su) }
