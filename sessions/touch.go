package sessions

import (
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// activityGrain is how far last_active_at may lag behind the tokens that an open
// page asks for, so that most of them write nothing.
const activityGrain = time.Minute

// Touch notes that a page uses a session: it becomes the one that the browser's
// pages show. organization is the one to work in from now on, "" for none, nil
// for the same. A session that is over is Clerk's error authentication_invalid:
// clerk-js then reads the client again.
func Touch(tx *store.Tx, l *instance.Live, clientID, id string, organization *string) (*Session, error) {
	s, err := acting(tx, clientID, id)
	if err != nil {
		return nil, err
	}
	if err := s.workIn(organization); err != nil {
		return nil, err
	}
	if err := s.touch(tx, l); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE client SET last_active_session_id = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), clientID, id)
	return s, err
}

// acting returns a session of a client that can act. One that is not there any
// more, because its user was deleted, is over like any other: for another answer
// than 401 an open page would go on showing who is gone.
func acting(tx *store.Tx, clientID, id string) (*Session, error) {
	s, err := OfClient(tx, clientID, id)
	if apierr.HasCode(err, "resource_not_found") || err == nil && !s.usable() {
		return nil, apierr.InvalidAuthentication()
	}
	return s, err
}

// workIn sets the active organization. There are none yet to choose.
func (s *Session) workIn(organization *string) error {
	if organization == nil {
		return nil
	}
	if *organization != "" {
		return apierr.OrganizationNotFoundOrUnauthorized()
	}
	s.LastActiveOrganizationID = nil
	return nil
}

// used moves the times that follow from activity.
func (s *Session) used(now int64, l *instance.Live) {
	s.LastActiveAt = now
	if inactivity := l.Config.Settings.SessionInactivity * 1000; inactivity > 0 {
		s.AbandonAt = now + inactivity
	}
}

func (s *Session) touch(tx *store.Tx, l *instance.Live) error {
	now := tx.NowMS()
	s.used(now, l)
	s.UpdatedAt = now
	if err := update(tx, s); err != nil {
		return err
	}
	return users.RecordActivity(tx, s.UserID)
}

// Stale tells whether asking for a token should be noted as activity.
func (v *SessionView) Stale() bool { return v.stale }

// NoteActivity notes that a page asked for a token of a session. One that is
// over by now stays as it is.
func NoteActivity(tx *store.Tx, l *instance.Live, id string) error {
	s, err := Get(tx, id)
	if err != nil || !s.usable() {
		return err
	}
	return s.touch(tx, l)
}

// TokenView reads what a token of a browser's session can say. organization is
// as in Touch, for this token alone.
func TokenView(tx *store.Tx, l *instance.Live, clientID, id string, organization *string) (*SessionView, error) {
	s, err := acting(tx, clientID, id)
	if err != nil {
		return nil, err
	}
	if err := s.workIn(organization); err != nil {
		return nil, err
	}
	return viewSession(tx, l, s)
}
