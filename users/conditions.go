package users

import (
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// conditions are the WHERE of a query over users u. $1 is the instance.
type conditions struct {
	parts []string
	args  []any
}

func newConditions(tx *store.Tx) *conditions {
	return &conditions{parts: []string{"u.instance_id = $1"}, args: []any{tx.Instance()}}
}

func (c *conditions) add(part string) { c.parts = append(c.parts, part) }

func (c *conditions) String() string { return strings.Join(c.parts, " AND ") }

// arg hands a value over and returns its placeholder.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// list spells a list of values; an empty one matches nothing.
func (c *conditions) list(values []string) string {
	if len(values) == 0 {
		return "(NULL)"
	}
	in, args := inList(len(c.args)+1, values)
	c.args = append(c.args, args...)
	return in
}

func (c *conditions) in(column string, values []string) {
	c.add(column + " IN " + c.list(values))
}

// identifiedBy narrows to the users with one of the folded identifiers.
func (c *conditions) identifiedBy(t Type, folded []string) {
	c.add(`u.id IN (SELECT user_id FROM identification WHERE instance_id = $1 AND type = '` + string(t) + `' AND identifier_folded IN ` + c.list(folded) + `)`)
}

// identifierLike narrows to the users with an identifier that contains a text.
func (c *conditions) identifierLike(t Type, text string) {
	c.add(`u.id IN (SELECT user_id FROM identification WHERE instance_id = $1 AND type = '` + string(t) + `' AND identifier_folded LIKE ` + c.like(text) + `)`)
}

// maxLike is longer than anything that is stored and folded; the engines refuse
// patterns of some length.
const maxLike = 4096

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is a pattern, with its escape, for texts that contain a folded text.
func (c *conditions) like(text string) string {
	text = fold(text)
	if len(text) > maxLike {
		return "NULL"
	}
	return c.arg("%"+likeEscapes.Replace(text)+"%") + ` ESCAPE '\'`
}

// signed narrows by ids with + (or nothing) for those wanted and - for those
// not.
func (c *conditions) signed(column string, ids []string) {
	wanted, unwanted := signs(ids)
	if len(wanted) > 0 {
		c.in(column, wanted)
	}
	if len(unwanted) > 0 {
		c.add("(" + column + " IS NULL OR " + column + " NOT IN " + c.list(unwanted) + ")")
	}
}

// signs parts signed ids. A + that was not escaped in a query arrives as a space.
func signs(ids []string) (wanted, unwanted []string) {
	for _, id := range ids {
		if rest, minus := strings.CutPrefix(id, "-"); minus {
			unwanted = append(unwanted, rest)
			continue
		}
		wanted = append(wanted, strings.TrimLeft(id, "+ "))
	}
	return wanted, unwanted
}

// between narrows by times in Unix milliseconds; both ends are excluded.
func (c *conditions) between(column string, after, before *int64) {
	if after != nil {
		c.add(column + " > " + c.arg(*after))
	}
	if before != nil {
		c.add(column + " < " + c.arg(*before))
	}
}

// maxValues is how often a filter may be repeated (spec: GetUserList).
const maxValues = 100

func checkValues(param string, values []string) *apierr.Error {
	if len(values) > maxValues {
		return apierr.FormParameterArraySizeExceeded(param, maxValues)
	}
	return nil
}
