package users

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

const (
	defaultLimit = 10
	maxLimit     = 500
)

// page is which part of a list is wanted.
type page struct {
	limit, offset int64
	field         string
	descending    bool
	// few is for conditions that find few: they are looked up and sorted, instead of
	// all users being gone through in order until enough of the few are met. A plus
	// keeps an engine from using the order's index; it cannot know better.
	few bool
}

// orders are the fields that users can be ordered by; texts as the unaided eye
// would, without capitals first. Nobody has a wallet, so that order is by id.
var orders = map[string]string{
	"created_at":      "u.created_at",
	"email_address":   "e.identifier_folded",
	"first_name":      "lower(u.first_name)",
	"last_active_at":  "u.last_active_at",
	"last_name":       "lower(u.last_name)",
	"last_sign_in_at": "u.last_sign_in_at",
	"phone_number":    "p.identifier_folded",
	"updated_at":      "u.updated_at",
	"username":        "u.username_folded",
	"web3wallet":      "NULL",
}

// page checks and fills in what a filter says of pages.
func (f Filter) page() (page, error) {
	p := page{limit: defaultLimit, few: f.names(), field: strings.TrimLeft(f.OrderBy, "+- "), descending: strings.HasPrefix(f.OrderBy, "-")}
	if f.OrderBy == "" {
		p.field, p.descending = "created_at", true
	}
	if f.Limit != nil {
		p.limit = *f.Limit
	}
	if f.Offset != nil {
		p.offset = *f.Offset
	}
	var errs problems
	switch {
	case p.limit < 1:
		errs.add(apierr.FormInvalidParameterFormat("limit", "It must be at least 1."))
	case p.limit > maxLimit:
		errs.add(apierr.FormParameterValueTooLarge("limit", maxLimit))
	}
	if p.offset < 0 {
		errs.add(apierr.FormInvalidParameterFormat("offset", "It must not be negative."))
	}
	if orders[p.field] == "" {
		errs.add(apierr.FormInvalidParameterValue("order_by", f.OrderBy, slices.Sorted(maps.Keys(orders))...))
	} else if f.StartingAfter != "" {
		errs.add(p.checkCursor())
	}
	return p, apierr.Join(errs...)
}

// checkCursor refuses what would make a cursor skip or repeat users (spec:
// GetUserList.starting_after).
func (p page) checkCursor() *apierr.Error {
	switch {
	case p.field != "created_at":
		return apierr.FormConditionalParamDisallowed("order_by", "starting_after")
	case p.offset != 0:
		return apierr.FormConditionalParamDisallowed("offset", "starting_after")
	}
	return nil
}

// load reads the page. The columns that may be null put nulls last in either
// direction: whoever orders by the last sign-in wants to see sign-ins.
func (p page) load(tx *store.Tx, rules Rules, c *conditions) ([]*User, error) {
	direction := " ASC"
	if p.descending {
		direction = " DESC"
	}
	order := orders[p.field] + direction
	if p.field != "created_at" && p.field != "updated_at" {
		order += " NULLS LAST"
	}
	join := ""
	switch p.field {
	case "created_at":
		order = p.plus() + order
	case "email_address":
		join = ` LEFT JOIN identification e ON e.instance_id = u.instance_id AND e.id = u.primary_email_address_id`
	case "phone_number":
		join = ` LEFT JOIN identification p ON p.instance_id = u.instance_id AND p.id = u.primary_phone_number_id`
	case "web3wallet":
		order = "u.id" + direction
	}
	return loadUsers(tx, rules, `SELECT `+userColumns+` FROM users u`+join+`
		WHERE `+c.String()+` ORDER BY `+order+`, u.id`+direction+` LIMIT `+c.arg(p.limit)+` OFFSET `+c.arg(p.offset), c.args...)
}

// Cursor is a place in the list of users by creation. It is opaque to others.
type Cursor string

func cursorOf(u *User) Cursor {
	return Cursor(strconv.FormatInt(u.CreatedAt, 10) + "." + u.ID)
}

// startAfter begins behind a user.
func (p page) startAfter(tx *store.Tx, c *conditions, id string) error {
	var createdAt int64
	err := tx.QueryRow(`SELECT created_at FROM users WHERE instance_id = $1 AND id = $2`, tx.Instance(), id).Scan(&createdAt)
	if errors.Is(err, sql.ErrNoRows) {
		return apierr.FormMissingResource("starting_after")
	}
	p.behind(c, createdAt, id)
	return err
}

// seek begins behind a cursor; the empty one is before all users.
func (p page) seek(c *conditions, after Cursor) error {
	if after == "" {
		return nil
	}
	ms, id, ok := strings.Cut(string(after), ".")
	createdAt, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || p.field != "created_at" {
		return apierr.FormInvalidParameterFormat("after", "It must be the cursor of a page before.")
	}
	p.behind(c, createdAt, id)
	return nil
}

// plus stands before created_at when the conditions find few.
func (p page) plus() string {
	if p.few {
		return "+"
	}
	return ""
}

func (p page) behind(c *conditions, createdAt int64, id string) {
	than := " > "
	if p.descending {
		than = " < "
	}
	c.add("(" + p.plus() + "u.created_at, u.id)" + than + "(" + c.arg(createdAt) + ", " + c.arg(id) + ")")
}
