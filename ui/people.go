package ui

import (
	"net/url"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// peoplePerPage is how many users a page of the list has.
const peoplePerPage int64 = 50

// newestUsers are the users that were made last.
func newestUsers(tx *store.Tx, l *instance.Live, n int64) ([]*users.User, error) {
	return users.List(tx, l.Rules(), users.Filter{Limit: &n})
}

// userPage reads the page of users that a form asks for. Cursors lead forward
// only; the way back is the first page, or the browser's.
func userPage(tx *store.Tx, l *instance.Live, f *form) ([]*users.User, pager, error) {
	query, at, limit := f.Get("q"), f.Get("at"), peoplePerPage
	list, next, err := users.ListPage(tx, l.Rules(), users.Filter{Query: query, Limit: &limit}, users.Cursor(at))
	if err != nil {
		return nil, nil, err
	}
	var out pager
	if at != "" {
		out = append(out, pageLink{"First page", "?" + url.Values{"q": {query}}.Encode()})
	}
	if next != "" {
		out = append(out, pageLink{"Next page", "?" + url.Values{"q": {query}, "at": {string(next)}}.Encode()})
	}
	return list, out, nil
}
