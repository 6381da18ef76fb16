package users

import (
	"regexp"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// PhoneNumber is a phone number of a user.
type PhoneNumber Identification

// PhoneNumberJSON is a phone number as Clerk spells it (spec: PhoneNumber).
type PhoneNumberJSON struct {
	ID                      string            `json:"id"`
	Object                  string            `json:"object"`
	PhoneNumber             string            `json:"phone_number"`
	ReservedForSecondFactor bool              `json:"reserved_for_second_factor"`
	DefaultSecondFactor     bool              `json:"default_second_factor"`
	Reserved                bool              `json:"reserved"`
	Verification            *VerificationJSON `json:"verification"`
	LinkedTo                []struct{}        `json:"linked_to"`
	BackupCodes             []string          `json:"backup_codes"`
	CreatedAt               int64             `json:"created_at"`
	UpdatedAt               int64             `json:"updated_at"`
}

// Backend returns the number as the Backend API and webhooks spell it.
func (p *PhoneNumber) Backend() PhoneNumberJSON {
	return PhoneNumberJSON{ID: p.ID, Object: string(p.Type), PhoneNumber: p.Value,
		ReservedForSecondFactor: p.ReservedForSecondFactor, DefaultSecondFactor: p.DefaultSecondFactor, Reserved: p.Status == Reserved,
		Verification: (*Identification)(p).verification(), LinkedTo: []struct{}{}, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
}

// PhoneParams add a phone number to a user. It is unverified unless Verified
// says otherwise.
type PhoneParams struct {
	UserID                  string `json:"user_id"`
	PhoneNumber             string `json:"phone_number"`
	Verified                *bool  `json:"verified"`
	Primary                 *bool  `json:"primary"`
	ReservedForSecondFactor *bool  `json:"reserved_for_second_factor"`
}

// PhoneUpdate changes a phone number; nil leaves as it is.
type PhoneUpdate struct {
	Verified                *bool `json:"verified"`
	Primary                 *bool `json:"primary"`
	ReservedForSecondFactor *bool `json:"reserved_for_second_factor"`
	// DefaultSecondFactor is the Frontend API's alone.
	DefaultSecondFactor *bool `json:"-"`
}

// CreatePhoneNumber adds a phone number to a user and emits user.updated.
func CreatePhoneNumber(tx *store.Tx, rules Rules, p PhoneParams) (*PhoneNumber, error) {
	n := newIdentification{userID: p.UserID, typ: phoneNumber, value: p.PhoneNumber, status: declared(p.Verified),
		primary: is(p.Primary), secondFactor: p.ReservedForSecondFactor}
	if is(p.ReservedForSecondFactor) && n.status != Verified {
		return nil, apierr.CreateSecondFactorUnverified()
	}
	i, err := createIdentification(tx, rules, n)
	return (*PhoneNumber)(i), err
}

// GetPhoneNumber returns a phone number.
func GetPhoneNumber(tx *store.Tx, id string) (*PhoneNumber, error) {
	i, err := findIdentification(tx, phoneNumber, id)
	return (*PhoneNumber)(i), err
}

// UpdatePhoneNumber verifies a phone number, makes it the primary one or a
// second factor, and emits user.updated.
func UpdatePhoneNumber(tx *store.Tx, rules Rules, id string, p PhoneUpdate) (*PhoneNumber, error) {
	i, err := changeIdentification(tx, rules, phoneNumber, id, func(u *User, i *Identification) error {
		return p.apply(tx, u, i)
	})
	return (*PhoneNumber)(i), err
}

func (p PhoneUpdate) apply(tx *store.Tx, u *User, i *Identification) error {
	if err := (identificationUpdate{p.Verified, p.Primary}).apply(tx, u, i); err != nil {
		return err
	}
	if i.Status != Verified {
		if is(p.ReservedForSecondFactor) || is(p.DefaultSecondFactor) {
			return apierr.UpdateSecondFactorUnverified()
		}
		i.ReservedForSecondFactor = false
	}
	if err := u.reserveForSecondFactor(i, p.ReservedForSecondFactor); err != nil {
		return err
	}
	return u.makeDefaultSecondFactor(i, p.DefaultSecondFactor)
}

// DeletePhoneNumber removes a phone number and emits user.updated. The last
// thing that a user can sign in with stays.
func DeletePhoneNumber(tx *store.Tx, rules Rules, id string) (DeletedJSON, error) {
	return deleteIdentification(tx, rules, phoneNumber, id)
}

// ReplacePhoneNumbers leaves a user with a single, primary phone number, which
// is no second factor, and emits user.updated. An empty status is verified.
func ReplacePhoneNumbers(tx *store.Tx, rules Rules, userID, number string, status Status) (*PhoneNumber, error) {
	if err := status.check("identification_status"); err != nil {
		return nil, err
	}
	n := newIdentification{userID: userID, typ: phoneNumber, value: number, status: status.orVerified()}
	i, err := replaceIdentifications(tx, rules, n)
	return (*PhoneNumber)(i), err
}

// reserveForSecondFactor makes a number a second factor, which it can only be
// instead of a first one.
func (u *User) reserveForSecondFactor(i *Identification, reserved *bool) error {
	if reserved == nil {
		u.electSecondFactor()
		return nil
	}
	if *reserved && !i.ReservedForSecondFactor && u.identifiers(i) == 0 {
		return apierr.LastIdentificationSetFor2FAFailed()
	}
	i.ReservedForSecondFactor = *reserved
	u.electSecondFactor()
	return nil
}

// makeDefaultSecondFactor prefers one number to the other second factors.
func (u *User) makeDefaultSecondFactor(i *Identification, preferred *bool) error {
	switch {
	case preferred == nil || *preferred == i.DefaultSecondFactor:
		return nil
	case !*preferred:
		return apierr.FormNotAllowedToDisableDefaultSecondFactor("default_second_factor")
	case !i.ReservedForSecondFactor:
		return apierr.FormConditionalParamMissing("reserved_for_second_factor", "default_second_factor")
	}
	for _, o := range u.identifications {
		o.DefaultSecondFactor = o == i
	}
	return nil
}

// electSecondFactor keeps exactly one of the numbers that are second factors the
// default one: the oldest, unless another was chosen.
func (u *User) electSecondFactor() {
	chosen := u.secondFactorPhone()
	for _, i := range u.identifications {
		i.DefaultSecondFactor = i == chosen
	}
}

// secondFactorPhone is the default among the numbers that are second factors.
func (u *User) secondFactorPhone() *Identification {
	var first *Identification
	for _, i := range u.identifications {
		if !i.ReservedForSecondFactor {
			continue
		}
		if i.DefaultSecondFactor {
			return i
		}
		if first == nil {
			first = i
		}
	}
	return first
}

var (
	e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	// phoneNoise is how people group the digits of a number.
	phoneNoise = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "")
)

// normalizePhone returns a number in E.164 form.
func normalizePhone(param, number string) (string, *apierr.Error) {
	if err := encoding(param, number); err != nil {
		return "", err
	}
	number = phoneNoise.Replace(number)
	if !e164.MatchString(number) {
		return "", apierr.FormInvalidPhoneNumber(param)
	}
	return number, nil
}
