package instance

// userSettings says what users have and how they sign in.
type userSettings struct {
	Attributes       userAttributes      `json:"attributes"`
	Social           struct{}            `json:"social"`
	SAML             enabled             `json:"saml"`
	EnterpriseSSO    enabled             `json:"enterprise_sso"`
	SignIn           signInSettings      `json:"sign_in"`
	SignUp           signUpSettings      `json:"sign_up"`
	Restrictions     restrictions        `json:"restrictions"`
	PasswordSettings passwordSettings    `json:"password_settings"`
	UsernameSettings usernameSettings    `json:"username_settings"`
	Actions          userActions         `json:"actions"`
	AttackProtection attackProtection    `json:"attack_protection"`
	PasskeySettings  passkeySettingsJSON `json:"passkey_settings"`
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

// userAttributes has every attribute of Clerk's: the pages read through all.
type userAttributes struct {
	EmailAddress     attributeJSON `json:"email_address"`
	PhoneNumber      attributeJSON `json:"phone_number"`
	Username         attributeJSON `json:"username"`
	Web3Wallet       attributeJSON `json:"web3_wallet"`
	FirstName        attributeJSON `json:"first_name"`
	LastName         attributeJSON `json:"last_name"`
	Password         attributeJSON `json:"password"`
	AuthenticatorApp attributeJSON `json:"authenticator_app"`
	Ticket           attributeJSON `json:"ticket"`
	BackupCode       attributeJSON `json:"backup_code"`
	Passkey          attributeJSON `json:"passkey"`
}

type attributeJSON struct {
	Enabled             bool     `json:"enabled"`
	Required            bool     `json:"required"`
	UsedForFirstFactor  bool     `json:"used_for_first_factor"`
	FirstFactors        []string `json:"first_factors"`
	UsedForSecondFactor bool     `json:"used_for_second_factor"`
	SecondFactors       []string `json:"second_factors"`
	Verifications       []string `json:"verifications"`
	VerifyAtSignUp      bool     `json:"verify_at_sign_up"`
	Immutable           bool     `json:"immutable"`
}

// json spells an attribute. One that is off does nothing, whatever else is said.
func (a Attribute) json() attributeJSON {
	if !a.Enabled {
		a = Attribute{}
	}
	return attributeJSON{Enabled: a.Enabled, Required: a.Required, UsedForFirstFactor: a.UsedForFirstFactor,
		FirstFactors: strategies(a.FirstFactors), SecondFactors: []string{}, Verifications: strategies(a.Verifications),
		VerifyAtSignUp: a.VerifyAtSignUp}
}

// strategies is a list that is never null.
func strategies(list []string) []string { return append([]string{}, list...) }

func (s *Settings) userAttributes() userAttributes {
	a, off := &s.Attributes, Attribute{}.json()
	return userAttributes{
		EmailAddress: a.EmailAddress.json(), PhoneNumber: a.PhoneNumber.json(), Username: a.Username.json(),
		Web3Wallet: off, FirstName: a.FirstName.json(), LastName: a.LastName.json(), Password: a.Password.json(),
		AuthenticatorApp: off, Ticket: Attribute{Enabled: true}.json(), BackupCode: off, Passkey: off,
	}
}

type signInSettings struct {
	SecondFactor struct {
		Required bool `json:"required"`
	} `json:"second_factor"`
}

type signUpSettings struct {
	CaptchaEnabled       bool   `json:"captcha_enabled"`
	CaptchaWidgetType    string `json:"captcha_widget_type"`
	CustomActionRequired bool   `json:"custom_action_required"`
	Progressive          bool   `json:"progressive"`
	Mode                 string `json:"mode"`
	LegalConsentEnabled  bool   `json:"legal_consent_enabled"`
}

type restrictions struct {
	Allowlist                          enabled `json:"allowlist"`
	Blocklist                          enabled `json:"blocklist"`
	AllowlistBlocklistDisabledOnSignIn enabled `json:"allowlist_blocklist_disabled_on_sign_in"`
	BlockEmailSubaddresses             enabled `json:"block_email_subaddresses"`
	BlockDisposableEmailDomains        enabled `json:"block_disposable_email_domains"`
}

type passwordSettings struct {
	// DisableHIBP: the list of leaked passwords is on somebody else's server.
	DisableHIBP                   bool   `json:"disable_hibp"`
	DisablePasswordReverification bool   `json:"disable_password_reverification"`
	MinLength                     int    `json:"min_length"`
	MaxLength                     int    `json:"max_length"`
	RequireSpecialChar            bool   `json:"require_special_char"`
	RequireNumbers                bool   `json:"require_numbers"`
	RequireUppercase              bool   `json:"require_uppercase"`
	RequireLowercase              bool   `json:"require_lowercase"`
	ShowZxcvbn                    bool   `json:"show_zxcvbn"`
	MinZxcvbnStrength             int    `json:"min_zxcvbn_strength"`
	EnforceHIBPOnSignIn           bool   `json:"enforce_hibp_on_sign_in"`
	AllowedSpecialCharacters      string `json:"allowed_special_characters"`
}

type usernameSettings struct {
	MinLength                      int  `json:"min_length"`
	MaxLength                      int  `json:"max_length"`
	AllowExtendedSpecialCharacters bool `json:"allow_extended_special_characters"`
	AllowNumericUsernames          bool `json:"allow_numeric_usernames"`
}

type userActions struct {
	DeleteSelf               bool  `json:"delete_self"`
	CreateOrganization       bool  `json:"create_organization"`
	CreateOrganizationsLimit *bool `json:"create_organizations_limit"`
}

type attackProtection struct {
	UserLockout           userLockout `json:"user_lockout"`
	PII                   enabled     `json:"pii"`
	EmailLink             sameClient  `json:"email_link"`
	EnumerationProtection enabled     `json:"enumeration_protection"`
}

type userLockout struct {
	Enabled           bool `json:"enabled"`
	MaxAttempts       int  `json:"max_attempts"`
	DurationInMinutes int  `json:"duration_in_minutes"`
}

type sameClient struct {
	RequireSameClient bool `json:"require_same_client"`
}

type passkeySettingsJSON struct {
	AllowAutofill         bool `json:"allow_autofill"`
	ShowSignInButton      bool `json:"show_sign_in_button"`
	SatisfiesSecondFactor bool `json:"satisfies_second_factor"`
}

func (s *Settings) userSettings() userSettings {
	r := &s.Users
	return userSettings{
		Attributes:       s.userAttributes(),
		SignUp:           signUpSettings{CaptchaWidgetType: "smart", Progressive: true, Mode: s.signUpMode(), LegalConsentEnabled: r.LegalConsent},
		PasswordSettings: s.passwordSettings(),
		UsernameSettings: usernameSettings{MinLength: r.UsernameSettings.MinLength, MaxLength: r.UsernameSettings.MaxLength},
		Actions:          userActions{DeleteSelf: r.DeleteSelf, CreateOrganization: r.CreateOrganization},
		AttackProtection: attackProtection{UserLockout: lockoutSettings(r.Lockout)},
	}
}

func (s *Settings) signUpMode() string {
	if s.SignUpMode == "" {
		return "public"
	}
	return s.SignUpMode
}

func (s *Settings) passwordSettings() passwordSettings {
	p := &s.Users.PasswordSettings
	return passwordSettings{DisableHIBP: true, MinLength: p.MinLength, MaxLength: p.MaxLength, RequireSpecialChar: p.RequireSpecialChar,
		RequireNumbers: p.RequireNumbers, RequireUppercase: p.RequireUppercase, RequireLowercase: p.RequireLowercase,
		AllowedSpecialCharacters: p.AllowedSpecialCharacters}
}
