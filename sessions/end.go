package sessions

import (
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
)

// End ends a session as session.end() in the browser does: session.ended.
func End(tx *store.Tx, l *instance.Live, id string) (*Session, error) {
	return end(tx, l, id, Ended, "session.ended")
}

// Remove ends a session because its user signs out: session.removed.
func Remove(tx *store.Tx, l *instance.Live, id string) (*Session, error) {
	return end(tx, l, id, Removed, "session.removed")
}
