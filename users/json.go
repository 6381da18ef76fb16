package users

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// JSON is a user as the Backend API and webhooks spell it (spec: User). The
// optional fields organization_memberships, deprovisioned and scim are left
// out, as in bodies that Clerk really sends.
type JSON struct {
	ID                            string             `json:"id"`
	Object                        string             `json:"object"`
	ExternalID                    *string            `json:"external_id"`
	PrimaryEmailAddressID         *string            `json:"primary_email_address_id"`
	PrimaryPhoneNumberID          *string            `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID           *string            `json:"primary_web3_wallet_id"`
	Username                      *string            `json:"username"`
	FirstName                     *string            `json:"first_name"`
	LastName                      *string            `json:"last_name"`
	Locale                        *string            `json:"locale"`
	ProfileImageURL               string             `json:"profile_image_url"`
	ImageURL                      string             `json:"image_url"`
	HasImage                      bool               `json:"has_image"`
	PublicMetadata                json.RawMessage    `json:"public_metadata"`
	PrivateMetadata               json.RawMessage    `json:"private_metadata"`
	UnsafeMetadata                json.RawMessage    `json:"unsafe_metadata"`
	EmailAddresses                []EmailAddressJSON `json:"email_addresses"`
	PhoneNumbers                  []PhoneNumberJSON  `json:"phone_numbers"`
	Web3Wallets                   []struct{}         `json:"web3_wallets"`
	Passkeys                      []struct{}         `json:"passkeys"`
	PasswordEnabled               bool               `json:"password_enabled"`
	TwoFactorEnabled              bool               `json:"two_factor_enabled"`
	TOTPEnabled                   bool               `json:"totp_enabled"`
	BackupCodeEnabled             bool               `json:"backup_code_enabled"`
	MFAEnabledAt                  *int64             `json:"mfa_enabled_at"`
	MFADisabledAt                 *int64             `json:"mfa_disabled_at"`
	PasswordLastUpdatedAt         *int64             `json:"password_last_updated_at"`
	ExternalAccounts              []struct{}         `json:"external_accounts"`
	SAMLAccounts                  []struct{}         `json:"saml_accounts"`
	EnterpriseAccounts            []struct{}         `json:"enterprise_accounts"`
	LastSignInAt                  *int64             `json:"last_sign_in_at"`
	Banned                        bool               `json:"banned"`
	Locked                        bool               `json:"locked"`
	LockoutExpiresInSeconds       *int64             `json:"lockout_expires_in_seconds"`
	VerificationAttemptsRemaining *int64             `json:"verification_attempts_remaining"`
	UpdatedAt                     int64              `json:"updated_at"`
	CreatedAt                     int64              `json:"created_at"`
	DeleteSelfEnabled             bool               `json:"delete_self_enabled"`
	CreateOrganizationEnabled     bool               `json:"create_organization_enabled"`
	CreateOrganizationsLimit      *int64             `json:"create_organizations_limit"`
	LastActiveAt                  *int64             `json:"last_active_at"`
	LegalAcceptedAt               *int64             `json:"legal_accepted_at"`
	BypassClientTrust             bool               `json:"bypass_client_trust"`
}

// DeletedJSON is what is left of a deleted user, e-mail address or phone number
// (spec: DeletedObject).
type DeletedJSON struct {
	Object     string  `json:"object"`
	ID         string  `json:"id"`
	Deleted    bool    `json:"deleted"`
	ExternalID *string `json:"external_id,omitempty"`
}

// Backend returns the user as the Backend API and webhooks spell it.
func (u *User) Backend() JSON {
	image := u.ImageURL()
	out := JSON{
		ID: u.ID, Object: "user", ExternalID: u.ExternalID,
		PrimaryEmailAddressID: u.PrimaryEmailAddressID, PrimaryPhoneNumberID: u.PrimaryPhoneNumberID,
		Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Locale: u.doc.Locale,
		ProfileImageURL: image, ImageURL: image, HasImage: u.HasImage(),
		PublicMetadata: u.PublicMetadata(), PrivateMetadata: u.PrivateMetadata(), UnsafeMetadata: u.UnsafeMetadata(),
		EmailAddresses: []EmailAddressJSON{}, PhoneNumbers: []PhoneNumberJSON{},
		Web3Wallets: []struct{}{}, Passkeys: []struct{}{},
		PasswordEnabled: u.PasswordEnabled(), TwoFactorEnabled: u.TwoFactorEnabled(),
		TOTPEnabled: u.TOTPEnabled(), BackupCodeEnabled: u.BackupCodeEnabled(),
		MFAEnabledAt: u.doc.MFAEnabledAt, MFADisabledAt: u.doc.MFADisabledAt,
		ExternalAccounts: []struct{}{}, SAMLAccounts: []struct{}{}, EnterpriseAccounts: []struct{}{},
		LastSignInAt: u.LastSignInAt, Banned: u.Banned,
		Locked: u.Locked(), LockoutExpiresInSeconds: u.LockoutExpiresInSeconds(), VerificationAttemptsRemaining: u.attemptsRemaining(),
		UpdatedAt: u.UpdatedAt, CreatedAt: u.CreatedAt,
		DeleteSelfEnabled: u.DeleteSelfEnabled(), CreateOrganizationEnabled: u.CreateOrganizationEnabled(),
		CreateOrganizationsLimit: u.doc.CreateOrganizationsLimit,
		LastActiveAt:             dayOf(u.LastActiveAt), LegalAcceptedAt: u.doc.LegalAcceptedAt, BypassClientTrust: u.doc.BypassClientTrust,
	}
	if p := u.doc.Password; p != nil {
		out.PasswordLastUpdatedAt = &p.UpdatedAt
	}
	for _, e := range u.EmailAddresses() {
		out.EmailAddresses = append(out.EmailAddresses, e.Backend())
	}
	for _, p := range u.PhoneNumbers() {
		out.PhoneNumbers = append(out.PhoneNumbers, p.Backend())
	}
	return out
}

// dayOf cuts a time to the day it is in, as Clerk does with last_active_at.
func dayOf(ms *int64) *int64 {
	if ms == nil {
		return nil
	}
	day := time.UnixMilli(*ms).UTC().Truncate(24 * time.Hour).UnixMilli()
	return &day
}

// HasImage tells whether the user has a picture of their own.
func (u *User) HasImage() bool { return u.doc.ImageURL != nil }

// ImageURL is the user's picture, or the address of one with their initials.
func (u *User) ImageURL() string {
	if u.doc.ImageURL != nil {
		return *u.doc.ImageURL
	}
	return AvatarURL(u.rules.ImageBase, u.instance, u.ID, u.initials())
}

// AvatarURL is the address of a generated picture. As at img.clerk.com its name
// says what is on it: base64url of a JSON object.
func AvatarURL(base, instance, resource, initials string) string {
	name, _ := json.Marshal(struct { // four strings cannot fail
		Type     string `json:"type"`
		Instance string `json:"iid"`
		Resource string `json:"rid"`
		Initials string `json:"initials,omitempty"`
	}{"default", instance, resource, initials})
	return base + base64.RawURLEncoding.EncodeToString(name)
}

func (u *User) initials() string {
	var b strings.Builder
	for _, name := range []*string{u.FirstName, u.LastName} {
		if name == nil {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(*name); r != utf8.RuneError {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// SubjectID is the user that a webhook with this data is about.
func (j JSON) SubjectID() string { return j.ID }
