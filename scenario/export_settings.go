package scenario

import (
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/users"
)

// settings names what is not as in a new instance.
func (e *exporter) settings() error {
	have, usual := &e.live.Config.Settings, instance.DefaultSettings()
	out, r, d := &e.Instance.Settings, &have.Users, &usual.Users
	e.attributes(have, &usual)
	p, dp := r.PasswordSettings, d.PasswordSettings
	out.Password = PasswordSettings{MinLength: unusual(p.MinLength, dp.MinLength), MaxLength: unusual(p.MaxLength, dp.MaxLength),
		RequireLowercase: unusual(p.RequireLowercase, dp.RequireLowercase), RequireNumbers: unusual(p.RequireNumbers, dp.RequireNumbers),
		RequireSpecialChar: unusual(p.RequireSpecialChar, dp.RequireSpecialChar), RequireUppercase: unusual(p.RequireUppercase, dp.RequireUppercase)}
	if have.SignUpMode != "" && have.SignUpMode != usual.SignUpMode {
		out.SignUp.Mode = have.SignUpMode
	}
	out.SignUp.LegalConsentEnabled = unusual(r.LegalConsent, d.LegalConsent)
	out.Lockout = lockoutOf(r.Lockout, d.Lockout)
	out.Session = SessionSettings{LifetimeSeconds: seconds(have.SessionLifetime), InactivitySeconds: seconds(have.SessionInactivity)}
	if have.MultiSession {
		out.Session.SingleSessionMode = new(false)
	}
	if have.NoSessionRefresh {
		out.Session.RefreshCookie = new(false)
	}
	out.TestMode, out.DeleteSelf = unusual(r.TestMode, d.TestMode), unusual(r.DeleteSelf, d.DeleteSelf)
	return nil
}

// unusual is nil for what is as always.
func unusual[T comparable](have, usual T) *T {
	if have == usual {
		return nil
	}
	return &have
}

func lockoutOf(have, usual users.Lockout) (out LockoutSettings) {
	if have.MaxAttempts == 0 {
		out.Enabled = new(false)
	} else {
		out.MaxAttempts = unusual(have.MaxAttempts, usual.MaxAttempts)
	}
	if have.Duration != usual.Duration {
		out.DurationSeconds = new(int(have.Duration / time.Second))
	}
	return out
}

func (e *exporter) attributes(have, usual *instance.Settings) {
	out := &e.Instance.Settings.Attributes
	h, hr, u, ur := &have.Attributes, &have.Users, &usual.Attributes, &usual.Users
	verified := func(name string, to *VerifiedAttribute, h, u instance.Attribute, hr, ur users.Attribute) {
		said := e.said(name, true, h, u, hr, ur)
		to.Enabled, to.Required, to.UsedForFirstFactor = said.Enabled, said.Required, said.UsedForFirstFactor
		to.VerifyAtSignUp = unusual(h.VerifyAtSignUp, u.VerifyAtSignUp)
		if !slices.Equal(h.FirstFactors, u.FirstFactors) {
			to.FirstFactors = append([]string{}, h.FirstFactors...)
		}
		if !slices.Equal(h.Verifications, u.Verifications) {
			to.Verifications = append([]string{}, h.Verifications...)
		}
	}
	plain := func(name string, to *Attribute, h, u instance.Attribute, hr, ur users.Attribute) {
		said := e.said(name, false, h, u, hr, ur)
		to.Enabled, to.Required = said.Enabled, said.Required
	}
	verified("email_address", &out.EmailAddress, h.EmailAddress, u.EmailAddress, hr.EmailAddress, ur.EmailAddress)
	verified("phone_number", &out.PhoneNumber, h.PhoneNumber, u.PhoneNumber, hr.PhoneNumber, ur.PhoneNumber)
	out.Username = e.said("username", true, h.Username, u.Username, hr.Username, ur.Username)
	plain("password", &out.Password, h.Password, u.Password, hr.Password, ur.Password)
	plain("first_name", &out.FirstName, h.FirstName, u.FirstName, hr.FirstName, ur.FirstName)
	plain("last_name", &out.LastName, h.LastName, u.LastName, hr.LastName, ur.LastName)
}

// said finds the fewest words by which a file turns the usual attribute into the
// one there is, by trying them all: what a word does depends on the others.
func (e *exporter) said(name string, signIn bool, have, usual instance.Attribute, rule, usualRule users.Attribute) SignInAttribute {
	best, least := SignInAttribute{}, -1
	words := []*bool{nil, new(true), new(false)}
	for _, used := range words[:map[bool]int{true: 3, false: 1}[signIn]] {
		for _, required := range words {
			for _, enabled := range words {
				try := SignInAttribute{Enabled: enabled, Required: required, UsedForFirstFactor: used}
				n := count(enabled) + count(required) + count(used)
				if (least < 0 || n < least) && try.gives(have, usual, rule, usualRule) {
					best, least = try, n
				}
			}
		}
	}
	if least < 0 {
		e.note("attribute %s has a combination of settings for which a file has no words", name)
	}
	return best
}

func count(word *bool) int {
	if word == nil {
		return 0
	}
	return 1
}

func (a *SignInAttribute) gives(have, usual instance.Attribute, rule, usualRule users.Attribute) bool {
	if a.Enabled != nil && a.Required != nil && !*a.Enabled && *a.Required {
		return false // refused by check
	}
	a.apply(&usual)
	lay(&usualRule.Enabled, a.Enabled)
	lay(&usualRule.Required, a.Required)
	return usual.Enabled == have.Enabled && usual.Required == have.Required && usual.UsedForFirstFactor == have.UsedForFirstFactor && usualRule == rule
}
