package invitations

import (
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Schema is the tables of invitations and of the waitlist. The _folded columns
// are what comparisons see.
var Schema = store.Schema{Name: "invitations", Steps: []string{`
	CREATE TABLE invitation (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		email_address TEXT NOT NULL,
		email_folded TEXT NOT NULL,
		status TEXT NOT NULL,
		expires_at BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE INDEX invitation_by_email ON invitation (instance_id, email_folded, status);
	CREATE INDEX invitation_by_created_at ON invitation (instance_id, created_at, id);
	CREATE TABLE waitlist_entry (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		email_address TEXT NOT NULL,
		email_folded TEXT NOT NULL,
		status TEXT NOT NULL,
		invitation_id TEXT,
		invited_at BIGINT,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE UNIQUE INDEX waitlist_entry_by_email ON waitlist_entry (instance_id, email_folded);
	CREATE INDEX waitlist_entry_by_created_at ON waitlist_entry (instance_id, created_at, id)`}}

// Clear removes everything of an instance.
func Clear(tx *store.Tx) error {
	for _, table := range []string{"waitlist_entry", "invitation"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}

const (
	columns      = `id, email_address, status, expires_at, created_at, updated_at, doc`
	entryColumns = `id, email_address, status, invitation_id, invited_at, created_at, updated_at`
)

func insert(tx *store.Tx, i *Invitation) error {
	doc, err := json.Marshal(i.details)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO invitation (instance_id, id, email_address, email_folded, status, expires_at, created_at, updated_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Instance(), i.ID, i.EmailAddress, fold(i.EmailAddress), string(i.Status), i.ExpiresAt, i.CreatedAt, i.UpdatedAt, string(doc))
	return err
}

func (i *Invitation) setStatus(tx *store.Tx, status Status) error {
	i.Status, i.UpdatedAt = status, tx.NowMS()
	_, err := tx.Exec(`UPDATE invitation SET status = $3, updated_at = $4 WHERE instance_id = $1 AND id = $2`, tx.Instance(), i.ID, string(status), i.UpdatedAt)
	return err
}

// Get returns an invitation as it stands now: time alone can have ended it.
func Get(tx *store.Tx, id string) (*Invitation, error) {
	i, err := scan(tx.NowMS(), tx.QueryRow(`SELECT `+columns+` FROM invitation WHERE instance_id = $1 AND id = $2`, tx.Instance(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, apierr.InvitationNotFound(id)
	}
	return i, err
}

// query returns the invitations that a condition, which begins with $2, chooses.
func query(tx *store.Tx, where string, args ...any) ([]*Invitation, error) {
	now := tx.NowMS() // before the rows: a connection reads one result at a time
	rows, err := tx.Query(`SELECT `+columns+` FROM invitation WHERE instance_id = $1 AND `+where, append([]any{tx.Instance()}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Invitation{}
	for rows.Next() {
		i, err := scan(now, rows)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

type row interface{ Scan(...any) error }

// scan reads a row; a pending invitation whose time has run out is given out as
// expired without being written.
func scan(now int64, r row) (*Invitation, error) {
	var i Invitation
	var doc string
	if err := r.Scan(&i.ID, &i.EmailAddress, &i.Status, &i.ExpiresAt, &i.CreatedAt, &i.UpdatedAt, &doc); err != nil {
		return nil, err
	}
	if i.Status == Pending && now >= i.ExpiresAt {
		i.Status = Expired
	}
	return &i, json.Unmarshal([]byte(doc), &i.details)
}

func insertEntry(tx *store.Tx, e *Entry) error {
	_, err := tx.Exec(`INSERT INTO waitlist_entry (instance_id, id, email_address, email_folded, status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Instance(), e.ID, e.EmailAddress, fold(e.EmailAddress), string(e.Status), e.CreatedAt, e.UpdatedAt)
	return err
}

func scanEntry(r row) (*Entry, error) {
	var e Entry
	err := r.Scan(&e.ID, &e.EmailAddress, &e.Status, &e.invitationID, &e.InvitedAt, &e.CreatedAt, &e.UpdatedAt)
	return &e, err
}
