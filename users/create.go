package users

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// CreateParams make a user, under the names of the Backend API (spec:
// CreateUser). Call Prepare before the transaction.
type CreateParams struct {
	ExternalID                      *string         `json:"external_id"`
	FirstName                       *string         `json:"first_name"`
	LastName                        *string         `json:"last_name"`
	Locale                          *string         `json:"locale"`
	EmailAddress                    []string        `json:"email_address"`
	EmailAddressIdentificationState []Status        `json:"email_address_identification_status"`
	PhoneNumber                     []string        `json:"phone_number"`
	PhoneNumberIdentificationState  []Status        `json:"phone_number_identification_status"`
	Web3Wallet                      []string        `json:"web3_wallet"`
	Username                        *string         `json:"username"`
	Password                        *string         `json:"password"`
	PasswordDigest                  *string         `json:"password_digest"`
	PasswordHasher                  *string         `json:"password_hasher"`
	SkipPasswordChecks              *bool           `json:"skip_password_checks"`
	SkipPasswordRequirement         *bool           `json:"skip_password_requirement"`
	TOTPSecret                      *string         `json:"totp_secret"`
	BackupCodes                     []string        `json:"backup_codes"`
	PublicMetadata                  json.RawMessage `json:"public_metadata"`
	PrivateMetadata                 json.RawMessage `json:"private_metadata"`
	UnsafeMetadata                  json.RawMessage `json:"unsafe_metadata"`
	DeleteSelfEnabled               *bool           `json:"delete_self_enabled"`
	LegalAcceptedAt                 *string         `json:"legal_accepted_at"` // RFC 3339
	SkipLegalChecks                 *bool           `json:"skip_legal_checks"`
	SkipUserRequirement             *bool           `json:"skip_user_requirement"`
	CreateOrganizationEnabled       *bool           `json:"create_organization_enabled"`
	CreateOrganizationsLimit        *int64          `json:"create_organizations_limit"`
	CreatedAt                       *string         `json:"created_at"` // RFC 3339
	BypassClientTrust               *bool           `json:"bypass_client_trust"`
	Banned                          *bool           `json:"banned"`
	Locked                          *bool           `json:"locked"`

	// Seed is what only a seed file or a sign-up can say.
	Seed Seed `json:"-"`

	hashed string // digest of Password
}

// Seed is what a seed file or a sign-up says of a new user beyond the Backend
// API. With it an identification may also be unverified.
type Seed struct {
	ID string // empty makes one
	// EmailAddressIDs and PhoneNumberIDs run parallel to the identifiers; an empty
	// or absent one makes one.
	EmailAddressIDs []string
	PhoneNumberIDs  []string
	// PrimaryEmailAddress and PrimaryPhoneNumber are places in the lists.
	PrimaryEmailAddress int
	PrimaryPhoneNumber  int
	ImageURL            *string
	// EmailAddressVerification and PhoneNumberVerification are how the verified
	// ones of the lists were proven; the zero one is the word of the Backend API.
	EmailAddressVerification Verification
	PhoneNumberVerification  Verification
	// Silent makes the user without user.created.
	Silent bool
}

// Prepare hashes the password. It takes about a millisecond and so has no place
// in a transaction.
func (p *CreateParams) Prepare(h *Hasher) (err error) {
	p.hashed, err = h.hash(p.Password)
	return err
}

// Create adds a user with its identifications and emits user.created. What is
// made so counts as verified unless it is reserved.
func Create(tx *store.Tx, rules Rules, p CreateParams) (*User, error) {
	list, err := CreateMany(tx, rules, []CreateParams{p})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// CreateMany adds users as Create does, with few statements: a thousand at a
// time is a good number for a seed. It adds all of them or none; the error is
// that of the first user that cannot be.
func CreateMany(tx *store.Tx, rules Rules, params []CreateParams) ([]*User, error) {
	list := make([]*User, len(params))
	for n := range params {
		var err error
		if list[n], err = build(tx, rules, &params[n]); err != nil {
			return nil, err
		}
	}
	if err := checkUnique(tx, list); err != nil {
		return nil, err
	}
	if err := insertAll(tx, list); err != nil {
		return nil, err
	}
	for n, u := range list {
		if params[n].Seed.Silent {
			continue
		}
		if err := tx.Emit("user.created", u.Backend()); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func insertAll(tx *store.Tx, list []*User) error {
	if err := insertUsers(tx, list); err != nil {
		return err
	}
	var identifications []*Identification
	var terms [][]any
	for _, u := range list {
		identifications = append(identifications, u.identifications...)
		for _, term := range u.terms() {
			terms = append(terms, []any{term, u.ID})
		}
	}
	if err := insertIdentifications(tx, identifications); err != nil {
		return err
	}
	if err := insertTerms(tx, terms); err != nil {
		return err
	}
	return addToCount(tx, len(list))
}

// build makes a user in memory. It tells all that is wrong at once.
func build(tx *store.Tx, rules Rules, p *CreateParams) (*User, error) {
	u := &User{ID: p.Seed.ID, ExternalID: given(p.ExternalID), Username: given(p.Username), FirstName: given(p.FirstName),
		LastName: given(p.LastName), Banned: is(p.Banned), instance: tx.Instance(), rules: rules, now: tx.NowMS(), pinned: p.Seed.ID != ""}
	if !u.pinned {
		u.ID = tx.NewID("user")
	}
	u.CreatedAt, u.UpdatedAt = u.now, u.now
	u.doc = doc{Locale: given(p.Locale), ImageURL: p.Seed.ImageURL,
		DeleteSelfEnabled: p.DeleteSelfEnabled, CreateOrganizationEnabled: p.CreateOrganizationEnabled,
		CreateOrganizationsLimit: p.CreateOrganizationsLimit, BypassClientTrust: is(p.BypassClientTrust)}
	var errs problems
	errs.add(p.disabled(rules)...)
	errs.add(u.checkProfile()...)
	errs.add(p.addIdentifications(tx, u)...)
	errs.add(setTime("created_at", p.CreatedAt, u.now, &u.CreatedAt))
	errs.add(setOptionalTime("legal_accepted_at", p.LegalAcceptedAt, u.now, &u.doc.LegalAcceptedAt))
	errs.add(u.setPassword(p.password()))
	errs.add(u.setFactors(p.TOTPSecret, p.BackupCodes))
	errs.addAll((MetadataParams{p.PublicMetadata, p.PrivateMetadata, p.UnsafeMetadata}).apply(u, replace))
	if is(p.Locked) {
		errs.addAll(u.lockFromStart())
	}
	if len(errs) == 0 {
		errs.add(p.missing(u))
	}
	u.stampFactors(before{})
	if len(errs) == 0 && p.Password != nil && p.hashed == "" {
		return nil, errUnprepared
	}
	return u, apierr.Join(errs...)
}

func (u *User) lockFromStart() error {
	if u.rules.Lockout.MaxAttempts == 0 {
		return apierr.FeatureNotEnabled()
	}
	u.lock()
	return nil
}

// problems gathers what is wrong with a request.
type problems []*apierr.Error

func (p *problems) add(errs ...*apierr.Error) {
	for _, e := range errs {
		if e != nil {
			*p = append(*p, e)
		}
	}
}

func (p *problems) addAll(err error) { p.add(apierr.All(err)...) }

// disabled refuses what the instance's users do not have.
func (p *CreateParams) disabled(r Rules) []*apierr.Error {
	var errs problems
	for _, a := range []struct {
		param string
		given bool
		is    Attribute
	}{
		{"first_name", given(p.FirstName) != nil, r.FirstName},
		{"last_name", given(p.LastName) != nil, r.LastName},
		{"email_address", len(p.EmailAddress) > 0, r.EmailAddress},
		{"phone_number", len(p.PhoneNumber) > 0, r.PhoneNumber},
		{"web3_wallet", len(p.Web3Wallet) > 0, Attribute{}},
		{"username", given(p.Username) != nil, r.Username},
		{"password", p.Password != nil, r.Password},
		{"password_digest", p.PasswordDigest != nil, r.Password},
	} {
		if a.given && !a.is.Enabled {
			errs.add(apierr.FormUnknownParameter(a.param))
		}
	}
	return errs
}

// missing names what the instance requires and the user lacks.
func (p *CreateParams) missing(u *User) *apierr.Error {
	r := u.rules
	var names []string
	for _, a := range []struct {
		param   string
		has     bool
		is      Attribute
		skipped bool
	}{
		{"first_name", u.FirstName != nil, r.FirstName, is(p.SkipUserRequirement)},
		{"last_name", u.LastName != nil, r.LastName, is(p.SkipUserRequirement)},
		{"email_address", len(p.EmailAddress) > 0, r.EmailAddress, is(p.SkipUserRequirement)},
		{"phone_number", len(p.PhoneNumber) > 0, r.PhoneNumber, is(p.SkipUserRequirement)},
		{"username", u.Username != nil, r.Username, is(p.SkipUserRequirement)},
		{"password", u.doc.Password != nil, r.Password, is(p.SkipPasswordRequirement)},
		{"legal_accepted_at", u.doc.LegalAcceptedAt != nil, Attribute{Required: r.LegalConsent}, is(p.SkipLegalChecks)},
	} {
		if a.is.Required && !a.has && !a.skipped {
			names = append(names, a.param)
		}
	}
	if u.Username == nil && len(u.identifications) == 0 {
		names = append(names, r.identifierNames(names)...)
	}
	if names == nil {
		return nil
	}
	return apierr.FormDataMissing(names...)
}

// identifierNames are the identifiers that a user of the instance may have, one
// of which it needs, unless one is asked for already.
func (r Rules) identifierNames(asked []string) []string {
	var names []string
	for _, a := range []struct {
		param string
		is    Attribute
	}{{"email_address", r.EmailAddress}, {"phone_number", r.PhoneNumber}, {"username", r.Username}} {
		if slices.Contains(asked, a.param) {
			return nil
		}
		if a.is.Enabled {
			names = append(names, a.param)
		}
	}
	return names
}

// checkProfile checks the texts of a user.
func (u *User) checkProfile() []*apierr.Error {
	var errs problems
	for _, t := range []struct {
		param string
		value *string
	}{{"external_id", u.ExternalID}, {"first_name", u.FirstName}, {"last_name", u.LastName}} {
		if t.value != nil {
			errs.add(checkText(t.param, *t.value))
		}
	}
	if u.doc.Locale != nil {
		errs.add(checkLocale(*u.doc.Locale))
	}
	if u.Username != nil {
		errs.add(u.rules.checkUsername(*u.Username))
	}
	return errs
}

func setTime(param string, text *string, now int64, dst *int64) *apierr.Error {
	var at *int64
	err := setOptionalTime(param, text, now, &at)
	if at != nil {
		*dst = *at
	}
	return err
}

// setOptionalTime reads a time in RFC 3339 form that is not in the future of
// instance time; nil leaves as it is.
func setOptionalTime(param string, text *string, now int64, dst **int64) *apierr.Error {
	if text == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return apierr.FormInvalidTime(param)
	}
	ms := t.UnixMilli()
	if ms > now {
		return apierr.FormDisallowFutureDate(param)
	}
	*dst = &ms
	return nil
}

// errUnprepared is a mistake of the caller's.
var errUnprepared = errors.New("users: call Prepare before the transaction, which hashes the password")
