package users

import (
	"github.com/nightclerk/nightclerk/internal/store"
)

// before is what a user was when it was read, as far as saving must know.
type before struct {
	identifications map[string]Identification
	terms           []string
	twoFactor       bool
}

func (u *User) before() before {
	b := before{identifications: map[string]Identification{}, terms: u.terms(), twoFactor: u.TwoFactorEnabled()}
	for _, i := range u.identifications {
		b.identifications[i.ID] = *i
	}
	return b
}

// change reads a user, lets fn alter it in memory, saves what differs and emits
// user.updated: once per call, whether or not a value is another one now, as
// Clerk's API does.
func change(tx *store.Tx, rules Rules, id string, fn func(*User) error) (*User, error) {
	return alter(tx, rules, id, func(u *User) (bool, error) { return true, fn(u) })
}

// alter is change for what is not always worth an event: fn tells. Without one
// updated_at stays, so that a consumer never misses a version that it was not
// told of.
func alter(tx *store.Tx, rules Rules, id string, fn func(*User) (bool, error)) (*User, error) {
	u, err := loadUser(tx, rules, id)
	if err != nil {
		return nil, err
	}
	b := u.before()
	tell, err := fn(u)
	if err != nil {
		return nil, err
	}
	if tell {
		u.UpdatedAt = rising(u.UpdatedAt, u.now)
	}
	u.stampFactors(b)
	if err := save(tx, u, b); err != nil || !tell {
		return u, err
	}
	return u, tx.Emit("user.updated", u.Backend())
}

// stampFactors notes when the second factor came and went. Neither time is ever
// cleared (spec: User.mfa_enabled_at).
func (u *User) stampFactors(b before) {
	switch {
	case u.TwoFactorEnabled() && !b.twoFactor:
		u.doc.MFAEnabledAt = &u.now
	case !u.TwoFactorEnabled() && b.twoFactor:
		u.doc.MFADisabledAt = &u.now
	}
}

// save writes a user and what of its identifications and search terms differs
// from before.
func save(tx *store.Tx, u *User, b before) error {
	if err := updateUser(tx, u); err != nil {
		return err
	}
	if err := saveIdentifications(tx, u, b); err != nil {
		return err
	}
	return saveTerms(tx, u.ID, b.terms, u.terms())
}

// saveIdentifications removes first, so that an identifier may move from one
// identification to another.
func saveIdentifications(tx *store.Tx, u *User, b before) error {
	for id := range b.identifications {
		if u.identification(&id) == nil {
			if err := removeIdentification(tx, id); err != nil {
				return err
			}
		}
	}
	var added []*Identification
	for _, i := range u.identifications {
		old, known := b.identifications[i.ID]
		if !known {
			added = append(added, i)
			continue
		}
		if *i == old {
			continue
		}
		i.UpdatedAt = rising(old.UpdatedAt, u.now)
		if err := updateIdentification(tx, i); err != nil {
			return err
		}
	}
	return insertIdentifications(tx, added)
}

// rising is the time of a change: now, but always later than the change before,
// however the instance's clock is set, because consumers drop what is not newer.
func rising(last, now int64) int64 { return max(last+1, now) }
