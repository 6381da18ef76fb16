package invitations

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Filter chooses and orders, under the names of the Backend API; empty fields
// choose all, which for invitations is all but the revoked.
type Filter struct {
	Status string `query:"status"`
	// Query is an id, or a part of an address.
	Query string `query:"query"`
	// OrderBy is a field with + or - in front; -created_at when empty.
	OrderBy string `query:"order_by"`
	// Limit and Offset cut the page out.
	Limit, Offset int
}

// The columns that lists can be ordered by.
var (
	orders      = map[string]string{"created_at": "created_at", "email_address": "email_folded", "expires_at": "expires_at"}
	entryOrders = map[string]string{"created_at": "created_at", "email_address": "email_folded", "invited_at": "invited_at"}
)

// List returns a page of invitations and how many there are in all.
func List(tx *store.Tx, f Filter) (list []*Invitation, total int64, err error) {
	c := &conditions{text: "instance_id = $1", args: []any{tx.Instance()}}
	now := tx.NowMS()
	switch Status(f.Status) {
	case "":
		c.add("status <> 'revoked'")
	case Accepted, Revoked:
		c.add("status = ?", f.Status)
	case Pending:
		c.add("status = 'pending' AND expires_at > ?", now)
	case Expired:
		c.add("status = 'pending' AND expires_at <= ?", now)
	default:
		return nil, 0, apierr.FormInvalidParameterValue("status", f.Status, string(Accepted), string(Expired), string(Pending), string(Revoked))
	}
	list = []*Invitation{}
	total, err = f.page(tx, "invitation", columns, orders, c, func(r row) error {
		i, err := scan(now, r)
		list = append(list, i)
		return err
	})
	return list, total, err
}

// ListEntries returns a page of the waitlist and how many there are in all.
func ListEntries(tx *store.Tx, f Filter) (list []*Entry, total int64, err error) {
	c := &conditions{text: "instance_id = $1", args: []any{tx.Instance()}}
	switch EntryStatus(f.Status) {
	case "":
	case Completed, Invited, Rejected, Waiting:
		c.add("status = ?", f.Status)
	default:
		return nil, 0, apierr.FormInvalidParameterValue("status", f.Status, string(Completed), string(Invited), string(Waiting), string(Rejected))
	}
	list = []*Entry{}
	total, err = f.page(tx, "waitlist_entry", entryColumns, entryOrders, c, func(r row) error {
		e, err := scanEntry(r)
		list = append(list, e)
		return err
	})
	for _, e := range list { // the page is read to its end first: a connection reads one result at a time
		if err == nil {
			err = e.loadInvitation(tx)
		}
	}
	return list, total, err
}

// page counts what the conditions choose and reads the page.
func (f Filter) page(tx *store.Tx, table, columns string, orders map[string]string, c *conditions, each func(row) error) (total int64, err error) {
	if f.Query != "" {
		c.add("(id = ? OR email_folded LIKE ? ESCAPE '\\')", f.Query, "%"+escapeLike.Replace(fold(f.Query))+"%")
	}
	order, err := orderOf(f.OrderBy, orders)
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE `+c.text, c.args...).Scan(&total); err != nil {
		return 0, err
	}
	n := len(c.args)
	rows, err := tx.Query(fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT $%d OFFSET $%d`, columns, table, c.text, order, n+1, n+2),
		append(c.args, f.Limit, f.Offset)...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return 0, err
		}
	}
	return total, rows.Err()
}

// orderOf is the ORDER BY of a parameter. A plus sign in a query string is a
// space. What has no value comes last in either direction.
func orderOf(param string, orders map[string]string) (string, error) {
	field, direction := strings.TrimLeft(param, "+- "), " ASC"
	if param == "" {
		field, direction = "created_at", " DESC"
	}
	if strings.HasPrefix(param, "-") {
		direction = " DESC"
	}
	column, known := orders[field]
	if !known {
		return "", apierr.FormInvalidParameterValue("order_by", param, slices.Sorted(maps.Keys(orders))...)
	}
	return column + direction + " NULLS LAST, id" + direction, nil
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// conditions is a WHERE clause under construction.
type conditions struct {
	text string
	args []any
}

// add adds a term; each ? in it stands for one of the values.
func (c *conditions) add(term string, values ...any) {
	for _, v := range values {
		c.args = append(c.args, v)
		term = strings.Replace(term, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.text += " AND " + term
}
