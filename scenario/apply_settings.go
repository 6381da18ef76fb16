package scenario

import (
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/users"
)

// newConfig is the configuration of an instance of which nothing is said.
func newConfig() instance.Config { return instance.Config{Settings: instance.DefaultSettings()} }

// config lays what the file names over a configuration: that of a new instance,
// or the one that an instance has by now.
func (in *Instance) config(cfg instance.Config) instance.Config {
	if in.PublishableKeys != nil {
		cfg.PublishableKeys = in.PublishableKeys
	}
	layText(&cfg.Issuer, in.Issuer)
	layText(&cfg.SessionIssuer, in.SessionIssuer)
	layText(&cfg.Tokens, in.Tokens)
	if in.SessionToken.Claims != nil {
		cfg.SessionToken.Claims = in.SessionToken.Claims
	}
	laySeconds(&cfg.SessionToken.Lifetime, in.SessionToken.Lifetime)
	if convex := in.SessionToken.ConvexAudience; convex != nil {
		cfg.SessionToken.Audience = ""
		if *convex {
			cfg.SessionToken.Audience = ConvexTemplate
		}
	}
	in.Settings.apply(&cfg.Settings)
	return cfg
}

func (s *Settings) apply(out *instance.Settings) {
	s.Attributes.apply(&out.Users)
	s.Attributes.applySignIn(&out.Attributes)
	s.Password.apply(&out.Users.PasswordSettings)
	s.Lockout.apply(&out.Users.Lockout)
	lay(&out.Users.TestMode, s.TestMode)
	lay(&out.Users.DeleteSelf, s.DeleteSelf)
	lay(&out.Users.LegalConsent, s.SignUp.LegalConsentEnabled)
	lay(&out.Organizations, s.Organizations.Enabled)
	layText(&out.SignUpMode, s.SignUp.Mode)
	laySeconds(&out.SessionLifetime, s.Session.LifetimeSeconds)
	laySeconds(&out.SessionInactivity, s.Session.InactivitySeconds)
	if s.Session.SingleSessionMode != nil {
		out.MultiSession = !*s.Session.SingleSessionMode
	}
	if s.Session.RefreshCookie != nil {
		out.NoSessionRefresh = !*s.Session.RefreshCookie
	}
}

func layText(dst *string, value string) {
	if value != "" {
		*dst = value
	}
}

func laySeconds(dst *int64, value *int) {
	if value != nil {
		*dst = int64(*value)
	}
}

func lay[T any](dst *T, value *T) {
	if value != nil {
		*dst = *value
	}
}

func (a *Attributes) apply(r *users.Rules) {
	lay(&r.EmailAddress.Enabled, a.EmailAddress.Enabled)
	lay(&r.EmailAddress.Required, a.EmailAddress.Required)
	lay(&r.FirstName.Enabled, a.FirstName.Enabled)
	lay(&r.FirstName.Required, a.FirstName.Required)
	lay(&r.LastName.Enabled, a.LastName.Enabled)
	lay(&r.LastName.Required, a.LastName.Required)
	lay(&r.Password.Enabled, a.Password.Enabled)
	lay(&r.Password.Required, a.Password.Required)
	lay(&r.PhoneNumber.Enabled, a.PhoneNumber.Enabled)
	lay(&r.PhoneNumber.Required, a.PhoneNumber.Required)
	lay(&r.Username.Enabled, a.Username.Enabled)
	lay(&r.Username.Required, a.Username.Required)
}

// applySignIn lays what the file says of signing in and up over the defaults. A
// file that switches an attribute on shows it on the pages too.
func (a *Attributes) applySignIn(to *instance.Attributes) {
	a.EmailAddress.apply(&to.EmailAddress)
	a.FirstName.apply(&to.FirstName)
	a.LastName.apply(&to.LastName)
	a.Password.apply(&to.Password)
	a.PhoneNumber.apply(&to.PhoneNumber)
	a.Username.apply(&to.Username)
}

func (a *Attribute) apply(to *instance.Attribute) {
	lay(&to.Enabled, a.Enabled)
	lay(&to.Required, a.Required)
	// What is required is shown, and what is switched off is not asked for.
	to.Enabled = to.Enabled || a.Required != nil && *a.Required
	to.Required = to.Required && to.Enabled
}

func (a *SignInAttribute) apply(to *instance.Attribute) {
	(&Attribute{a.Enabled, a.Required}).apply(to)
	lay(&to.UsedForFirstFactor, a.UsedForFirstFactor)
	to.Enabled = to.Enabled || a.Enabled == nil && a.UsedForFirstFactor != nil && *a.UsedForFirstFactor
}

func (a *VerifiedAttribute) apply(to *instance.Attribute) {
	(&SignInAttribute{a.Enabled, a.Required, a.UsedForFirstFactor}).apply(to)
	lay(&to.VerifyAtSignUp, a.VerifyAtSignUp)
	if a.FirstFactors != nil {
		to.FirstFactors = a.FirstFactors
	}
	if a.Verifications != nil {
		to.Verifications = a.Verifications
	}
}

func (p *PasswordSettings) apply(s *users.PasswordSettings) {
	lay(&s.MinLength, p.MinLength)
	lay(&s.MaxLength, p.MaxLength)
	lay(&s.RequireLowercase, p.RequireLowercase)
	lay(&s.RequireNumbers, p.RequireNumbers)
	lay(&s.RequireSpecialChar, p.RequireSpecialChar)
	lay(&s.RequireUppercase, p.RequireUppercase)
}

func (l *LockoutSettings) apply(s *users.Lockout) {
	lay(&s.MaxAttempts, l.MaxAttempts)
	if l.Enabled != nil {
		switch {
		case !*l.Enabled:
			s.MaxAttempts = 0
		case s.MaxAttempts == 0: // it was off
			s.MaxAttempts = users.DefaultRules().Lockout.MaxAttempts
		}
	}
	if l.DurationSeconds != nil {
		s.Duration = time.Duration(*l.DurationSeconds) * time.Second
	}
}
