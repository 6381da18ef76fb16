package users

import (
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Verification is how an identifier of a new user was proven, where it was not
// the Backend API that declared it.
type Verification struct {
	// Strategy is email_code, email_link, phone_code, …
	Strategy string `json:"strategy,omitempty"`
	Attempts *int64 `json:"attempts,omitempty"`
	// ExpireAt is until when it could have been proven, in instance time.
	ExpireAt *int64 `json:"expire_at,omitempty"`
}

// CheckField checks what a sign-up says of a user who does not exist yet, by the
// name of the parameter: email_address, first_name, last_name, phone_number or
// username. It returns the form in which the value is kept. What the instance
// has switched off is unknown, and what somebody has is refused.
func CheckField(tx *store.Tx, rules Rules, param, value string) (string, error) {
	attributes := map[string]Attribute{"email_address": rules.EmailAddress, "first_name": rules.FirstName, "last_name": rules.LastName,
		"phone_number": rules.PhoneNumber, "username": rules.Username}
	if !attributes[param].Enabled {
		return "", apierr.FormUnknownParameter(param)
	}
	switch t := Type(param); t {
	case emailAddress, phoneNumber:
		kept, err := t.normalize(param, value)
		if err != nil {
			return "", err
		}
		return kept, checkNobodyHas(tx, param, claimedQuery(t), fold(kept))
	}
	value = strings.TrimSpace(value)
	if param != "username" {
		return value, apierr.Join(checkText(param, value))
	}
	if err := rules.checkUsername(value); err != nil {
		return "", err
	}
	return value, checkNobodyHas(tx, param, usernameQuery, fold(value))
}

func checkNobodyHas(tx *store.Tx, param, query, folded string) error {
	taken, err := holders(tx, query, []string{folded})
	if err == nil && len(taken) > 0 {
		return apierr.FormIdentifierExists(param)
	}
	return err
}

// CheckNewPassword tells whether a user may choose a password.
func (r Rules) CheckNewPassword(plain string) error {
	return apierr.Join(newPassword{plain: &plain}.checkPlain(r))
}

// Prove verifies an identification that its user has proven by a code or link,
// and emits user.updated. A verified one stays as it is, silently.
func Prove(tx *store.Tx, rules Rules, userID, identificationID string, v Verification) error {
	_, err := alter(tx, rules, userID, func(u *User) (bool, error) {
		i := u.identification(&identificationID)
		if i == nil || i.Status == Verified {
			return false, nil
		}
		if i.Status == Unverified {
			if err := checkFree(tx, u, i); err != nil {
				return false, err
			}
		}
		i.Status, i.Verification = Verified, v
		return true, nil
	})
	return err
}
