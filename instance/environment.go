package instance

import (
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/users"
)

// Pages are the addresses that an environment sends browsers to.
type Pages struct {
	// App is the origin of the app that asks, "" when nobody knows.
	App string
	// Portal is the base of the hosted sign-in pages, without closing slash.
	Portal string
}

// Environment is what clerk-js asks before anything else (spec:
// Client.Environment): which parts of the prebuilt pages are there and where
// they lead.
type Environment struct {
	AuthConfig           authConfig           `json:"auth_config"`
	DisplayConfig        displayConfig        `json:"display_config"`
	UserSettings         userSettings         `json:"user_settings"`
	OrganizationSettings organizationSettings `json:"organization_settings"`
	FraudSettings        fraudSettings        `json:"fraud_settings"`
	CommerceSettings     commerceSettings     `json:"commerce_settings"`
	APIKeysSettings      apiKeysSettings      `json:"api_keys_settings"`
	ClientDebugMode      bool                 `json:"client_debug_mode"`
	// PartitionedCookies stays false: clerk-js would want the app over HTTPS.
	PartitionedCookies bool `json:"partitioned_cookies"`
	MaintenanceMode    bool `json:"maintenance_mode"`
}

// Environment returns the instance's settings as browsers are told them. What
// would make a page leave this machine (captcha, social providers, Clerk's own
// badge and images) is off.
func (l *Live) Environment(p Pages) Environment {
	s := &l.Config.Settings
	return Environment{
		AuthConfig:           l.authConfig(),
		DisplayConfig:        l.displayConfig(p),
		UserSettings:         s.userSettings(),
		OrganizationSettings: s.organizationSettings(),
		FraudSettings:        fraudSettings{Object: "fraud_settings", Native: deviceAttestation{Mode: "disabled"}},
		CommerceSettings:     commerceSettings{},
	}
}

// authConfig is the older spelling of the user settings.
type authConfig struct {
	Object                             string         `json:"object"`
	ID                                 string         `json:"id"`
	FirstName                          string         `json:"first_name"`
	LastName                           string         `json:"last_name"`
	EmailAddress                       string         `json:"email_address"`
	PhoneNumber                        string         `json:"phone_number"`
	Username                           string         `json:"username"`
	Password                           string         `json:"password"`
	IdentificationRequirements         [][]string     `json:"identification_requirements"`
	IdentificationStrategies           []string       `json:"identification_strategies"`
	FirstFactors                       []string       `json:"first_factors"`
	SecondFactors                      []string       `json:"second_factors"`
	EmailAddressVerificationStrategies []string       `json:"email_address_verification_strategies"`
	SingleSessionMode                  bool           `json:"single_session_mode"`
	EnhancedEmailDeliverability        bool           `json:"enhanced_email_deliverability"`
	TestMode                           bool           `json:"test_mode"`
	URLBasedSessionSyncing             bool           `json:"url_based_session_syncing"`
	ClaimedAt                          *int64         `json:"claimed_at"`
	Reverification                     bool           `json:"reverification"`
	NativeSettings                     nativeSettings `json:"native_settings"`
	PreferredChannels                  struct{}       `json:"preferred_channels"`
	// SessionMinter stays off: clerk-js would send its old token along and expect
	// a cheaper endpoint than ours.
	SessionMinter bool `json:"session_minter"`
}

type nativeSettings struct {
	Object                                   string `json:"object"`
	APIEnabled                               bool   `json:"api_enabled"`
	TrustedDeviceSignInEnabled               bool   `json:"trusted_device_sign_in_enabled"`
	TrustedDeviceEnrollmentPromptAfterSignIn bool   `json:"trusted_device_enrollment_prompt_after_sign_in_enabled"`
	TrustedDeviceEnrollmentPromptAfterSignUp bool   `json:"trusted_device_enrollment_prompt_after_sign_up_enabled"`
}

func (l *Live) authConfig() authConfig {
	s, a := &l.Config.Settings, &l.Config.Settings.Attributes
	return authConfig{
		Object: "auth_config", ID: "aac_" + l.suffix(),
		FirstName: a.FirstName.word(), LastName: a.LastName.word(), EmailAddress: a.EmailAddress.word(),
		PhoneNumber: a.PhoneNumber.word(), Username: a.Username.word(), Password: a.Password.word(),
		IdentificationRequirements: s.requirements(), IdentificationStrategies: s.identifiers(),
		FirstFactors: s.allFirstFactors(), SecondFactors: []string{},
		EmailAddressVerificationStrategies: strategies(a.EmailAddress.Verifications),
		SingleSessionMode:                  s.SingleSessionMode(), TestMode: s.Users.TestMode, URLBasedSessionSyncing: true,
		NativeSettings: nativeSettings{Object: "native_settings", APIEnabled: true},
	}
}

// suffix is the instance's id without its kind, for the ids of its parts.
func (l *Live) suffix() string { return strings.TrimPrefix(l.ID, "ins_") }

// word is an attribute in the older spelling.
func (a Attribute) word() string {
	switch {
	case a.Enabled && a.Required:
		return "required"
	case a.Enabled:
		return "on"
	}
	return "off"
}

var identifierNames = []string{"email_address", "phone_number", "username"}

// identifiers are the attributes that the pages let a user be named by.
func (s *Settings) identifiers() []string {
	list := []string{}
	for _, name := range identifierNames {
		if a, _ := s.attribute(name); a.Enabled && s.SignsInWith(name) {
			list = append(list, name)
		}
	}
	return list
}

// requirements are the identifiers that every user has, one set.
func (s *Settings) requirements() [][]string {
	set := []string{}
	for _, name := range identifierNames {
		if s.RequiredAtSignUp(name) {
			set = append(set, name)
		}
	}
	return [][]string{set}
}

// allFirstFactors are the strategies that can begin a sign-in.
func (s *Settings) allFirstFactors() []string {
	list := []string{}
	for _, name := range s.identifiers() {
		list = append(list, s.FirstFactors(name)...)
	}
	if s.Users.Password.Enabled {
		list = append(list, "password")
	}
	return append(list, "ticket")
}

type organizationSettings struct {
	Enabled               bool                `json:"enabled"`
	MaxAllowedMemberships int                 `json:"max_allowed_memberships"`
	Actions               organizationActions `json:"actions"`
	Domains               organizationDomains `json:"domains"`
	Slug                  organizationSlug    `json:"slug"`
	CreatorRole           string              `json:"creator_role"`
	// ForceOrganizationSelection stays off: sessions would be pending.
	ForceOrganizationSelection bool `json:"force_organization_selection"`
}

type organizationActions struct {
	AdminDelete bool `json:"admin_delete"`
}

type organizationDomains struct {
	Enabled         bool     `json:"enabled"`
	EnrollmentModes []string `json:"enrollment_modes"`
	DefaultRole     *string  `json:"default_role"`
}

type organizationSlug struct {
	Disabled bool `json:"disabled"`
}

// organizationSettings has Clerk's defaults beside the switch.
func (s *Settings) organizationSettings() organizationSettings {
	return organizationSettings{Enabled: s.Organizations, MaxAllowedMemberships: 5, Actions: organizationActions{AdminDelete: true},
		Domains: organizationDomains{EnrollmentModes: []string{}}, CreatorRole: "org:admin"}
}

type fraudSettings struct {
	Object string            `json:"object"`
	Native deviceAttestation `json:"native"`
}

type deviceAttestation struct {
	Mode string `json:"device_attestation_mode"`
}

// commerceSettings must be whole: clerk-js reads through all of it.
type commerceSettings struct {
	Billing struct {
		StripePublishableKey           *string     `json:"stripe_publishable_key"`
		FreeTrialRequiresPaymentMethod bool        `json:"free_trial_requires_payment_method"`
		User                           payingParty `json:"user"`
		Organization                   payingParty `json:"organization"`
	} `json:"billing"`
}

type payingParty struct {
	Enabled      bool `json:"enabled"`
	HasPaidPlans bool `json:"has_paid_plans"`
}

type apiKeysSettings struct {
	Enabled     bool `json:"enabled"`
	UserEnabled bool `json:"user_api_keys_enabled"`
	OrgsEnabled bool `json:"orgs_api_keys_enabled"`
}

// lockoutSettings spells the lockout rules.
func lockoutSettings(l users.Lockout) userLockout {
	return userLockout{Enabled: l.MaxAttempts > 0, MaxAttempts: l.MaxAttempts, DurationInMinutes: int(l.Duration / time.Minute)}
}
