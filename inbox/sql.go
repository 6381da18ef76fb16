package inbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Schema is the table of messages.
var Schema = store.Schema{Name: "inbox", Steps: []string{`
	CREATE TABLE inbox_message (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		seq BIGINT NOT NULL,
		recipient TEXT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE UNIQUE INDEX inbox_message_by_seq ON inbox_message (instance_id, seq);
	CREATE INDEX inbox_message_by_recipient ON inbox_message (instance_id, recipient, seq)`}}

// MaxLimit is the most messages of one List.
const MaxLimit = 500

// Filter chooses messages; zero fields choose all.
type Filter struct {
	// To is a recipient, however it is written in upper and lower case.
	To string
	// ToAny are recipients of whom any will do; an empty list that is not nil
	// chooses nothing.
	ToAny []string
	// Prefix is what the recipient begins with.
	Prefix string
	// Kind is email or sms; "" is both.
	Kind Kind
	// SinceSeq is the number of a message, or any event, that only later ones
	// follow.
	SinceSeq int64
	// BeforeSeq is the number of a message that only earlier ones precede: the
	// last one of the page before. 0 is the newest page.
	BeforeSeq int64
	// Limit is at most MaxLimit, which 0 stands for.
	Limit int
}

func insert(tx *store.Tx, m *Message) error {
	doc, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO inbox_message (instance_id, id, seq, recipient, doc) VALUES ($1, $2, $3, $4, $5)`,
		tx.Instance(), m.ID, m.Seq, fold(m.To), string(doc))
	return err
}

// List returns messages, newest first.
func List(tx *store.Tx, f Filter) ([]*Message, error) {
	if f.Limit <= 0 || f.Limit > MaxLimit {
		f.Limit = MaxLimit
	}
	where, args := f.where(tx.Instance())
	rows, err := tx.Query(`SELECT doc FROM inbox_message WHERE `+where+` ORDER BY seq DESC LIMIT $2`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Message{}
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// Get returns a message.
func Get(tx *store.Tx, id string) (*Message, error) {
	m, err := scan(tx.QueryRow(`SELECT doc FROM inbox_message WHERE instance_id = $1 AND id = $2`, tx.Instance(), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, unknown(id)
	}
	return m, err
}

// Delete removes a message.
func Delete(tx *store.Tx, id string) error {
	res, err := tx.Exec(`DELETE FROM inbox_message WHERE instance_id = $1 AND id = $2`, tx.Instance(), id)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return unknown(id)
	}
	return err
}

// Clear removes everything of an instance.
func Clear(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM inbox_message WHERE instance_id = $1`, tx.Instance())
	return err
}

func unknown(id string) error {
	e := apierr.ResourceNotFound()
	e.LongMessage = fmt.Sprintf("No message in the inbox has the id %s. GET /_emulator/inbox lists those that there are.", id)
	return e
}

func scan(row interface{ Scan(...any) error }) (*Message, error) {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return nil, err
	}
	m := &Message{}
	return m, json.Unmarshal([]byte(doc), m)
}
