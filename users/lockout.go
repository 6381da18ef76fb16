package users

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// lock keeps a user from signing in; without ExpireAt until somebody unlocks.
type lock struct {
	ExpireAt *int64 `json:"expire_at,omitempty"`
}

// settleLock forgets a lock whose time is over, and with it the failures that
// led to it.
func (u *User) settleLock() {
	l := u.doc.Lock
	if l == nil || l.ExpireAt == nil || *l.ExpireAt > u.now {
		return
	}
	u.doc.Lock = nil
	if u.doc.FailedAttempts >= u.rules.Lockout.MaxAttempts {
		u.doc.FailedAttempts = 0
	}
}

// Locked tells whether the user may not sign in for now.
func (u *User) Locked() bool { return u.doc.Lock != nil }

// LockoutExpiresInSeconds is how long a lock still lasts; nil for one without
// end, and for a user that is not locked.
func (u *User) LockoutExpiresInSeconds() *int64 {
	if u.doc.Lock == nil || u.doc.Lock.ExpireAt == nil {
		return nil
	}
	seconds := (*u.doc.Lock.ExpireAt - u.now + 999) / 1000
	return &seconds
}

// attemptsRemaining is nil where lockout is off.
func (u *User) attemptsRemaining() *int64 {
	if u.rules.Lockout.MaxAttempts == 0 {
		return nil
	}
	n := int64(max(0, u.rules.Lockout.MaxAttempts-u.doc.FailedAttempts))
	return &n
}

func (u *User) lock() {
	u.doc.Lock = &lock{}
	if d := u.rules.Lockout.Duration; d > 0 {
		at := u.now + d.Milliseconds()
		u.doc.Lock.ExpireAt = &at
	}
}

// Ban keeps a user from signing in and emits user.updated. The caller ends the
// user's sessions.
func Ban(tx *store.Tx, rules Rules, id string) (*User, error) {
	return setBanned(tx, rules, id, true)
}

// Unban takes a ban back and emits user.updated.
func Unban(tx *store.Tx, rules Rules, id string) (*User, error) {
	return setBanned(tx, rules, id, false)
}

func setBanned(tx *store.Tx, rules Rules, id string, banned bool) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		u.Banned = banned
		return nil
	})
}

// Lock locks a user for the instance's lockout duration, from now on, and emits
// user.updated. Sessions go on (spec: LockUser).
func Lock(tx *store.Tx, rules Rules, id string) (*User, error) {
	if rules.Lockout.MaxAttempts == 0 {
		return nil, apierr.FeatureNotEnabled()
	}
	return change(tx, rules, id, func(u *User) error {
		u.lock()
		return nil
	})
}

// Unlock takes a lock back, with the failures so far, and emits user.updated.
func Unlock(tx *store.Tx, rules Rules, id string) (*User, error) {
	if rules.Lockout.MaxAttempts == 0 {
		return nil, apierr.FeatureNotEnabled()
	}
	return change(tx, rules, id, func(u *User) error {
		u.doc.Lock, u.doc.FailedAttempts = nil, 0
		return nil
	})
}

// RecordPasswordFailure counts a failed attempt to prove a factor; the caller
// answers it with apierr.Refused, so that it counts. The attempt that locks the
// user emits user.updated.
func RecordPasswordFailure(tx *store.Tx, rules Rules, id string) error {
	if rules.Lockout.MaxAttempts == 0 {
		return nil
	}
	_, err := alter(tx, rules, id, func(u *User) (bool, error) {
		u.doc.FailedAttempts++
		if u.Locked() || u.doc.FailedAttempts < rules.Lockout.MaxAttempts {
			return false, nil
		}
		u.lock()
		return true, nil
	})
	return err
}

// ResetFailures forgets the failed attempts, as a successful one does.
func ResetFailures(tx *store.Tx, rules Rules, id string) error {
	_, err := alter(tx, rules, id, func(u *User) (bool, error) {
		u.doc.FailedAttempts = 0
		return false, nil
	})
	return err
}

// RecordSignIn notes a finished sign-in. It emits nothing: Clerk documents no
// user.updated for it.
func RecordSignIn(tx *store.Tx, rules Rules, id string) error {
	_, err := alter(tx, rules, id, func(u *User) (bool, error) {
		u.LastSignInAt, u.LastActiveAt, u.doc.FailedAttempts = &u.now, &u.now, 0
		return false, nil
	})
	return err
}

// RecordActivity notes that one of the user's sessions is in use. It emits
// nothing.
func RecordActivity(tx *store.Tx, id string) error {
	_, err := tx.Exec(`UPDATE users SET last_active_at = $3 WHERE instance_id = $1 AND id = $2`, tx.Instance(), id, tx.NowMS())
	return err
}
