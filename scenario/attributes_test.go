package scenario

import (
	"slices"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
)

func settingsOf(t *testing.T, yaml string) instance.Settings {
	t.Helper()
	return mustParse(t, "settings: {attributes: {"+yaml+"}}").Default.config(newConfig()).Settings
}

func TestSigningInAndUpGoesByTheFile(t *testing.T) {
	s := settingsOf(t, `email_address: {first_factors: [email_link], verifications: [email_link, email_code]}, phone_number: {enabled: true, verify_at_sign_up: false}, username: {required: true}, password: {required: false}`)
	if got := s.FirstFactors("email_address"); !slices.Equal(got, []string{"email_link"}) {
		t.Errorf("an e-mail address signs in by %v", got)
	}
	if got := s.SignUpVerifications("email_address"); !slices.Equal(got, []string{"email_link", "email_code"}) {
		t.Errorf("sign-up verifies an e-mail address by %v", got)
	}
	if got := s.SignUpVerifications("phone_number"); got != nil {
		t.Errorf("sign-up verifies a phone number by %v, though it is taken as given", got)
	}
	if !s.Attributes.PhoneNumber.Enabled || !s.Attributes.Username.Enabled {
		t.Error("what the file switches on or requires is not shown")
	}
	if !s.RequiredAtSignUp("username") || s.RequiredAtSignUp("password") || !s.RequiredAtSignUp("email_address") {
		t.Errorf("required: %+v", s.Attributes)
	}
}

func TestAnAttributeThatIsOffDoesNothing(t *testing.T) {
	s := settingsOf(t, `email_address: {enabled: false}, password: {enabled: false}, username: {enabled: true, used_for_first_factor: false}, phone_number: {enabled: true}`)
	if s.SignsInWith("email_address") || s.FirstFactors("email_address") != nil || s.SignUpVerifications("email_address") != nil || s.RequiredAtSignUp("email_address") {
		t.Error("an e-mail address is used though it is off")
	}
	if s.SignsInWith("username") || s.RequiredAtSignUp("password") {
		t.Errorf("%+v", s.Attributes)
	}
	if !s.SignsInWith("phone_number") {
		t.Error("nobody can sign in")
	}
}
