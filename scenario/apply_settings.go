package scenario

import (
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/users"
)

// config is the instance's configuration: the defaults with what the file names
// laid over them.
func (in *Instance) config() instance.Config {
	cfg := instance.Config{PublishableKeys: in.PublishableKeys, Issuer: in.Issuer, SessionIssuer: in.SessionIssuer, Tokens: in.Tokens,
		SessionToken: instance.SessionToken{Claims: in.SessionToken.Claims}, Settings: in.Settings.apply()}
	if in.SessionToken.Lifetime != nil {
		cfg.SessionToken.Lifetime = int64(*in.SessionToken.Lifetime)
	}
	if in.SessionToken.ConvexAudience != nil && *in.SessionToken.ConvexAudience {
		cfg.SessionToken.Audience = ConvexTemplate
	}
	return cfg
}

func (s *Settings) apply() instance.Settings {
	out := instance.DefaultSettings()
	s.Attributes.apply(&out.Users)
	s.Attributes.applySignIn(&out.Attributes)
	s.Password.apply(&out.Users.PasswordSettings)
	s.Lockout.apply(&out.Users.Lockout)
	lay(&out.Users.TestMode, s.TestMode)
	lay(&out.Users.DeleteSelf, s.DeleteSelf)
	lay(&out.Organizations, s.Organizations.Enabled)
	if s.SignUp.Mode != "" {
		out.SignUpMode = s.SignUp.Mode
	}
	if s.Session.LifetimeSeconds != nil {
		out.SessionLifetime = int64(*s.Session.LifetimeSeconds)
	}
	if s.Session.SingleSessionMode != nil {
		out.MultiSession = !*s.Session.SingleSessionMode
	}
	if s.Session.RefreshCookie != nil {
		out.NoSessionRefresh = !*s.Session.RefreshCookie
	}
	if s.Session.InactivitySeconds != nil {
		out.SessionInactivity = int64(*s.Session.InactivitySeconds)
	}
	return out
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
	if l.Enabled != nil && !*l.Enabled {
		s.MaxAttempts = 0
	}
	if l.DurationSeconds != nil {
		s.Duration = time.Duration(*l.DurationSeconds) * time.Second
	}
}
