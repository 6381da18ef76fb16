package users

import "encoding/json"

// FrontendJSON is a user as their own browser sees them (spec: Client.User):
// without private metadata, with their organization memberships.
type FrontendJSON struct {
	ID                            string             `json:"id"`
	Object                        string             `json:"object"`
	Username                      *string            `json:"username"`
	FirstName                     *string            `json:"first_name"`
	LastName                      *string            `json:"last_name"`
	Locale                        *string            `json:"locale"`
	ImageURL                      string             `json:"image_url"`
	HasImage                      bool               `json:"has_image"`
	PrimaryEmailAddressID         *string            `json:"primary_email_address_id"`
	PrimaryPhoneNumberID          *string            `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID           *string            `json:"primary_web3_wallet_id"`
	PasswordEnabled               bool               `json:"password_enabled"`
	TwoFactorEnabled              bool               `json:"two_factor_enabled"`
	TOTPEnabled                   bool               `json:"totp_enabled"`
	BackupCodeEnabled             bool               `json:"backup_code_enabled"`
	EmailAddresses                []EmailAddressJSON `json:"email_addresses"`
	PhoneNumbers                  []PhoneNumberJSON  `json:"phone_numbers"`
	Web3Wallets                   []struct{}         `json:"web3_wallets"`
	Passkeys                      []struct{}         `json:"passkeys"`
	OrganizationMemberships       []struct{}         `json:"organization_memberships"`
	ExternalAccounts              []struct{}         `json:"external_accounts"`
	SAMLAccounts                  []struct{}         `json:"saml_accounts"`
	EnterpriseAccounts            []struct{}         `json:"enterprise_accounts"`
	PasswordLastUpdatedAt         *int64             `json:"password_last_updated_at"`
	PublicMetadata                json.RawMessage    `json:"public_metadata"`
	UnsafeMetadata                json.RawMessage    `json:"unsafe_metadata"`
	ExternalID                    *string            `json:"external_id"`
	LastSignInAt                  *int64             `json:"last_sign_in_at"`
	Banned                        bool               `json:"banned"`
	Locked                        bool               `json:"locked"`
	LockoutExpiresInSeconds       *int64             `json:"lockout_expires_in_seconds"`
	VerificationAttemptsRemaining *int64             `json:"verification_attempts_remaining"`
	CreatedAt                     int64              `json:"created_at"`
	UpdatedAt                     int64              `json:"updated_at"`
	DeleteSelfEnabled             bool               `json:"delete_self_enabled"`
	CreateOrganizationEnabled     bool               `json:"create_organization_enabled"`
	CreateOrganizationsLimit      *int64             `json:"create_organizations_limit"`
	LastActiveAt                  *int64             `json:"last_active_at"`
	MFAEnabledAt                  *int64             `json:"mfa_enabled_at"`
	MFADisabledAt                 *int64             `json:"mfa_disabled_at"`
	LegalAcceptedAt               *int64             `json:"legal_accepted_at"`
	ProfileImageURL               string             `json:"profile_image_url"`
}

// Frontend returns the user as the Frontend API spells them. It says what
// Backend says, as far as it says it.
func (u *User) Frontend() FrontendJSON {
	b := u.Backend()
	return FrontendJSON{
		ID: b.ID, Object: b.Object, Username: b.Username, FirstName: b.FirstName, LastName: b.LastName, Locale: b.Locale,
		ImageURL: b.ImageURL, HasImage: b.HasImage,
		PrimaryEmailAddressID: b.PrimaryEmailAddressID, PrimaryPhoneNumberID: b.PrimaryPhoneNumberID, PrimaryWeb3WalletID: b.PrimaryWeb3WalletID,
		PasswordEnabled: b.PasswordEnabled, TwoFactorEnabled: b.TwoFactorEnabled, TOTPEnabled: b.TOTPEnabled, BackupCodeEnabled: b.BackupCodeEnabled,
		EmailAddresses: b.EmailAddresses, PhoneNumbers: b.PhoneNumbers, Web3Wallets: b.Web3Wallets, Passkeys: b.Passkeys,
		OrganizationMemberships: []struct{}{}, ExternalAccounts: b.ExternalAccounts, SAMLAccounts: b.SAMLAccounts, EnterpriseAccounts: b.EnterpriseAccounts,
		PasswordLastUpdatedAt: b.PasswordLastUpdatedAt, PublicMetadata: b.PublicMetadata, UnsafeMetadata: b.UnsafeMetadata,
		ExternalID: b.ExternalID, LastSignInAt: b.LastSignInAt, Banned: b.Banned, Locked: b.Locked,
		LockoutExpiresInSeconds: b.LockoutExpiresInSeconds, VerificationAttemptsRemaining: b.VerificationAttemptsRemaining,
		CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt, DeleteSelfEnabled: b.DeleteSelfEnabled,
		CreateOrganizationEnabled: b.CreateOrganizationEnabled, CreateOrganizationsLimit: b.CreateOrganizationsLimit,
		LastActiveAt: b.LastActiveAt, MFAEnabledAt: b.MFAEnabledAt, MFADisabledAt: b.MFADisabledAt,
		LegalAcceptedAt: b.LegalAcceptedAt, ProfileImageURL: b.ProfileImageURL,
	}
}

// PublicUserData is what of a user is shown beside a session or membership
// (spec: Client.PublicUserData).
type PublicUserData struct {
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	ImageURL        string  `json:"image_url"`
	HasImage        bool    `json:"has_image"`
	Identifier      string  `json:"identifier"`
	ProfileImageURL string  `json:"profile_image_url"`
}

// PublicData returns what others may see of the user.
func (u *User) PublicData() PublicUserData {
	image := u.ImageURL()
	return PublicUserData{FirstName: u.FirstName, LastName: u.LastName, ImageURL: image, HasImage: u.HasImage(),
		Identifier: u.Identifier(), ProfileImageURL: image}
}

// Identifier is what names the user to people: e-mail address, phone number,
// username or, lacking all, the id.
func (u *User) Identifier() string {
	if e := u.PrimaryEmailAddress(); e != nil {
		return e.Value
	}
	if p := u.PrimaryPhoneNumber(); p != nil {
		return p.Value
	}
	if u.Username != nil {
		return *u.Username
	}
	return u.ID
}
