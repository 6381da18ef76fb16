package sessions

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// maxPerUser bounds what a cascade looks at; no test signs one user in more
// often.
const maxPerUser = 100_000

// Filter chooses sessions. Empty fields choose all.
type Filter struct {
	ClientID string
	UserID   string
	Status   Status
	Limit    int
	Offset   int
}

// List returns sessions, newest first.
func List(tx *store.Tx, f Filter) ([]*Session, error) {
	where, args, err := f.where(tx)
	if err != nil {
		return nil, err
	}
	args = append(args, f.Limit, f.Offset)
	query := fmt.Sprintf(`SELECT %s FROM session WHERE %s ORDER BY created_at DESC, id DESC LIMIT $%d OFFSET $%d`, columns, where, len(args)-1, len(args))
	rows, err := tx.Query(query, args...)
	return scanAll(tx, rows, err)
}

// Count returns how many sessions a filter chooses, whatever its limit.
func Count(tx *store.Tx, f Filter) (n int64, err error) {
	where, args, err := f.where(tx)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(`SELECT count(*) FROM session WHERE `+where, args...).Scan(&n)
	return n, err
}

func (f Filter) where(tx *store.Tx) (string, []any, error) {
	args := []any{tx.Instance()}
	terms := []string{"instance_id = $1"}
	add := func(term string, value any) {
		args = append(args, value)
		terms = append(terms, strings.ReplaceAll(term, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.ClientID != "" {
		add("client_id = ?", f.ClientID)
	}
	if f.UserID != "" {
		add("user_id = ?", f.UserID)
	}
	now := tx.NowMS()
	switch f.Status {
	case "":
	case Active, Pending:
		add("status = ?", string(f.Status))
		add("expire_at > ? AND abandon_at > ?", now)
	case Expired:
		add("status IN ('active', 'pending') AND expire_at <= ?", now)
	case Abandoned:
		add("status IN ('active', 'pending') AND expire_at > ? AND abandon_at <= ?", now)
	case Ended, Removed, Replaced, Revoked:
		add("status = ?", string(f.Status))
	default:
		return "", nil, apierr.FormInvalidParameterValue("status", string(f.Status), "abandoned", "active", "ended", "expired", "removed", "replaced", "revoked")
	}
	return strings.Join(terms, " AND "), args, nil
}

// Ends is when time alone ends a session, in instance time, Unix milliseconds.
func (s *Session) Ends() int64 { return min(s.ExpireAt, s.AbandonAt) }

// NextToEnd returns the usable sessions that time alone ends first, the first
// one first.
func NextToEnd(tx *store.Tx, n int) ([]*Session, error) {
	const ends = `(CASE WHEN expire_at < abandon_at THEN expire_at ELSE abandon_at END)`
	rows, err := tx.Query(`SELECT `+columns+` FROM session WHERE instance_id = $1 AND status IN ('active', 'pending') AND `+ends+` > $2
		ORDER BY `+ends+` LIMIT $3`, tx.Instance(), tx.NowMS(), n)
	return scanAll(tx, rows, err)
}

// scanAll reads the rows of a list.
func scanAll(tx *store.Tx, rows *sql.Rows, err error) ([]*Session, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Session{}
	for rows.Next() {
		s, err := scan(tx, rows)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
