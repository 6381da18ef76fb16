package users

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// EmailAddress is an e-mail address of a user.
type EmailAddress Identification

// EmailAddressJSON is an e-mail address as Clerk spells it (spec: EmailAddress).
type EmailAddressJSON struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	EmailAddress         string            `json:"email_address"`
	Reserved             bool              `json:"reserved"`
	Verification         *VerificationJSON `json:"verification"`
	LinkedTo             []struct{}        `json:"linked_to"`
	MatchesSSOConnection bool              `json:"matches_sso_connection"`
	CreatedAt            int64             `json:"created_at"`
	UpdatedAt            int64             `json:"updated_at"`
}

// Backend returns the address as the Backend API and webhooks spell it.
func (e *EmailAddress) Backend() EmailAddressJSON {
	return EmailAddressJSON{ID: e.ID, Object: string(e.Type), EmailAddress: e.Value, Reserved: e.Status == Reserved,
		Verification: (*Identification)(e).verification(), LinkedTo: []struct{}{}, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt}
}

// EmailParams add an e-mail address to a user. It is unverified unless Verified
// says otherwise.
type EmailParams struct {
	UserID       string `json:"user_id"`
	EmailAddress string `json:"email_address"`
	Verified     *bool  `json:"verified"`
	Primary      *bool  `json:"primary"`
	// NotifyPrimaryEmailAddressChanged is accepted; no notification is sent.
	NotifyPrimaryEmailAddressChanged *bool `json:"notify_primary_email_address_changed"`
}

// EmailUpdate changes an e-mail address; nil leaves as it is.
type EmailUpdate struct {
	Verified *bool `json:"verified"`
	Primary  *bool `json:"primary"`
	// NotifyPrimaryEmailAddressChanged is accepted; no notification is sent.
	NotifyPrimaryEmailAddressChanged *bool `json:"notify_primary_email_address_changed"`
}

// CreateEmailAddress adds an e-mail address to a user and emits user.updated.
func CreateEmailAddress(tx *store.Tx, rules Rules, p EmailParams) (*EmailAddress, error) {
	n := newIdentification{userID: p.UserID, typ: emailAddress, value: p.EmailAddress, status: declared(p.Verified), primary: is(p.Primary)}
	i, err := createIdentification(tx, rules, n)
	return (*EmailAddress)(i), err
}

// GetEmailAddress returns an e-mail address.
func GetEmailAddress(tx *store.Tx, id string) (*EmailAddress, error) {
	i, err := findIdentification(tx, emailAddress, id)
	return (*EmailAddress)(i), err
}

// UpdateEmailAddress verifies an e-mail address or makes it the primary one, and
// emits user.updated.
func UpdateEmailAddress(tx *store.Tx, rules Rules, id string, p EmailUpdate) (*EmailAddress, error) {
	i, err := changeIdentification(tx, rules, emailAddress, id, func(u *User, i *Identification) error {
		return identificationUpdate{p.Verified, p.Primary}.apply(tx, u, i)
	})
	return (*EmailAddress)(i), err
}

// DeleteEmailAddress removes an e-mail address and emits user.updated. The last
// thing that a user can sign in with stays.
func DeleteEmailAddress(tx *store.Tx, rules Rules, id string) (DeletedJSON, error) {
	return deleteIdentification(tx, rules, emailAddress, id)
}

// ReplaceEmailAddresses leaves a user with a single, primary e-mail address and
// emits user.updated. An empty status is verified.
func ReplaceEmailAddresses(tx *store.Tx, rules Rules, userID, address string, status Status) (*EmailAddress, error) {
	if err := status.check("identification_status"); err != nil {
		return nil, err
	}
	n := newIdentification{userID: userID, typ: emailAddress, value: address, status: status.orVerified()}
	i, err := replaceIdentifications(tx, rules, n)
	return (*EmailAddress)(i), err
}

func (s Status) check(param string) error {
	switch s {
	case "", Verified, Reserved, Unverified:
		return nil
	}
	return apierr.FormInvalidParameterValue(param, string(s), string(Verified), string(Reserved), string(Unverified))
}

func (s Status) orVerified() Status {
	if s == "" {
		return Verified
	}
	return s
}

func declared(verified *bool) Status {
	if is(verified) {
		return Verified
	}
	return Unverified
}

func is(b *bool) bool { return b != nil && *b }

// maxEmail is the longest path of SMTP without its brackets (RFC 5321).
const maxEmail = 254

// CheckEmailAddress returns an address in the form in which it is kept.
func CheckEmailAddress(param, address string) (string, error) {
	kept, err := normalizeEmail(param, address)
	return kept, apierr.Join(err)
}

// normalizeEmail checks an address and returns it without surrounding spaces; it
// is kept as it was given and compared folded.
func normalizeEmail(param, address string) (string, *apierr.Error) {
	if err := encoding(param, address); err != nil {
		return "", err
	}
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at > 64 || len(address) > maxEmail || !dotAtom(address[:at]) || !hostname(address[at+1:]) {
		return "", apierr.FormInvalidEmailAddress(param)
	}
	return address, nil
}

// dotAtom is the unquoted form of a local part (RFC 5322), letters beyond ASCII
// included (RFC 6532).
func dotAtom(s string) bool {
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r) }) < 0
}

// hostname wants a dot: an address on a bare host is no public one.
func hostname(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.IndexFunc(l, func(r rune) bool { return !letterOrDigit(r) && r != '-' }) >= 0 {
			return false
		}
	}
	return len(labels) > 1
}

func letterOrDigit(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}
