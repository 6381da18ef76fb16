package users

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// addIdentifications gives a new user its e-mail addresses and phone numbers.
func (p *CreateParams) addIdentifications(tx *store.Tx, u *User) []*apierr.Error {
	emails := identifierList{typ: emailAddress, values: p.EmailAddress, statuses: p.EmailAddressIdentificationState,
		ids: p.Seed.EmailAddressIDs, primary: p.Seed.PrimaryEmailAddress, verification: p.Seed.EmailAddressVerification}
	phones := identifierList{typ: phoneNumber, values: p.PhoneNumber, statuses: p.PhoneNumberIdentificationState,
		ids: p.Seed.PhoneNumberIDs, primary: p.Seed.PrimaryPhoneNumber, verification: p.Seed.PhoneNumberVerification}
	return append(emails.addTo(tx, u), phones.addTo(tx, u)...)
}

// identifierList is the parameters of a new user about one type.
type identifierList struct {
	typ      Type
	values   []string
	statuses []Status
	ids      []string
	primary  int
	// verification is how those that are verified were proven.
	verification Verification
}

func (l identifierList) addTo(tx *store.Tx, u *User) []*apierr.Error {
	param := string(l.typ)
	if len(l.statuses) > 0 && len(l.statuses) != len(l.values) {
		return []*apierr.Error{apierr.FormParameterArrayLengthMismatch(param+"_identification_status", param)}
	}
	var errs problems
	seen := map[string]bool{}
	for n, given := range l.values {
		value, err := l.typ.normalize(param, given)
		if err == nil && seen[fold(value)] {
			err = apierr.FormDuplicateParameterValue(param)
		}
		status, statusErr := l.status(n)
		errs.add(err, statusErr)
		if err != nil || statusErr != nil {
			continue
		}
		seen[fold(value)] = true
		i := &Identification{UserID: u.ID, Type: l.typ, Value: value}
		i.CreatedAt, i.UpdatedAt = u.now, u.now
		i.setStatus(status)
		if status == Verified && l.verification.Strategy != "" {
			i.Verification = l.verification
		}
		i.ID, i.pinned = l.id(tx, n)
		u.addIdentification(i, n == l.primary)
	}
	return errs
}

func (l identifierList) id(tx *store.Tx, n int) (id string, pinned bool) {
	if n < len(l.ids) && l.ids[n] != "" {
		return l.ids[n], true
	}
	return tx.NewID("idn"), false
}

// status is the n-th; the Backend API has no way to make an unverified one here,
// a seed has.
func (l identifierList) status(n int) (Status, *apierr.Error) {
	if len(l.statuses) == 0 {
		return Verified, nil
	}
	switch s := l.statuses[n]; s {
	case Verified, Reserved, Unverified:
		return s, nil
	default:
		return "", apierr.FormInvalidParameterValue(string(l.typ)+"_identification_status", string(s), string(Verified), string(Reserved))
	}
}

// uniqueValue is something that no two users of an instance share.
type uniqueValue struct {
	param string
	// query ends in IN and returns pairs of value and user id.
	query string
	of    func(*User) []string
}

var uniqueValues = []uniqueValue{
	{"id", idQuery, (*User).pinnedID},
	{"id", `SELECT id, user_id FROM identification WHERE instance_id = $1 AND id IN `, (*User).pinnedIdentificationIDs},
	{"external_id", `SELECT external_id, id FROM users WHERE instance_id = $1 AND external_id IN `,
		func(u *User) []string { return listOf(u.ExternalID) }},
	{"email_address", claimedQuery(emailAddress), func(u *User) []string { return u.folded(emailAddress) }},
	{"phone_number", claimedQuery(phoneNumber), func(u *User) []string { return u.folded(phoneNumber) }},
	{"username", usernameQuery,
		func(u *User) []string { return listOf(foldPtr(u.Username)) }},
}

func claimedQuery(t Type) string {
	return `SELECT identifier_folded, user_id FROM identification
		WHERE instance_id = $1 AND type = '` + string(t) + `' AND status <> 'unverified' AND identifier_folded IN `
}

// takenIdentifiers returns who holds those of the folded identifiers that are
// not free.
func takenIdentifiers(tx *store.Tx, t Type, folded []string) (map[string]string, error) {
	return holders(tx, claimedQuery(t), folded)
}

func listOf(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}

func (u *User) pinnedID() []string {
	if !u.pinned {
		return nil
	}
	return []string{u.ID}
}

func (u *User) pinnedIdentificationIDs() []string {
	var out []string
	for _, i := range u.identifications {
		if i.pinned {
			out = append(out, i.ID)
		}
	}
	return out
}

// folded are the identifiers of a type that are the user's alone, as they are
// compared.
func (u *User) folded(t Type) []string {
	var out []string
	for _, i := range u.identifications {
		if i.Type == t && i.Status != Unverified {
			out = append(out, fold(i.Value))
		}
	}
	return out
}

// checkUnique refuses new users whose identifiers somebody has: another user,
// or one before it in the list. The error is that of the first such user.
func checkUnique(tx *store.Tx, list []*User) error {
	errs := make([]problems, len(list))
	for _, v := range uniqueValues {
		taken, err := v.holders(tx, list)
		if err != nil {
			return err
		}
		for n, u := range list {
			if v.clashes(u, taken) {
				errs[n].add(apierr.FormIdentifierExists(v.param))
			}
		}
	}
	for _, e := range errs {
		if len(e) > 0 {
			return apierr.Join(e...)
		}
	}
	return nil
}

func (v uniqueValue) holders(tx *store.Tx, list []*User) (map[string]string, error) {
	var values []string
	for _, u := range list {
		values = append(values, v.of(u)...)
	}
	return holders(tx, v.query, values)
}

// clashes tells whether somebody has one of the user's values, and takes them
// for the user.
func (v uniqueValue) clashes(u *User, taken map[string]string) bool {
	for _, value := range v.of(u) {
		if _, found := taken[value]; found {
			return true
		}
		taken[value] = u.ID
	}
	return false
}
