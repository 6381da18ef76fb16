package users

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Schema is the tables of users, their identifications and their search terms.
//
// The _folded columns are what comparisons see; they follow from the columns
// beside them. Nulls are distinct in a unique index on both engines.
var Schema = store.Schema{Name: "users", Steps: []string{`
	CREATE TABLE users (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		external_id TEXT,
		username TEXT,
		username_folded TEXT,
		first_name TEXT,
		last_name TEXT,
		name_folded TEXT NOT NULL,
		primary_email_address_id TEXT,
		primary_phone_number_id TEXT,
		banned BOOLEAN NOT NULL,
		last_sign_in_at BIGINT,
		last_active_at BIGINT,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id)
	);
	CREATE UNIQUE INDEX users_by_external_id ON users (instance_id, external_id);
	CREATE UNIQUE INDEX users_by_username ON users (instance_id, username_folded);
	CREATE INDEX users_by_created_at ON users (instance_id, created_at, id);
	CREATE TABLE identification (
		instance_id TEXT NOT NULL,
		id TEXT NOT NULL,
		user_id TEXT NOT NULL,
		type TEXT NOT NULL,
		identifier TEXT NOT NULL,
		identifier_folded TEXT NOT NULL,
		status TEXT NOT NULL,
		ordinal BIGINT NOT NULL,
		doc TEXT NOT NULL,
		PRIMARY KEY (instance_id, id),
		FOREIGN KEY (instance_id, user_id) REFERENCES users (instance_id, id) ON DELETE CASCADE
	);
	CREATE UNIQUE INDEX identification_claimed ON identification (instance_id, type, identifier_folded) WHERE status <> 'unverified';
	CREATE UNIQUE INDEX identification_by_user ON identification (instance_id, user_id, type, identifier_folded);
	CREATE TABLE search_term (
		instance_id TEXT NOT NULL,
		term TEXT NOT NULL,
		user_id TEXT NOT NULL
	);
	CREATE INDEX search_term_by_term ON search_term (instance_id, term, user_id);
	CREATE TABLE user_count (
		instance_id TEXT NOT NULL PRIMARY KEY,
		n BIGINT NOT NULL
	)`}}

// Clear removes everything of an instance.
func Clear(tx *store.Tx) error {
	for _, table := range []string{"user_count", "search_term", "identification", "users"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE instance_id = $1`, tx.Instance()); err != nil {
			return err
		}
	}
	return nil
}

const (
	// userColumns are of users u.
	userColumns = `u.id, u.external_id, u.username, u.first_name, u.last_name, u.primary_email_address_id, u.primary_phone_number_id,
		u.banned, u.last_sign_in_at, u.last_active_at, u.created_at, u.updated_at, u.doc`
	identificationColumns = `id, user_id, type, identifier, status, ordinal, doc`
)

// loadUser reads a user by two queries.
func loadUser(tx *store.Tx, rules Rules, id string) (*User, error) {
	found, err := loadUsers(tx, rules, `SELECT `+userColumns+` FROM users u WHERE u.instance_id = $1 AND u.id = $2`, tx.Instance(), id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, apierr.UserNotFound(id)
	}
	return found[0], nil
}

// loadUsers reads the users that a query selects, with their identifications, by
// one more query per inChunk users.
func loadUsers(tx *store.Tx, rules Rules, query string, args ...any) ([]*User, error) {
	found, err := queryAll(tx, scanUser, query, args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*User, len(found))
	ids := make([]string, len(found))
	for n, u := range found {
		u.rules, u.instance, u.now = rules, tx.Instance(), tx.NowMS()
		u.settleLock()
		byID[u.ID], ids[n] = u, u.ID
	}
	return found, eachChunk(ids, func(ids []string) error {
		in, args := inList(2, ids)
		list, err := queryAll(tx, scanIdentification, `SELECT `+identificationColumns+` FROM identification
			WHERE instance_id = $1 AND user_id IN `+in+` ORDER BY user_id, ordinal`, append([]any{tx.Instance()}, args...)...)
		for _, i := range list {
			byID[i.UserID].identifications = append(byID[i.UserID].identifications, i)
		}
		return err
	})
}

func scanUser(rows *sql.Rows) (*User, error) {
	u, raw := &User{}, []byte(nil)
	err := rows.Scan(&u.ID, &u.ExternalID, &u.Username, &u.FirstName, &u.LastName, &u.PrimaryEmailAddressID, &u.PrimaryPhoneNumberID,
		&u.Banned, &u.LastSignInAt, &u.LastActiveAt, &u.CreatedAt, &u.UpdatedAt, &raw)
	if err != nil {
		return nil, err
	}
	return u, json.Unmarshal(raw, &u.doc)
}

func scanIdentification(rows *sql.Rows) (*Identification, error) {
	i, raw := &Identification{}, []byte(nil)
	if err := rows.Scan(&i.ID, &i.UserID, &i.Type, &i.Value, &i.Status, &i.ordinal, &raw); err != nil {
		return nil, err
	}
	return i, json.Unmarshal(raw, &i.identificationDoc)
}

func findIdentification(tx *store.Tx, t Type, id string) (*Identification, error) {
	found, err := queryAll(tx, scanIdentification, `SELECT `+identificationColumns+` FROM identification
		WHERE instance_id = $1 AND id = $2 AND type = $3`, tx.Instance(), id, string(t))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, apierr.IdentificationNotFound()
	}
	return found[0], nil
}

// holders runs a query that ends in IN over a list of any length; it returns
// pairs of value and user id.
func holders(tx *store.Tx, query string, values []string) (map[string]string, error) {
	out := map[string]string{}
	return out, eachChunk(values, func(values []string) error {
		in, args := inList(2, values)
		_, err := queryAll(tx, func(rows *sql.Rows) (struct{}, error) {
			var value, user string
			err := rows.Scan(&value, &user)
			out[value] = user
			return struct{}{}, err
		}, query+in, append([]any{tx.Instance()}, args...)...)
		return err
	})
}

// userValues are the columns of a user after instance_id.
func userValues(u *User) ([]any, error) {
	raw, err := marshal(u.doc)
	if err != nil {
		return nil, err
	}
	return []any{u.ID, u.ExternalID, u.Username, foldPtr(u.Username), u.FirstName, u.LastName, u.foldedName(),
		u.PrimaryEmailAddressID, u.PrimaryPhoneNumberID, u.Banned, u.LastSignInAt, u.LastActiveAt, u.CreatedAt, u.UpdatedAt, raw}, nil
}

func insertUsers(tx *store.Tx, list []*User) error {
	rows := make([][]any, len(list))
	for n, u := range list {
		var err error
		if rows[n], err = userValues(u); err != nil {
			return err
		}
	}
	return insertUnique(tx, `INSERT INTO users (instance_id, id, external_id, username, username_folded, first_name, last_name, name_folded,
		primary_email_address_id, primary_phone_number_id, banned, last_sign_in_at, last_active_at, created_at, updated_at, doc)`, rows)
}

func updateUser(tx *store.Tx, u *User) error {
	values, err := userValues(u)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE users SET external_id = $3, username = $4, username_folded = $5, first_name = $6, last_name = $7, name_folded = $8,
		primary_email_address_id = $9, primary_phone_number_id = $10, banned = $11, last_sign_in_at = $12, last_active_at = $13,
		created_at = $14, updated_at = $15, doc = $16 WHERE instance_id = $1 AND id = $2`, append([]any{tx.Instance()}, values...)...)
	return err
}

// deleteUser removes a user; the identifications go with it.
func deleteUser(tx *store.Tx, u *User) error {
	if err := saveTerms(tx, u.ID, u.terms(), nil); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM users WHERE instance_id = $1 AND id = $2`, tx.Instance(), u.ID); err != nil {
		return err
	}
	return addToCount(tx, -1)
}

// addToCount keeps the number of users, which the SDKs ask for with every list:
// counting a hundred thousand rows takes 8 ms on SQLite and 30 ms on PostgreSQL,
// and ten times that for a million; this row costs 20 µs per change.
func addToCount(tx *store.Tx, n int) error {
	_, err := tx.Exec(`INSERT INTO user_count (instance_id, n) VALUES ($1, $2)
		ON CONFLICT (instance_id) DO UPDATE SET n = user_count.n + excluded.n`, tx.Instance(), n)
	return err
}

func insertIdentifications(tx *store.Tx, list []*Identification) error {
	rows := make([][]any, len(list))
	for n, i := range list {
		raw, err := marshal(i.identificationDoc)
		if err != nil {
			return err
		}
		rows[n] = []any{i.ID, i.UserID, string(i.Type), i.Value, fold(i.Value), string(i.Status), i.ordinal, raw}
	}
	return insertUnique(tx, `INSERT INTO identification (instance_id, id, user_id, type, identifier, identifier_folded, status, ordinal, doc)`, rows)
}

func updateIdentification(tx *store.Tx, i *Identification) error {
	raw, err := marshal(i.identificationDoc)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE identification SET status = $3, doc = $4 WHERE instance_id = $1 AND id = $2`,
		tx.Instance(), i.ID, string(i.Status), raw)
	return err
}

func removeIdentification(tx *store.Tx, id string) error {
	_, err := tx.Exec(`DELETE FROM identification WHERE instance_id = $1 AND id = $2`, tx.Instance(), id)
	return err
}

// countAll returns how many users the instance has.
func countAll(tx *store.Tx) (n int64, err error) {
	err = tx.QueryRow(`SELECT n FROM user_count WHERE instance_id = $1`, tx.Instance()).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func scanText(rows *sql.Rows) (s string, err error) {
	return s, rows.Scan(&s)
}

// queryAll reads a whole result: a connection reads one at a time.
func queryAll[T any](tx *store.Tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// marshal is JSON for a column, as text: metadata stays as it is in memory, <
// and & unescaped.
func marshal(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.String(), err
}

// inChunk is the longest list in one statement.
const inChunk = 512

func eachChunk(values []string, fn func([]string) error) error {
	for len(values) > 0 {
		n := min(len(values), inChunk)
		if err := fn(values[:n]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// inList spells the right side of IN from parameter $first on. Its length is a
// power of two, filled up with the last value, so that few statements exist and
// the prepared ones are found again.
func inList(first int, values []string) (string, []any) {
	size := 1
	for size < len(values) {
		size *= 2
	}
	args := make([]any, size)
	for n := range args {
		args[n] = values[min(n, len(values)-1)]
	}
	return "(" + placeholders(first, size) + ")", args
}

// placeholders returns $first, …, n of them.
func placeholders(first, n int) string {
	var b []byte
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '$'), int64(first+i), 10)
	}
	return string(b)
}

// insertChunk is the most rows in one INSERT, a power of two. Binding costs
// SQLite the square of the number of parameters, so that more rows are slower.
const insertChunk = 16

// errConflict is a row that another has the place of, although the transaction
// had looked: on PostgreSQL the transaction is run again before this is seen.
var errConflict = errors.New("a row of users is there already")

// insertUnique inserts rows of which none may be there already. The instance is
// theirs by itself: insert names the columns, instance_id first; the rows lack
// it.
func insertUnique(tx *store.Tx, insert string, rows [][]any) error {
	n, err := insertRows(tx, insert, ` ON CONFLICT DO NOTHING`, rows)
	if err == nil && n != int64(len(rows)) {
		return fmt.Errorf("%w: %d of %d rows written", errConflict, n, len(rows))
	}
	return err
}

// insertRows inserts by statements of 16, 8, 4 … rows, so that few spellings
// exist, and returns how many rows were written.
func insertRows(tx *store.Tx, insert, suffix string, rows [][]any) (written int64, err error) {
	for size := insertChunk; len(rows) > 0; size /= 2 {
		for len(rows) >= size {
			values := make([]string, size)
			args := []any{tx.Instance()}
			for n, row := range rows[:size] {
				values[n] = "($1," + placeholders(len(args)+1, len(row)) + ")"
				args = append(args, row...)
			}
			res, err := tx.Exec(insert+` VALUES `+strings.Join(values, ",")+suffix, args...)
			if err != nil {
				return written, err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return written, err
			}
			written, rows = written+n, rows[size:]
		}
	}
	return written, nil
}
