package instance

import (
	"slices"

	"github.com/nightclerk/nightclerk/users"
)

// Attribute says what signing in and up does with something that users have,
// under the names of user_settings.attributes in /v1/environment.
type Attribute struct {
	// Enabled shows it on the prebuilt pages. The APIs go by users.Rules alone,
	// which by default take more than a page would ask for.
	Enabled bool `json:"enabled"`
	// Required makes sign-up ask for it.
	Required bool `json:"required"`
	// UsedForFirstFactor lets it name a user at sign-in.
	UsedForFirstFactor bool `json:"used_for_first_factor"`
	// FirstFactors are the strategies that prove it at sign-in, Verifications
	// those that verify it.
	FirstFactors  []string `json:"first_factors"`
	Verifications []string `json:"verifications"`
	// VerifyAtSignUp makes sign-up verify it.
	VerifyAtSignUp bool `json:"verify_at_sign_up"`
}

// Attributes are those that a scenario can set.
type Attributes struct {
	EmailAddress Attribute `json:"email_address"`
	PhoneNumber  Attribute `json:"phone_number"`
	Username     Attribute `json:"username"`
	Password     Attribute `json:"password"`
	FirstName    Attribute `json:"first_name"`
	LastName     Attribute `json:"last_name"`
}

// DefaultAttributes are those of a new Clerk instance: an e-mail address that is
// verified by a code, a password and optional names. A phone number or username
// names a user too, but the pages ask for neither.
func DefaultAttributes() Attributes {
	return Attributes{
		EmailAddress: Attribute{Enabled: true, Required: true, UsedForFirstFactor: true,
			FirstFactors: []string{"email_code"}, Verifications: []string{"email_code"}, VerifyAtSignUp: true},
		PhoneNumber: Attribute{UsedForFirstFactor: true,
			FirstFactors: []string{"phone_code"}, Verifications: []string{"phone_code"}, VerifyAtSignUp: true},
		Username:  Attribute{UsedForFirstFactor: true},
		Password:  Attribute{Enabled: true, Required: true},
		FirstName: Attribute{Enabled: true},
		LastName:  Attribute{Enabled: true},
	}
}

// attribute finds what is said of an attribute, and what the rules say.
func (s *Settings) attribute(name string) (Attribute, users.Attribute) {
	a, r := &s.Attributes, &s.Users
	switch name {
	case "email_address":
		return a.EmailAddress, r.EmailAddress
	case "first_name":
		return a.FirstName, r.FirstName
	case "last_name":
		return a.LastName, r.LastName
	case "password":
		return a.Password, r.Password
	case "phone_number":
		return a.PhoneNumber, r.PhoneNumber
	case "username":
		return a.Username, r.Username
	}
	return Attribute{}, users.Attribute{}
}

// SignsInWith tells whether an attribute (email_address, phone_number or
// username) names a user at sign-in.
func (s *Settings) SignsInWith(name string) bool {
	a, rule := s.attribute(name)
	return rule.Enabled && a.UsedForFirstFactor
}

// FirstFactors are the strategies by which an attribute that names a user is
// proven at sign-in, without the password: email_code, email_link, phone_code.
func (s *Settings) FirstFactors(name string) []string {
	if !s.SignsInWith(name) {
		return nil
	}
	a, _ := s.attribute(name)
	return slices.Clone(a.FirstFactors)
}

// SignUpVerifications are the strategies by which sign-up verifies an attribute,
// nil when it takes it as given.
func (s *Settings) SignUpVerifications(name string) []string {
	a, rule := s.attribute(name)
	if !rule.Enabled || !a.VerifyAtSignUp {
		return nil
	}
	return slices.Clone(a.Verifications)
}

// RequiredAtSignUp tells whether a sign-up is not complete without an attribute.
func (s *Settings) RequiredAtSignUp(name string) bool {
	a, rule := s.attribute(name)
	return rule.Enabled && (a.Required || rule.Required)
}

// SingleSessionMode tells whether a browser has one session at most, as in a new
// Clerk instance.
func (s *Settings) SingleSessionMode() bool { return !s.MultiSession }
