package users

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/internal/store"
)

// User is a user as it stood when it was read. Times are Unix milliseconds of
// instance time.
type User struct {
	ID                    string
	ExternalID            *string
	Username              *string
	FirstName             *string
	LastName              *string
	PrimaryEmailAddressID *string
	PrimaryPhoneNumberID  *string
	Banned                bool
	LastSignInAt          *int64
	LastActiveAt          *int64 // the latest session activity, to the millisecond
	CreatedAt             int64
	UpdatedAt             int64

	doc doc
	// identifications are in the order in which they were added.
	identifications []*Identification

	instance string
	rules    Rules
	now      int64 // instance time of the transaction that read it
	pinned   bool  // a new one whose id was given
}

// doc is what of a user is neither queried, ordered by nor unique.
type doc struct {
	Locale                    *string         `json:"locale,omitempty"`
	ImageURL                  *string         `json:"image_url,omitempty"`
	PublicMetadata            json.RawMessage `json:"public_metadata,omitempty"`
	PrivateMetadata           json.RawMessage `json:"private_metadata,omitempty"`
	UnsafeMetadata            json.RawMessage `json:"unsafe_metadata,omitempty"`
	Password                  *password       `json:"password,omitempty"`
	TOTPSecret                string          `json:"totp_secret,omitempty"`
	BackupCodes               []string        `json:"backup_codes,omitempty"` // digests
	MFAEnabledAt              *int64          `json:"mfa_enabled_at,omitempty"`
	MFADisabledAt             *int64          `json:"mfa_disabled_at,omitempty"`
	FailedAttempts            int             `json:"failed_attempts,omitempty"`
	Lock                      *lock           `json:"lock,omitempty"`
	LegalAcceptedAt           *int64          `json:"legal_accepted_at,omitempty"`
	DeleteSelfEnabled         *bool           `json:"delete_self_enabled,omitempty"`
	CreateOrganizationEnabled *bool           `json:"create_organization_enabled,omitempty"`
	CreateOrganizationsLimit  *int64          `json:"create_organizations_limit,omitempty"`
	BypassClientTrust         bool            `json:"bypass_client_trust,omitempty"`
}

// password is a stored password.
type password struct {
	Hasher      string `json:"hasher"`
	Digest      string `json:"digest"`
	UpdatedAt   int64  `json:"updated_at"`
	Compromised bool   `json:"compromised,omitempty"`
}

// Get returns a user.
func Get(tx *store.Tx, rules Rules, id string) (*User, error) {
	return loadUser(tx, rules, id)
}

// PasswordEnabled tells whether the user has a password.
func (u *User) PasswordEnabled() bool { return u.doc.Password != nil }

// PasswordCompromised tells whether the password must be reset before it can be
// used again.
func (u *User) PasswordCompromised() bool {
	return u.doc.Password != nil && u.doc.Password.Compromised
}

// TOTPEnabled tells whether the user has an authenticator app.
func (u *User) TOTPEnabled() bool { return u.doc.TOTPSecret != "" }

// BackupCodeEnabled tells whether the user has backup codes left.
func (u *User) BackupCodeEnabled() bool { return len(u.doc.BackupCodes) > 0 }

// TwoFactorEnabled tells whether sign-in asks for a second factor: an
// authenticator app or a phone number that is reserved for it. Backup codes
// only stand in for one of them.
func (u *User) TwoFactorEnabled() bool {
	return u.TOTPEnabled() || u.secondFactorPhone() != nil
}

// DeleteSelfEnabled tells whether the user may delete their own account.
func (u *User) DeleteSelfEnabled() bool { return orRule(u.doc.DeleteSelfEnabled, u.rules.DeleteSelf) }

// CreateOrganizationEnabled tells whether the user may create organizations.
func (u *User) CreateOrganizationEnabled() bool {
	return orRule(u.doc.CreateOrganizationEnabled, u.rules.CreateOrganization)
}

// PublicMetadata is a JSON object.
func (u *User) PublicMetadata() json.RawMessage { return objectOf(u.doc.PublicMetadata) }

// PrivateMetadata is a JSON object.
func (u *User) PrivateMetadata() json.RawMessage { return objectOf(u.doc.PrivateMetadata) }

// UnsafeMetadata is a JSON object.
func (u *User) UnsafeMetadata() json.RawMessage { return objectOf(u.doc.UnsafeMetadata) }

// EmailAddresses are the user's addresses, oldest first.
func (u *User) EmailAddresses() []*EmailAddress {
	return ofType(u, emailAddress, func(i *Identification) *EmailAddress { return (*EmailAddress)(i) })
}

// PhoneNumbers are the user's phone numbers, oldest first.
func (u *User) PhoneNumbers() []*PhoneNumber {
	return ofType(u, phoneNumber, func(i *Identification) *PhoneNumber { return (*PhoneNumber)(i) })
}

func ofType[T any](u *User, t Type, as func(*Identification) *T) []*T {
	out := []*T{}
	for _, i := range u.identifications {
		if i.Type == t {
			out = append(out, as(i))
		}
	}
	return out
}

// PrimaryEmailAddress is the primary address, nil without one.
func (u *User) PrimaryEmailAddress() *EmailAddress {
	return (*EmailAddress)(u.identification(u.PrimaryEmailAddressID))
}

// PrimaryPhoneNumber is the primary phone number, nil without one.
func (u *User) PrimaryPhoneNumber() *PhoneNumber {
	return (*PhoneNumber)(u.identification(u.PrimaryPhoneNumberID))
}

func (u *User) identification(id *string) *Identification {
	for _, i := range u.identifications {
		if id != nil && i.ID == *id {
			return i
		}
	}
	return nil
}

// orRule is a user's own setting, or the instance's.
func orRule(own *bool, rule bool) bool {
	if own != nil {
		return *own
	}
	return rule
}

func objectOf(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}
