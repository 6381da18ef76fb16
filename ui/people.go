package ui

import (
	"maps"
	"net/url"
	"slices"
	"strings"

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
	query, at := f.plain("q"), f.Get("at")
	list, next, err := users.SearchPage(tx, l.Rules(), query, peoplePerPage, users.Cursor(at))
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

// nameSubjects writes names in place of the ids of users that still exist.
func nameSubjects(tx *store.Tx, l *instance.Live, rows []messageRow) error {
	ids := map[string]bool{}
	for _, r := range rows {
		if strings.HasPrefix(r.Subject, "user_") {
			ids[r.Subject] = true
		}
	}
	names, err := userNames(tx, l, ids)
	for i := range rows {
		if name := names[rows[i].Subject]; name != "" {
			rows[i].Subject = name
		}
	}
	return err
}

// userNames are the labels of those of the users that still exist, by id.
func userNames(tx *store.Tx, l *instance.Live, ids map[string]bool) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	limit := int64(len(ids))
	list, err := users.List(tx, l.Rules(), users.Filter{UserID: slices.Collect(maps.Keys(ids)), Limit: &limit})
	for _, u := range list {
		names[u.ID] = label(u)
	}
	return names, err
}
