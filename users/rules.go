package users

import "time"

// Rules are what an instance's settings say about users. They are stored with
// the instance, under the names of user_settings in /v1/environment.
type Rules struct {
	EmailAddress Attribute `json:"email_address"`
	PhoneNumber  Attribute `json:"phone_number"`
	Username     Attribute `json:"username"`
	Password     Attribute `json:"password"`
	FirstName    Attribute `json:"first_name"`
	LastName     Attribute `json:"last_name"`

	PasswordSettings PasswordSettings `json:"password_settings"`
	UsernameSettings UsernameSettings `json:"username_settings"`
	Lockout          Lockout          `json:"lockout"`

	// DeleteSelf and CreateOrganization hold for users that have no setting of
	// their own.
	DeleteSelf         bool `json:"delete_self"`
	CreateOrganization bool `json:"create_organization"`
	// LegalConsent asks new users to have accepted the legal documents.
	LegalConsent bool `json:"legal_consent"`
	// TestMode makes +clerk_test addresses and fictional phone numbers accept the
	// code 424242.
	TestMode bool `json:"test_mode"`
	// ImageBase is the URL in front of the names of generated avatars, with its
	// closing slash. It follows from the instance's address and is not stored.
	ImageBase string `json:"-"`
}

// Attribute is something that users of an instance have or lack.
type Attribute struct {
	Enabled  bool `json:"enabled"`
	Required bool `json:"required"`
}

// PasswordSettings are the rules for new passwords; lengths are in characters.
type PasswordSettings struct {
	MinLength                int    `json:"min_length"`
	MaxLength                int    `json:"max_length"`
	RequireLowercase         bool   `json:"require_lowercase"`
	RequireNumbers           bool   `json:"require_numbers"`
	RequireSpecialChar       bool   `json:"require_special_char"`
	RequireUppercase         bool   `json:"require_uppercase"`
	AllowedSpecialCharacters string `json:"allowed_special_characters"`
}

// UsernameSettings are the limits of a username, in characters.
type UsernameSettings struct {
	MinLength int `json:"min_length"`
	MaxLength int `json:"max_length"`
}

// Lockout locks a user after failed attempts to prove a factor.
type Lockout struct {
	// MaxAttempts is how many failures lock a user; 0 switches lockout off.
	MaxAttempts int `json:"max_attempts"`
	// Duration is how long, in instance time; 0 is until somebody unlocks.
	Duration time.Duration `json:"duration"`
}

// DefaultRules are those of a new instance. Where Clerk's dashboard asks for a
// choice they are the lenient one, so that no application's own users are
// refused: everything is enabled, and only an e-mail address is required.
// Lengths are Clerk's own (docs: sign-up-sign-in-options), ten attempts and one
// hour its lockout since July 2026 (docs: user-lockout).
func DefaultRules() Rules {
	on := Attribute{Enabled: true}
	return Rules{
		EmailAddress: Attribute{Enabled: true, Required: true},
		PhoneNumber:  on,
		Username:     on,
		Password:     on,
		FirstName:    on,
		LastName:     on,
		PasswordSettings: PasswordSettings{MinLength: 8, MaxLength: maxPasswordBytes,
			AllowedSpecialCharacters: "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"},
		UsernameSettings:   UsernameSettings{MinLength: 4, MaxLength: 64},
		Lockout:            Lockout{MaxAttempts: 10, Duration: time.Hour},
		DeleteSelf:         true,
		CreateOrganization: true,
		TestMode:           true,
	}
}
