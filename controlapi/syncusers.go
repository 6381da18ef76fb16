package controlapi

import (
	"slices"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// syncBatch is how many users are told of in one transaction.
const syncBatch = 500

type syncParams struct {
	Type *string `json:"type"`
}

type syncJSON struct {
	Object string `json:"object"`
	Type   string `json:"type"`
	// Count is how many messages were emitted, Since the mark before the first.
	Count int   `json:"count"`
	Since int64 `json:"since"`
}

// syncUsers emits an event for every user, for an app whose own table missed
// them: it was reset, or its endpoint was added later.
func (a *API) syncUsers(c *call, in syncParams) (syncJSON, error) {
	out := syncJSON{Object: "sync", Type: "user.created"}
	if in.Type != nil {
		out.Type = *in.Type
	}
	if kinds := []string{"user.created", "user.updated"}; !slices.Contains(kinds, out.Type) {
		return out, apierr.FormInvalidParameterValue("type", out.Type, kinds...)
	}
	err := a.read(c, func(tx *store.Tx) (err error) {
		out.Since, err = tx.Seq()
		return err
	})
	var after users.Cursor
	for more := true; more && err == nil; more = after != "" {
		n, from := 0, after
		err = a.write(c, func(tx *store.Tx) (err error) {
			n, after, err = tellOf(tx, c.Live.Rules(), out.Type, from)
			return err
		})
		out.Count += n
	}
	return out, err
}

// tellOf emits the event of one batch, the oldest users first, and returns where
// the next one begins.
func tellOf(tx *store.Tx, rules users.Rules, event string, after users.Cursor) (n int, next users.Cursor, err error) {
	list, next, err := users.ListPage(tx, rules, users.Filter{OrderBy: "+created_at", Limit: new(int64(syncBatch))}, after)
	for _, u := range list {
		if err = tx.Emit(event, u.Backend()); err != nil {
			return 0, "", err
		}
	}
	return len(list), next, err
}
