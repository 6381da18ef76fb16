package users

import (
	"encoding/json"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Field is a parameter that is absent, null or a value: null clears.
type Field[T any] struct {
	Given bool
	Value *T
}

// Set returns a field with a value.
func Set[T any](v T) Field[T] { return Field[T]{Given: true, Value: &v} }

// Null returns a field that clears.
func Null[T any]() Field[T] { return Field[T]{Given: true} }

// UnmarshalJSON reads a value or null.
func (f *Field[T]) UnmarshalJSON(raw []byte) error {
	f.Given = true
	return json.Unmarshal(raw, &f.Value)
}

// UpdateParams change a user, under the names of the Backend API (spec:
// UpdateUser). Call Prepare before the transaction.
type UpdateParams struct {
	ExternalID            Field[string] `json:"external_id"`
	FirstName             Field[string] `json:"first_name"`
	LastName              Field[string] `json:"last_name"`
	Locale                Field[string] `json:"locale"`
	PrimaryEmailAddressID *string       `json:"primary_email_address_id"`
	// NotifyPrimaryEmailAddressChanged is accepted; no notification is sent.
	NotifyPrimaryEmailAddressChanged *bool         `json:"notify_primary_email_address_changed"`
	PrimaryPhoneNumberID             *string       `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID              *string       `json:"primary_web3_wallet_id"`
	Username                         Field[string] `json:"username"`
	ProfileImageID                   *string       `json:"profile_image_id"`
	Password                         *string       `json:"password"`
	PasswordDigest                   *string       `json:"password_digest"`
	PasswordHasher                   *string       `json:"password_hasher"`
	SkipPasswordChecks               *bool         `json:"skip_password_checks"`
	// SignOutOfOtherSessions is for the caller, who knows the sessions.
	SignOutOfOtherSessions    *bool         `json:"sign_out_of_other_sessions"`
	TOTPSecret                *string       `json:"totp_secret"`
	BackupCodes               []string      `json:"backup_codes"`
	DeleteSelfEnabled         Field[bool]   `json:"delete_self_enabled"`
	CreateOrganizationEnabled Field[bool]   `json:"create_organization_enabled"`
	LegalAcceptedAt           Field[string] `json:"legal_accepted_at"` // RFC 3339
	SkipLegalChecks           *bool         `json:"skip_legal_checks"`
	CreateOrganizationsLimit  Field[int64]  `json:"create_organizations_limit"`
	CreatedAt                 *string       `json:"created_at"` // RFC 3339
	BypassClientTrust         *bool         `json:"bypass_client_trust"`

	// The metadata, replaced as a whole. Versions of the API before 2026-05-12
	// take it here; the caller refuses it in later ones.
	PublicMetadata  json.RawMessage `json:"public_metadata"`
	PrivateMetadata json.RawMessage `json:"private_metadata"`
	UnsafeMetadata  json.RawMessage `json:"unsafe_metadata"`

	// ImageURL is what only a seed file can say.
	ImageURL Field[string] `json:"-"`

	hashed string // digest of Password
}

// Prepare hashes the password. It takes about a millisecond and so has no place
// in a transaction.
func (p *UpdateParams) Prepare(h *Hasher) (err error) {
	p.hashed, err = h.hash(p.Password)
	return err
}

// Update changes a user and emits user.updated.
func Update(tx *store.Tx, rules Rules, id string, p UpdateParams) (*User, error) {
	return change(tx, rules, id, func(u *User) error { return p.apply(tx, u) })
}

func (p *UpdateParams) apply(tx *store.Tx, u *User) error {
	old := *u
	var errs problems
	errs.add(p.disabled(u.rules)...)
	p.applyProfile(u)
	errs.add(p.profile(u.rules).checkProfile()...)
	errs.add(p.applyPrimaries(u)...)
	errs.add(setTime("created_at", p.CreatedAt, u.now, &u.CreatedAt))
	errs.add(p.applyLegal(u))
	errs.add(u.setPassword(newPassword{p.Password, p.PasswordDigest, p.PasswordHasher, p.hashed, is(p.SkipPasswordChecks)}))
	errs.add(u.setFactors(p.TOTPSecret, p.BackupCodes))
	errs.addAll((MetadataParams{p.PublicMetadata, p.PrivateMetadata, p.UnsafeMetadata}).apply(u, replace))
	if len(errs) > 0 {
		return apierr.Join(errs...)
	}
	if p.Password != nil && p.hashed == "" {
		return errUnprepared
	}
	if err := u.checkUsernameRemoval(&old); err != nil {
		return err
	}
	return u.checkUnique(tx)
}

// disabled refuses what the instance's users do not have; clearing is allowed.
func (p *UpdateParams) disabled(r Rules) []*apierr.Error {
	return (&CreateParams{FirstName: p.FirstName.Value, LastName: p.LastName.Value, Username: p.Username.Value,
		Password: p.Password, PasswordDigest: p.PasswordDigest}).disabled(r)
}

// profile has the texts that are new, as only they are held to today's rules.
func (p *UpdateParams) profile(r Rules) *User {
	return &User{ExternalID: given(p.ExternalID.Value), FirstName: given(p.FirstName.Value), LastName: given(p.LastName.Value),
		Username: given(p.Username.Value), doc: doc{Locale: given(p.Locale.Value)}, rules: r}
}

func (p *UpdateParams) applyProfile(u *User) {
	setText(&u.ExternalID, p.ExternalID)
	setText(&u.FirstName, p.FirstName)
	setText(&u.LastName, p.LastName)
	setText(&u.Username, p.Username)
	setText(&u.doc.Locale, p.Locale)
	setText(&u.doc.ImageURL, p.ImageURL)
	if p.DeleteSelfEnabled.Given {
		u.doc.DeleteSelfEnabled = p.DeleteSelfEnabled.Value
	}
	if p.CreateOrganizationEnabled.Given {
		u.doc.CreateOrganizationEnabled = p.CreateOrganizationEnabled.Value
	}
	if p.CreateOrganizationsLimit.Given {
		u.doc.CreateOrganizationsLimit = p.CreateOrganizationsLimit.Value
	}
	if p.BypassClientTrust != nil {
		u.doc.BypassClientTrust = *p.BypassClientTrust
	}
}

func setText(dst **string, f Field[string]) {
	if f.Given {
		*dst = given(f.Value)
	}
}

func (p *UpdateParams) applyLegal(u *User) *apierr.Error {
	if p.LegalAcceptedAt.Given && p.LegalAcceptedAt.Value == nil {
		u.doc.LegalAcceptedAt = nil
	}
	return setOptionalTime("legal_accepted_at", p.LegalAcceptedAt.Value, u.now, &u.doc.LegalAcceptedAt)
}

// applyPrimaries chooses among the user's own identifications. Pictures and
// wallets do not exist yet, so no id names one.
func (p *UpdateParams) applyPrimaries(u *User) []*apierr.Error {
	var errs problems
	errs.add(u.choosePrimary(emailAddress, p.PrimaryEmailAddressID), u.choosePrimary(phoneNumber, p.PrimaryPhoneNumberID))
	if p.PrimaryWeb3WalletID != nil {
		errs.add(apierr.FormMissingResource("primary_web3_wallet_id"))
	}
	if p.ProfileImageID != nil {
		errs.add(apierr.FormMissingResource("profile_image_id"))
	}
	return errs
}

func (u *User) choosePrimary(t Type, id *string) *apierr.Error {
	if id == nil {
		return nil
	}
	param := "primary_" + string(t) + "_id"
	i := u.identification(id)
	if i == nil || i.Type != t {
		return apierr.FormMissingResource(param)
	}
	if i.Status != Verified && !u.isPrimary(i) {
		return apierr.FormUnverifiedIdentification(param)
	}
	*u.primary(t) = &i.ID
	return nil
}

// checkUsernameRemoval refuses to take the last thing a user signs in with.
func (u *User) checkUsernameRemoval(old *User) error {
	if old.Username == nil || u.Username != nil {
		return nil
	}
	if u.identifiers(nil) == 0 {
		return apierr.LastIdentificationDeletionFailed()
	}
	if u.rules.Username.Required {
		return apierr.LastRequiredIdentificationDeletionFailed("username")
	}
	return nil
}

// checkUnique refuses a username or external id that another user has.
func (u *User) checkUnique(tx *store.Tx) error {
	var errs problems
	for _, v := range uniqueValues {
		if v.param != "username" && v.param != "external_id" {
			continue
		}
		values := v.of(u)
		taken, err := holders(tx, v.query, values)
		if err != nil {
			return err
		}
		for _, holder := range taken {
			if holder != u.ID {
				errs.add(apierr.FormIdentifierExists(v.param))
			}
		}
	}
	return apierr.Join(errs...)
}

// Delete removes a user and emits user.deleted. The caller ends the user's
// sessions first.
func Delete(tx *store.Tx, rules Rules, id string) (DeletedJSON, error) {
	u, err := loadUser(tx, rules, id)
	if err != nil {
		return DeletedJSON{}, err
	}
	if err := deleteUser(tx, u); err != nil {
		return DeletedJSON{}, err
	}
	out := DeletedJSON{Object: "user", ID: u.ID, Deleted: true, ExternalID: u.ExternalID}
	return out, tx.Emit("user.deleted", out)
}
