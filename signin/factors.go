package signin

import (
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/users"
)

// Factor is one way in which a user can prove who they are (spec:
// Stubs.SignInFactor).
type Factor struct {
	Strategy       string `json:"strategy"`
	SafeIdentifier string `json:"safe_identifier,omitempty"`
	EmailAddressID string `json:"email_address_id,omitempty"`
	PhoneNumberID  string `json:"phone_number_id,omitempty"`
	Primary        *bool  `json:"primary,omitempty"`
	Default        *bool  `json:"default,omitempty"`

	to string // where a code or link goes
}

// firstFactors are the ways in which a user can begin. An identifier that the
// browser does not know yet is masked.
func firstFactors(l *instance.Live, u *users.User, identifier string) []Factor {
	settings := &l.Config.Settings
	out := []Factor{}
	if u.PasswordEnabled() {
		out = append(out, Factor{Strategy: passwordStrategy})
	}
	resets := settings.Users.Password.Enabled && u.PasswordEnabled()
	for _, e := range u.EmailAddresses() {
		if e.Status == users.Unverified || !settings.SignsInWith("email_address") {
			continue
		}
		f := Factor{EmailAddressID: e.ID, SafeIdentifier: safe(e.Value, identifier), Primary: is(u.PrimaryEmailAddressID, e.ID), to: e.Value}
		out = append(out, f.with(settings.FirstFactors("email_address"), resets, resetPasswordEmailCode)...)
	}
	for _, p := range u.PhoneNumbers() {
		if p.Status == users.Unverified || p.ReservedForSecondFactor || !settings.SignsInWith("phone_number") {
			continue
		}
		f := Factor{PhoneNumberID: p.ID, SafeIdentifier: safe(p.Value, identifier), Primary: is(u.PrimaryPhoneNumberID, p.ID), to: p.Value}
		out = append(out, f.with(settings.FirstFactors("phone_number"), resets, resetPasswordPhoneCode)...)
	}
	return out
}

// with makes one factor for each strategy of an identifier.
func (f Factor) with(strategies []string, resets bool, reset string) []Factor {
	var out []Factor
	for _, s := range strategies {
		f.Strategy = s
		out = append(out, f)
	}
	if resets {
		f.Strategy = reset
		out = append(out, f)
	}
	return out
}

// secondFactors are the ways in which a user can go on.
func secondFactors(u *users.User) []Factor {
	out := []Factor{}
	if u.TOTPEnabled() {
		out = append(out, Factor{Strategy: totp})
	}
	for _, p := range u.PhoneNumbers() {
		if p.ReservedForSecondFactor {
			preferred := p.DefaultSecondFactor
			out = append(out, Factor{Strategy: phoneCode, PhoneNumberID: p.ID, SafeIdentifier: safe(p.Value, ""), Default: &preferred, to: p.Value})
		}
	}
	if u.BackupCodeEnabled() {
		out = append(out, Factor{Strategy: backupCode})
	}
	return out
}

// choose finds the factor that a request names; without ids it is the one that
// the browser knows the identifier of, else the first.
func choose(list []Factor, strategy, emailAddressID, phoneNumberID, identifier string) *Factor {
	var first *Factor
	for i := range list {
		f := &list[i]
		switch {
		case f.Strategy != strategy, emailAddressID != "" && f.EmailAddressID != emailAddressID, phoneNumberID != "" && f.PhoneNumberID != phoneNumberID:
			continue
		case f.SafeIdentifier == identifier:
			return f
		case first == nil:
			first = f
		}
	}
	return first
}

func is(primary *string, id string) *bool {
	yes := primary != nil && *primary == id
	return &yes
}

// stars is what stands for letters that are not shown. Their number says nothing
// of the identifier's length.
const stars = "*****"

// safe is an identifier as it may be shown: whole to those who typed it.
func safe(value, identifier string) string {
	if strings.EqualFold(value, identifier) {
		return value
	}
	if at := strings.LastIndexByte(value, '@'); at > 0 {
		first := []rune(value[:at])[0]
		return string(first) + stars + value[at:]
	}
	if len(value) < 6 {
		return stars
	}
	return value[:3] + stars + value[len(value)-2:]
}
