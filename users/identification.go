package users

import (
	"slices"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// Type is what kind of identifier an identification holds.
type Type string

const (
	emailAddress Type = "email_address"
	phoneNumber  Type = "phone_number"
)

// Status is an identification's status (spec: identification_status).
type Status string

const (
	// Verified is proven to be the user's.
	Verified Status = "verified"
	// Reserved is not proven, but usable for sign-in and nobody else's.
	Reserved Status = "reserved"
	// Unverified is neither usable for sign-in nor locked: several users may hold
	// it until one of them verifies it.
	Unverified Status = "unverified"
)

// admin is the strategy of what the Backend API declares to be verified.
const admin = "admin"

// Identification is what e-mail addresses and phone numbers have in common:
// Clerk keeps both, idn_…, under this name.
type Identification struct {
	ID     string
	UserID string
	Type   Type
	Value  string // an address as it was given, a number in E.164 form
	Status Status

	ordinal int64 // its place among the user's
	pinned  bool  // a new one whose id was given
	identificationDoc
}

// identificationDoc is what of an identification is never queried.
type identificationDoc struct {
	// Verification is how it was verified: admin, email_code, ticket, …
	Verification
	ReservedForSecondFactor bool  `json:"reserved_for_second_factor,omitempty"`
	DefaultSecondFactor     bool  `json:"default_second_factor,omitempty"`
	CreatedAt               int64 `json:"created_at"`
	UpdatedAt               int64 `json:"updated_at"`
}

// identifies tells whether the user can sign in with it as a first factor.
func (i *Identification) identifies() bool {
	return i.Status != Unverified && !i.ReservedForSecondFactor
}

// setStatus gives it a status on the word of the Backend API.
func (i *Identification) setStatus(s Status) {
	if i.Status == s {
		return
	}
	i.Status, i.Verification = s, Verification{}
	if s == Verified {
		i.Strategy = admin
	}
}

func (i *Identification) deleted() DeletedJSON {
	return DeletedJSON{Object: string(i.Type), ID: i.ID, Deleted: true}
}

// VerificationJSON is how an identification was verified (spec: verification_*).
type VerificationJSON struct {
	Object   string `json:"object"`
	Status   Status `json:"status"`
	Strategy string `json:"strategy"`
	Attempts *int64 `json:"attempts"`
	ExpireAt *int64 `json:"expire_at"`
}

// verification is null until a verification was begun.
func (i *Identification) verification() *VerificationJSON {
	if i.Strategy == "" {
		return nil
	}
	return &VerificationJSON{Object: verificationObject(i.Strategy), Status: i.Status, Strategy: i.Strategy, Attempts: i.Attempts, ExpireAt: i.ExpireAt}
}

func verificationObject(strategy string) string {
	switch strategy {
	case "email_code", "phone_code":
		return "verification_otp"
	}
	return "verification_" + strategy
}

// primary is the field that names the user's primary identification of a type.
func (u *User) primary(t Type) **string {
	if t == phoneNumber {
		return &u.PrimaryPhoneNumberID
	}
	return &u.PrimaryEmailAddressID
}

func (u *User) isPrimary(i *Identification) bool {
	p := *u.primary(i.Type)
	return p != nil && *p == i.ID
}

// addIdentification adds one to a user. The first of a type becomes the primary
// one, whatever its status (spec: CreateEmailAddress).
func (u *User) addIdentification(i *Identification, primary bool) {
	first := !slices.ContainsFunc(u.identifications, func(o *Identification) bool { return o.Type == i.Type })
	if n := len(u.identifications); n > 0 {
		i.ordinal = u.identifications[n-1].ordinal + 1
	}
	u.identifications = append(u.identifications, i)
	if first || primary {
		*u.primary(i.Type) = &i.ID
	}
}

// dropIdentification takes one from a user. The oldest that can take its place
// as primary one does.
func (u *User) dropIdentification(i *Identification) {
	u.identifications = slices.DeleteFunc(u.identifications, func(o *Identification) bool { return o == i })
	u.electSecondFactor()
	if !u.isPrimary(i) {
		return
	}
	p := u.primary(i.Type)
	*p = nil
	for _, o := range u.identifications {
		if o.Type == i.Type && o.identifies() {
			*p = &o.ID
			return
		}
	}
}

// identifiers counts what the user can sign in with, usernames included.
func (u *User) identifiers(except *Identification) int {
	n := 0
	if u.Username != nil {
		n++
	}
	for _, i := range u.identifications {
		if i != except && i.identifies() {
			n++
		}
	}
	return n
}

// checkRemoval refuses to leave a user with nothing to sign in with, or without
// what the instance requires.
func (u *User) checkRemoval(i *Identification) error {
	if !i.identifies() {
		return nil
	}
	if u.identifiers(i) == 0 {
		return apierr.LastIdentificationDeletionFailed()
	}
	another := func(o *Identification) bool { return o != i && o.Type == i.Type && o.identifies() }
	if u.rules.attribute(i.Type).Required && !slices.ContainsFunc(u.identifications, another) {
		return apierr.LastRequiredIdentificationDeletionFailed(string(i.Type))
	}
	return nil
}

func (r Rules) attribute(t Type) Attribute {
	if t == phoneNumber {
		return r.PhoneNumber
	}
	return r.EmailAddress
}

// newIdentification is one that a request asks for.
type newIdentification struct {
	userID  string
	typ     Type
	value   string
	status  Status
	primary bool
	// secondFactor reserves a phone number for the second factor.
	secondFactor *bool
}

// createIdentification adds one to an existing user.
func createIdentification(tx *store.Tx, rules Rules, n newIdentification) (*Identification, error) {
	value, err := n.check(rules)
	if err != nil {
		return nil, err
	}
	var i *Identification
	_, err = change(tx, rules, n.userID, func(u *User) error {
		if n.primary && n.status == Unverified && *u.primary(n.typ) != nil {
			return apierr.FormUnverifiedIdentification("primary")
		}
		i = newOf(tx, u, n.typ, value, n.status)
		if err := checkFree(tx, u, i); err != nil {
			return err
		}
		u.addIdentification(i, n.primary)
		return u.reserveForSecondFactor(i, n.secondFactor)
	})
	return i, err
}

func newOf(tx *store.Tx, u *User, t Type, value string, status Status) *Identification {
	i := &Identification{ID: tx.NewID("idn"), UserID: u.ID, Type: t, Value: value}
	i.CreatedAt, i.UpdatedAt = u.now, u.now
	i.setStatus(status)
	return i
}

// check returns the identifier in the form in which it is kept.
func (n newIdentification) check(rules Rules) (string, error) {
	param := string(n.typ)
	if !rules.attribute(n.typ).Enabled {
		return "", apierr.FormUnknownParameter(param)
	}
	var missing []*apierr.Error
	if n.userID == "" {
		missing = append(missing, apierr.FormMissingParameter("user_id"))
	}
	if n.value == "" {
		missing = append(missing, apierr.FormMissingParameter(param))
	}
	if missing != nil {
		return "", apierr.Join(missing...)
	}
	value, err := n.typ.normalize(param, n.value)
	return value, apierr.Join(err)
}

// normalize checks an identifier and returns the form in which it is kept.
func (t Type) normalize(param, value string) (string, *apierr.Error) {
	if t == phoneNumber {
		return normalizePhone(param, value)
	}
	return normalizeEmail(param, value)
}

// identificationUpdate is a change that a request asks for; nil leaves as it is.
type identificationUpdate struct {
	verified, primary *bool
}

// changeIdentification alters one and its user.
func changeIdentification(tx *store.Tx, rules Rules, t Type, id string, fn func(*User, *Identification) error) (*Identification, error) {
	found, err := findIdentification(tx, t, id)
	if err != nil {
		return nil, err
	}
	var i *Identification
	_, err = change(tx, rules, found.UserID, func(u *User) error {
		i = u.identification(&id)
		return fn(u, i)
	})
	return i, err
}

// apply verifies one and makes it the primary one.
func (c identificationUpdate) apply(tx *store.Tx, u *User, i *Identification) error {
	if c.verified != nil && *c.verified != (i.Status == Verified) {
		if err := i.declare(tx, u, *c.verified); err != nil {
			return err
		}
	}
	if c.primary == nil || !*c.primary {
		return nil
	}
	if i.Status == Unverified && !u.isPrimary(i) {
		return apierr.FormUnverifiedIdentification("primary")
	}
	*u.primary(i.Type) = &i.ID
	return nil
}

// declare verifies one on the word of the Backend API, or takes that back.
func (i *Identification) declare(tx *store.Tx, u *User, verified bool) error {
	if !verified {
		i.setStatus(Unverified)
		return nil
	}
	if i.Status == Unverified {
		if err := checkFree(tx, u, i); err != nil {
			return err
		}
	}
	i.setStatus(Verified)
	return nil
}

func deleteIdentification(tx *store.Tx, rules Rules, t Type, id string) (DeletedJSON, error) {
	i, err := changeIdentification(tx, rules, t, id, func(u *User, i *Identification) error {
		if err := u.checkRemoval(i); err != nil {
			return err
		}
		u.dropIdentification(i)
		return nil
	})
	if err != nil {
		return DeletedJSON{}, err
	}
	return i.deleted(), nil
}

// replaceIdentifications leaves a user with a single one of a type.
func replaceIdentifications(tx *store.Tx, rules Rules, n newIdentification) (*Identification, error) {
	value, err := n.check(rules)
	if err != nil {
		return nil, err
	}
	var i *Identification
	_, err = change(tx, rules, n.userID, func(u *User) error {
		for _, old := range slices.Clone(u.identifications) {
			if old.Type == n.typ {
				u.dropIdentification(old)
			}
		}
		i = newOf(tx, u, n.typ, value, n.status)
		if err := checkFree(tx, u, i); err != nil {
			return err
		}
		u.addIdentification(i, true)
		return nil
	})
	return i, err
}

// checkFree refuses an identifier that the user has, or that somebody else has
// and that is not just unverified.
func checkFree(tx *store.Tx, u *User, i *Identification) error {
	for _, own := range u.identifications {
		if own != i && own.Type == i.Type && fold(own.Value) == fold(i.Value) {
			return apierr.FormIdentifierExists(string(i.Type))
		}
	}
	taken, err := takenIdentifiers(tx, i.Type, []string{fold(i.Value)})
	if err != nil {
		return err
	}
	if holder, found := taken[fold(i.Value)]; found && holder != u.ID {
		return apierr.FormIdentifierExists(string(i.Type))
	}
	return nil
}
