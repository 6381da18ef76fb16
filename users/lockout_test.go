package users_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// fail records failed attempts as a sign-in does: refused, and yet committed.
func (e *env) fail(id string, times int) {
	e.t.Helper()
	for range times {
		err := e.write(func(tx *store.Tx) error {
			if err := users.RecordPasswordFailure(tx, e.rules, id); err != nil {
				return err
			}
			return apierr.Refused(apierr.IncorrectPassword())
		})
		wantError(e.t, err, "incorrect_password")
	}
}

func (e *env) wantLock(id string, locked bool, expires, remaining string) {
	e.t.Helper()
	u := e.get(id).Backend()
	wantMember(e.t, u, "locked", fmt.Sprint(locked))
	wantMember(e.t, u, "lockout_expires_in_seconds", expires)
	wantMember(e.t, u, "verification_attempts_remaining", remaining)
}

func TestFailuresLockForAWhile(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		e.fail(u.ID, 9)
		e.wantLock(u.ID, false, "null", "1")
		e.wantEvents()
		e.fail(u.ID, 1)
		e.wantLock(u.ID, true, "3600", "0")
		e.wantEvents("user.updated")
		e.clock.Advance(59*time.Minute + 59*time.Second + time.Millisecond)
		e.wantLock(u.ID, true, "1", "0")
		e.fail(u.ID, 1) // does not prolong it
		e.clock.Advance(999 * time.Millisecond)
		e.wantLock(u.ID, false, "null", "10")
		e.fail(u.ID, 1)
		e.wantLock(u.ID, false, "null", "9")
		e.wantEvents()
	})
}

func TestASuccessForgetsFailures(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		e.fail(u.ID, 5)
		must(e, func(tx *store.Tx) (any, error) { return nil, users.ResetFailures(tx, e.rules, u.ID) })
		e.wantLock(u.ID, false, "null", "10")
		e.fail(u.ID, 5)
		e.clock.Advance(25 * time.Hour)
		must(e, func(tx *store.Tx) (any, error) { return nil, users.RecordSignIn(tx, e.rules, u.ID) })
		e.wantLock(u.ID, false, "null", "10")
		got := e.get(u.ID).Backend()
		wantMember(e.t, got, "last_sign_in_at", fmt.Sprint(start.Add(25*time.Hour).UnixMilli()))
		wantMember(e.t, got, "last_active_at", fmt.Sprint(start.Add(25*time.Hour).Truncate(24*time.Hour).UnixMilli()))
		wantMember(e.t, got, "updated_at", fmt.Sprint(u.UpdatedAt))
		e.wantEvents()
	})
}

func TestAnAdministratorLocksAndUnlocks(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		e.fail(u.ID, 3)
		must(e, func(tx *store.Tx) (*users.User, error) { return users.Lock(tx, e.rules, u.ID) })
		e.wantLock(u.ID, true, "3600", "7") // attempts remain (spec: User)
		e.clock.Advance(time.Hour)
		e.wantLock(u.ID, false, "null", "7")
		e.rules.Lockout.Duration = 0
		must(e, func(tx *store.Tx) (*users.User, error) { return users.Lock(tx, e.rules, u.ID) })
		e.clock.Advance(1000 * time.Hour)
		e.wantLock(u.ID, true, "null", "7")
		must(e, func(tx *store.Tx) (*users.User, error) { return users.Unlock(tx, e.rules, u.ID) })
		e.wantLock(u.ID, false, "null", "10")
		e.wantEvents("user.updated", "user.updated", "user.updated")
	})
}

func TestWithoutLockoutNobodyIsLocked(t *testing.T) {
	each(t, func(e *env) {
		e.rules.Lockout.MaxAttempts = 0
		u := e.user("a@example.com")
		e.fail(u.ID, 20)
		e.wantLock(u.ID, false, "null", "null")
		_, err := in(e, func(tx *store.Tx) (*users.User, error) { return users.Lock(tx, e.rules, u.ID) })
		wantError(e.t, err, "feature_not_enabled")
		_, err = e.tryCreate(users.CreateParams{EmailAddress: []string{"b@example.com"}, Locked: new(true)})
		wantError(e.t, err, "feature_not_enabled")
	})
}

func TestAUserMayBeMadeBannedAndLocked(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, Banned: new(true), Locked: new(true)})
		e.wantLock(u.ID, true, "3600", "10")
		if !e.get(u.ID).Banned {
			e.t.Error("not banned")
		}
		u = must(e, func(tx *store.Tx) (*users.User, error) { return users.Unban(tx, e.rules, u.ID) })
		if u.Banned || e.get(u.ID).Banned {
			e.t.Error("still banned")
		}
		must(e, func(tx *store.Tx) (*users.User, error) { return users.Ban(tx, e.rules, u.ID) })
		if e.count(users.Filter{Banned: new(true)}) != 1 || e.count(users.Filter{Banned: new(false)}) != 0 {
			e.t.Error("the ban is not found")
		}
		e.wantEvents("user.created", "user.updated", "user.updated")
	})
}
