package scenario

import "slices"

// Settings is the part of Clerk's dashboard settings that a file can name. Nil means not named.
type Settings struct {
	Attributes    Attributes       `yaml:"attributes" doc:"What users have and sign in with."`
	Password      PasswordSettings `yaml:"password" doc:"Rules for new passwords."`
	SignUp        SignUpSettings   `yaml:"sign_up" doc:"Who may sign up."`
	Lockout       LockoutSettings  `yaml:"lockout" doc:"Locking of users after failed attempts."`
	Session       SessionSettings  `yaml:"session" doc:"How long sessions last and how many a browser has."`
	TestMode      *bool            `yaml:"test_mode" default:"true" doc:"Whether +clerk_test addresses and fictional phone numbers accept the code 424242."`
	DeleteSelf    *bool            `yaml:"delete_self" doc:"Whether users may delete their own account."`
	Organizations Organizations    `yaml:"organizations" doc:"Organizations."`
}

// Attributes are the user attributes, under the names of user_settings.attributes in /v1/environment.
type Attributes struct {
	EmailAddress VerifiedAttribute `yaml:"email_address" doc:"E-mail address."`
	FirstName    Attribute         `yaml:"first_name" doc:"First name."`
	LastName     Attribute         `yaml:"last_name" doc:"Last name."`
	Password     Attribute         `yaml:"password" doc:"Password."`
	PhoneNumber  VerifiedAttribute `yaml:"phone_number" doc:"Phone number."`
	Username     SignInAttribute   `yaml:"username" doc:"Username."`
}

// Attribute is an attribute that a user has or lacks.
type Attribute struct {
	Enabled  *bool `yaml:"enabled" doc:"Whether users have it."`
	Required *bool `yaml:"required" doc:"Whether sign-up asks for it."`
}

// SignInAttribute is an attribute that can name a user at sign-in.
type SignInAttribute struct {
	Enabled            *bool `yaml:"enabled" doc:"Whether users have it."`
	Required           *bool `yaml:"required" doc:"Whether sign-up asks for it."`
	UsedForFirstFactor *bool `yaml:"used_for_first_factor" doc:"Whether users sign in with it."`
}

// VerifiedAttribute is an identifier that codes or links can be sent to.
type VerifiedAttribute struct {
	Enabled            *bool    `yaml:"enabled" doc:"Whether users have it."`
	Required           *bool    `yaml:"required" doc:"Whether sign-up asks for it."`
	UsedForFirstFactor *bool    `yaml:"used_for_first_factor" doc:"Whether users sign in with it."`
	FirstFactors       []string `yaml:"first_factors" enum:"email_code|email_link|phone_code" doc:"Strategies that prove it at sign-in."`
	Verifications      []string `yaml:"verifications" enum:"email_code|email_link|phone_code" doc:"Strategies that verify it."`
	VerifyAtSignUp     *bool    `yaml:"verify_at_sign_up" doc:"Whether sign-up verifies it."`
}

// PasswordSettings are the rules for new passwords.
type PasswordSettings struct {
	MinLength          *int  `yaml:"min_length" min:"1" max:"72" doc:"Least number of characters."`
	MaxLength          *int  `yaml:"max_length" min:"1" max:"72" doc:"Greatest number of characters; bcrypt reads no more than 72."`
	RequireLowercase   *bool `yaml:"require_lowercase" doc:"At least one lower-case letter."`
	RequireNumbers     *bool `yaml:"require_numbers" doc:"At least one digit."`
	RequireSpecialChar *bool `yaml:"require_special_char" doc:"At least one special character."`
	RequireUppercase   *bool `yaml:"require_uppercase" doc:"At least one upper-case letter."`
}

// SignUpSettings says who may sign up.
type SignUpSettings struct {
	Mode                string `yaml:"mode" enum:"public|restricted|waitlist" doc:"public (anyone), restricted (by invitation) or waitlist."`
	LegalConsentEnabled *bool  `yaml:"legal_consent_enabled" default:"false" doc:"Whether sign-up asks for consent to the legal documents."`
}

// LockoutSettings locks a user after failed attempts.
type LockoutSettings struct {
	Enabled         *bool `yaml:"enabled" doc:"Whether failed attempts lock a user."`
	MaxAttempts     *int  `yaml:"max_attempts" min:"1" max:"1000000" doc:"Failed attempts until a user is locked."`
	DurationSeconds *int  `yaml:"duration_seconds" min:"0" max:"315360000" doc:"Seconds a user stays locked; 0 until unlocked by hand."`
}

// SessionSettings says how long a session lasts and how many a browser has.
type SessionSettings struct {
	SingleSessionMode *bool `yaml:"single_session_mode" default:"true" doc:"Whether a browser has one session at most."`
	LifetimeSeconds   *int  `yaml:"lifetime_seconds" min:"1" max:"315360000" doc:"Seconds after which a session ends in any case."`
	InactivitySeconds *int  `yaml:"inactivity_seconds" min:"0" max:"315360000" doc:"Seconds without activity after which a session ends; 0 for never."`
	RefreshCookie     *bool `yaml:"refresh_cookie" default:"true" doc:"Whether handshakes leave a refresh cookie, by which Clerk's server SDKs renew a session token that ran out without sending the browser away."`
}

// Organizations switches organizations on.
type Organizations struct {
	Enabled *bool `yaml:"enabled" doc:"Whether users can have organizations. Not built yet: only false is taken."`
}

// check refuses a switch that Clerk's components would act on and nothing answers.
func (o *Organizations) check(b *binder, n *node) {
	if o.Enabled != nil && *o.Enabled {
		b.fail(n.get("enabled"), problem{what: "organizations are not built yet", expected: "enabled: false, or nothing"})
	}
}

func (s *Settings) check(b *binder, n *node) {
	attributes := n.get("attributes")
	s.Attributes.EmailAddress.strategies(b, attributes.get("email_address"), "email_code", "email_link")
	s.Attributes.PhoneNumber.strategies(b, attributes.get("phone_number"), "phone_code")
	off := func(enabled *bool) bool { return enabled != nil && !*enabled }
	a := s.Attributes
	if off(a.EmailAddress.Enabled) && off(a.PhoneNumber.Enabled) && off(a.Username.Enabled) {
		b.fail(attributes, problem{what: "email_address, phone_number and username are all disabled, so nobody could sign in",
			expected: "at least one of them enabled"})
	}
}

// strategies refuses a strategy that belongs to another identifier.
func (a *VerifiedAttribute) strategies(b *binder, n *node, fit ...string) {
	for _, list := range []string{"first_factors", "verifications"} {
		for _, item := range n.get(list).items() {
			if item.kind == stringKind && !slices.Contains(fit, item.text) && slices.Contains(strategyNames, item.text) {
				b.fail(item, problem{what: quote(item.text) + " is not a strategy for this attribute", expected: oneOf(fit)})
			}
		}
	}
}

var strategyNames = []string{"email_code", "email_link", "phone_code"}

func (a *Attribute) check(b *binder, n *node)         { checkRequired(b, n, a.Enabled, a.Required) }
func (a *SignInAttribute) check(b *binder, n *node)   { checkRequired(b, n, a.Enabled, a.Required) }
func (a *VerifiedAttribute) check(b *binder, n *node) { checkRequired(b, n, a.Enabled, a.Required) }

func checkRequired(b *binder, n *node, enabled, required *bool) {
	if enabled != nil && required != nil && !*enabled && *required {
		b.fail(n.get("required"), problem{what: "an attribute cannot be required while it is disabled",
			expected: "enabled: true, or required: false"})
	}
}

func (p *PasswordSettings) check(b *binder, n *node) {
	if p.MinLength != nil && p.MaxLength != nil && *p.MinLength > *p.MaxLength {
		b.fail(n.get("min_length"), problem{what: "min_length is greater than max_length", expected: "min_length ≤ max_length"})
	}
}
