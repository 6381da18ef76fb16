package sessions

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Status is what a session is. Only active and pending sessions can act.
type Status string

// The statuses of Clerk's Session.
const (
	Abandoned Status = "abandoned"
	Active    Status = "active"
	Ended     Status = "ended"
	Expired   Status = "expired"
	Pending   Status = "pending"
	Removed   Status = "removed"
	Replaced  Status = "replaced"
	Revoked   Status = "revoked"
)

// Lifetimes in milliseconds, those of a new Clerk instance.
const (
	defaultLifetime = 7 * 24 * 60 * 60 * 1000
	abandonAfter    = 30 * 24 * 60 * 60 * 1000
)

// Session is one user signed in in one browser. Times are instance time in Unix
// milliseconds.
type Session struct {
	ID                       string
	ClientID                 string
	UserID                   string
	Status                   Status
	LastActiveOrganizationID *string
	LastActiveAt             int64
	ExpireAt                 int64
	AbandonAt                int64
	CreatedAt                int64
	UpdatedAt                int64
	details
}

// details are the fields that nothing is looked up by.
type details struct {
	Actor json.RawMessage `json:"actor,omitempty"`
	// FirstFactorAt and SecondFactorAt are when the user last proved who they
	// are; nil for never.
	FirstFactorAt  *int64    `json:"first_factor_at,omitempty"`
	SecondFactorAt *int64    `json:"second_factor_at,omitempty"`
	Activity       *Activity `json:"activity,omitempty"`
}

// Activity is where a session was last used from.
type Activity struct {
	ID        string `json:"id"`
	IPAddress string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// CreateParams make a session.
type CreateParams struct {
	UserID string
	// ClientID is the browser; empty makes one.
	ClientID string
	Actor    json.RawMessage
	// SecondFactor tells that the user proved a second factor too.
	SecondFactor bool
}

// Create signs a user in and emits session.created. A banned user is refused.
// In a browser it becomes the session that pages show.
func Create(tx *store.Tx, l *instance.Live, p CreateParams) (*Session, error) {
	u, err := users.Get(tx, l.Rules(), p.UserID)
	if err != nil {
		return nil, err
	}
	if u.Banned {
		return nil, apierr.UserBanned()
	}
	if p.ClientID == "" {
		if p.ClientID, err = createClient(tx); err != nil {
			return nil, err
		}
	}
	s := newSession(tx, l, p)
	if err := replaceOthers(tx, l, s); err != nil {
		return nil, err
	}
	if err := insert(tx, s); err != nil {
		return nil, err
	}
	if err := changed(tx, l, s.ClientID, &s.ID); err != nil {
		return nil, err
	}
	return s, tx.Emit("session.created", s.event(u))
}

// replaceOthers ends the sessions whose place a new one takes: all of the
// browser's where one user is signed in at a time, otherwise the user's own.
// Clerk has a status for that and documents no event.
func replaceOthers(tx *store.Tx, l *instance.Live, s *Session) error {
	list, err := usableOf(tx, s.ClientID)
	if err != nil {
		return err
	}
	for _, other := range list {
		if l.Config.Settings.MultiSession && other.UserID != s.UserID {
			continue
		}
		other.Status, other.UpdatedAt = Replaced, tx.NowMS()
		if err := update(tx, other); err != nil {
			return err
		}
	}
	return nil
}

func newSession(tx *store.Tx, l *instance.Live, p CreateParams) *Session {
	now := tx.NowMS()
	lifetime := l.Config.Settings.SessionLifetime * 1000
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	s := &Session{ID: tx.NewID("sess"), ClientID: p.ClientID, UserID: p.UserID, Status: Active,
		ExpireAt: now + lifetime, AbandonAt: now + max(lifetime, abandonAfter), CreatedAt: now, UpdatedAt: now}
	s.used(now, l)
	s.Actor, s.FirstFactorAt = p.Actor, &now
	if p.SecondFactor {
		s.SecondFactorAt = &now
	}
	origin := store.OriginOf(tx.Context())
	s.Activity = &Activity{ID: tx.NewID("sess_activity"), IPAddress: origin.ClientIP, UserAgent: origin.UserAgent}
	return s
}

// Get returns a session as it stands now: time alone can have ended it.
func Get(tx *store.Tx, id string) (*Session, error) {
	return get(tx, id)
}

// end gives an active session another status and emits the event; one that is
// over already stays as it is.
func end(tx *store.Tx, l *instance.Live, id string, status Status, event string) (*Session, error) {
	s, err := Get(tx, id)
	if err != nil || !s.usable() {
		return s, err
	}
	u, err := users.Get(tx, l.Rules(), s.UserID)
	if err != nil {
		return nil, err
	}
	s.Status, s.UpdatedAt = status, tx.NowMS()
	if err := update(tx, s); err != nil {
		return nil, err
	}
	if err := changed(tx, l, s.ClientID, nil); err != nil {
		return nil, err
	}
	return s, tx.Emit(event, s.event(u))
}

// Revoke ends a session from outside: session.revoked.
func Revoke(tx *store.Tx, l *instance.Live, id string) (*Session, error) {
	return end(tx, l, id, Revoked, "session.revoked")
}

// RevokeAll ends every session of a user, newest first.
func RevokeAll(tx *store.Tx, l *instance.Live, userID string) error {
	return each(tx, userID, func(s *Session) error {
		_, err := Revoke(tx, l, s.ID)
		return err
	})
}

// BanUser bans a user, which ends their sessions: user.updated, then
// session.revoked for each.
func BanUser(tx *store.Tx, l *instance.Live, userID string) (*users.User, error) {
	u, err := users.Ban(tx, l.Rules(), userID)
	if err != nil {
		return nil, err
	}
	return u, RevokeAll(tx, l, userID)
}

// DeleteUser removes a user with their sessions: session.removed for each active
// one, then user.deleted.
func DeleteUser(tx *store.Tx, l *instance.Live, userID string) (users.DeletedJSON, error) {
	if _, err := users.Get(tx, l.Rules(), userID); err != nil {
		return users.DeletedJSON{}, err
	}
	err := each(tx, userID, func(s *Session) error {
		_, err := end(tx, l, s.ID, Removed, "session.removed")
		return err
	})
	if err != nil {
		return users.DeletedJSON{}, err
	}
	if err := forget(tx, userID); err != nil {
		return users.DeletedJSON{}, err
	}
	return users.Delete(tx, l.Rules(), userID)
}

// usable tells whether the session can still act.
func (s *Session) usable() bool { return s.Status == Active || s.Status == Pending }

// Usable is usable as an error: Clerk treats a session that is over like one
// that never was.
func (s *Session) Usable() error {
	if !s.usable() {
		return apierr.SessionNotFound(s.ID)
	}
	return nil
}
