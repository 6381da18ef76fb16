package signin

import (
	"context"
	"errors"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// Service runs sign-ins and sign-ups, each step in a transaction of its own:
// passwords are hashed and checked outside of them.
type Service struct {
	db *store.Store
}

// New returns the service.
func New(db *store.Store) *Service { return &Service{db: db} }

// abandonAfter is how long an attempt can be gone on with, in milliseconds of
// instance time (docs: objects/sign-up).
const abandonAfter = 24 * 60 * 60 * 1000

// write runs fn and returns what it returned last.
func write[T any](ctx context.Context, s *Service, l *instance.Live, fn func(*store.Tx) (T, error)) (out T, err error) {
	err = s.db.Write(ctx, l.ID, func(tx *store.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

// read is write for what changes nothing.
func read[T any](ctx context.Context, s *Service, l *instance.Live, fn func(*store.Tx) (T, error)) (out T, err error) {
	err = s.db.Read(ctx, l.ID, func(tx *store.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

// errChanged tells that the password was changed while it was checked.
var errChanged = errors.New("signin: the password was changed meanwhile")

// patience is how often a password is checked anew when it changes meanwhile.
const patience = 3

// checked checks a password outside of the store and calls fn with the verdict,
// in a transaction in which that password is still the user's.
func checked[T any](ctx context.Context, s *Service, l *instance.Live, find func(*store.Tx) (*users.User, error), plain string,
	fn func(tx *store.Tx, u *users.User, right bool) (T, error)) (out T, err error) {
	for range patience {
		out, err = checkedOnce(ctx, s, l, find, plain, fn)
		if !errors.Is(err, errChanged) {
			return out, err
		}
	}
	return out, err
}

func checkedOnce[T any](ctx context.Context, s *Service, l *instance.Live, find func(*store.Tx) (*users.User, error), plain string,
	fn func(tx *store.Tx, u *users.User, right bool) (T, error)) (out T, err error) {
	credential, err := read(ctx, s, l, func(tx *store.Tx) (c users.Credential, err error) {
		u, err := find(tx)
		if err == nil {
			c = u.Credential()
		}
		return c, err
	})
	if err != nil {
		return out, err
	}
	right := false
	if credential != (users.Credential{}) {
		if right, err = credential.Verify(plain); err != nil {
			return out, err
		}
	}
	return write(ctx, s, l, func(tx *store.Tx) (out T, err error) {
		u, err := find(tx)
		if err != nil {
			return out, err
		}
		if u.Credential() != credential {
			return out, errChanged
		}
		return fn(tx, u, right)
	})
}

// mayAct refuses users who may not sign in.
func mayAct(u *users.User) error {
	switch {
	case u.Banned:
		return apierr.UserBanned()
	case u.Locked():
		return apierr.UserLocked(u.LockoutExpiresInSeconds())
	}
	return nil
}

// failed counts a failed attempt of a user and returns its error; the attempt
// that locks the user is answered with that.
func failed(tx *store.Tx, l *instance.Live, userID string, cause error) error {
	if err := users.RecordPasswordFailure(tx, l.Rules(), userID); err != nil {
		return err
	}
	u, err := users.Get(tx, l.Rules(), userID)
	if err != nil {
		return err
	}
	if u.Locked() {
		cause = apierr.UserLocked(u.LockoutExpiresInSeconds())
	}
	return apierr.Refused(cause)
}

// checkRoom refuses a browser that has a session already, where one is all that
// it may have, and a user who is signed in in it. userID may be "".
func checkRoom(tx *store.Tx, l *instance.Live, clientID, userID string) error {
	list, err := sessions.List(tx, sessions.Filter{ClientID: clientID, Status: sessions.Active, Limit: maxSessions})
	if err != nil {
		return err
	}
	for _, s := range list {
		if l.Config.Settings.SingleSessionMode() {
			return apierr.SingleModeSessionExists()
		}
		if s.UserID == userID {
			return apierr.AlreadySignedIn(s.ID)
		}
	}
	return nil
}

// maxSessions bounds what is looked at in one browser.
const maxSessions = 1000
