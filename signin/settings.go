package signin

import (
	"regexp"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/users"
)

// Strategies are the ways to prove who one is that are built.
const (
	backupCode             = "backup_code"
	emailCode              = "email_code"
	emailLink              = "email_link"
	passwordStrategy       = "password"
	phoneCode              = "phone_code"
	resetPasswordEmailCode = "reset_password_email_code"
	resetPasswordPhoneCode = "reset_password_phone_code"
	ticketStrategy         = "ticket"
	totp                   = "totp"
)

// identifierTypes are what users of the instance are named by at sign-in.
func identifierTypes(s *instance.Settings) []string {
	out := []string{}
	for _, name := range []string{"email_address", "phone_number", "username"} {
		if s.SignsInWith(name) {
			out = append(out, name)
		}
	}
	return out
}

// field is one thing that sign-up may ask for.
type field struct {
	name string
	// offered tells that the pages ask for it, though it is not required.
	offered, required bool
	// verifications are the strategies by which sign-up verifies it, none for
	// what is taken as it is given.
	verifications []string
}

// fields are what sign-up may ask for, in Clerk's order.
func fields(s *instance.Settings) []field {
	offered := s.Attributes
	list := []field{
		{name: "email_address", offered: offered.EmailAddress.Enabled},
		{name: "phone_number", offered: offered.PhoneNumber.Enabled},
		{name: "username", offered: offered.Username.Enabled},
		{name: "password", offered: offered.Password.Enabled},
		{name: "first_name", offered: offered.FirstName.Enabled},
		{name: "last_name", offered: offered.LastName.Enabled},
	}
	for i := range list {
		f := &list[i]
		f.required, f.verifications = s.RequiredAtSignUp(f.name), s.SignUpVerifications(f.name)
	}
	return append(list, field{name: "legal_accepted", required: s.Users.LegalConsent})
}

// testCode is what test identities prove themselves with.
const testCode = "424242"

// fictional are the phone numbers that nobody has (docs: test-emails-and-phones).
var fictional = regexp.MustCompile(`^\+1[0-9]{3}55501[0-9]{2}$`)

// isTest tells whether an address or number stands for nobody, so that nothing
// is sent to it.
func isTest(r users.Rules, to string) bool {
	if !r.TestMode {
		return false
	}
	local, _, isEmail := strings.Cut(to, "@")
	return isEmail && strings.Contains(strings.ToLower(local), "+clerk_test") || fictional.MatchString(to)
}
