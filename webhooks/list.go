package webhooks

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Page asks for one page of a list. Iterator is what a List gave: an id to go
// on after it, or "-" and an id to go back before it.
type Page struct {
	Limit    int // 1 to 250, 0 for 50, as Svix has it
	Iterator string
}

// Limits of Svix's lists.
const (
	DefaultLimit = 50
	MaxLimit     = 250
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

// from splits the iterator into the id and the direction.
func (p Page) from() (id string, back bool) {
	id, back = strings.CutPrefix(p.Iterator, "-")
	return id, back
}

// List is one page of results with Svix's iterators.
type List[T any] struct {
	Data []T
	// Iterator continues after the last result, PrevIterator before the first;
	// both are empty for an empty page.
	Iterator, PrevIterator string
	// Done tells that nothing follows in the direction asked for.
	Done bool
}

// query collects the conditions of a list with their arguments; $1 is the
// instance.
type query struct {
	where []string
	args  []any
}

func newQuery(instance, column string) *query {
	return &query{where: []string{column + " = $1"}, args: []any{instance}}
}

// and adds a condition whose ?s stand for args.
func (q *query) and(cond string, args ...any) {
	q.where = append(q.where, q.bind(cond, args...))
}

// anyOf adds that column is one of values; no values mean no condition.
func (q *query) anyOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	q.and(column+" IN ("+strings.Repeat("?, ", len(values)-1)+"?)", args...)
}

// carries adds that a column spelled as a filter names one; "" means no
// condition.
func (q *query) carries(column, name string) {
	if name != "" {
		q.and("replace("+column+", ?, '') <> "+column, filter([]string{name}))
	}
}

// carriesAny adds that a column spelled as a filter has a name in common with
// these.
func (q *query) carriesAny(column string, names []string) {
	var any []string
	for _, name := range names {
		any = append(any, q.bind("replace("+column+", ?, '') <> "+column, filter([]string{name})))
	}
	q.where = append(q.where, "("+strings.Join(any, " OR ")+")")
}

func (q *query) bind(cond string, args ...any) string {
	for _, arg := range args {
		q.args = append(q.args, arg)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(q.args)), 1)
	}
	return cond
}

func (q *query) clause() string { return " WHERE " + strings.Join(q.where, " AND ") }

// page adds the iterator's condition and returns order and limit. key is the
// columns ordered by; byID selects them for an id. One more row than asked for
// is read, which tells whether the list is done.
func (q *query) page(p Page, ascending bool, key, byID string) string {
	id, back := p.from()
	forward := ascending != back
	if id != "" {
		op := " < "
		if forward {
			op = " > "
		}
		q.and("("+key+")"+op+byID, keyOf(id)...)
	}
	direction := " DESC"
	if forward {
		direction = " ASC"
	}
	order := strings.ReplaceAll(key, ", ", direction+", ") + direction
	return q.bind(" ORDER BY "+order+" LIMIT ?", p.limit()+1)
}

// keyJoint stands between the parts of an iterator for rows whose key has two.
const keyJoint = "."

func keyOf(iterator string) (key []any) {
	for part := range strings.SplitSeq(iterator, keyJoint) {
		key = append(key, part)
	}
	return key
}

// collect reads the rows of a list made with page.
func collect[T any](rows *sql.Rows, err error, p Page, scan func(scanner) (T, error), id func(T) string) (List[T], error) {
	var list List[T]
	if err != nil {
		return list, err
	}
	defer rows.Close()
	list.Data = []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return list, err
		}
		list.Data = append(list.Data, item)
	}
	list.Done = len(list.Data) <= p.limit()
	list.Data = list.Data[:min(len(list.Data), p.limit())]
	if _, back := p.from(); back {
		slices.Reverse(list.Data)
	}
	if n := len(list.Data); n > 0 {
		list.Iterator, list.PrevIterator = id(list.Data[n-1]), "-"+id(list.Data[0])
	}
	return list, rows.Err()
}
