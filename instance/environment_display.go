package instance

// displayConfig says how the prebuilt pages look and where they lead.
type displayConfig struct {
	Object                     string    `json:"object"`
	ID                         string    `json:"id"`
	InstanceEnvironmentType    string    `json:"instance_environment_type"`
	ApplicationName            string    `json:"application_name"`
	Theme                      theme     `json:"theme"`
	PreferredSignInStrategy    string    `json:"preferred_sign_in_strategy"`
	LogoImageURL               *string   `json:"logo_image_url"`
	FaviconImageURL            *string   `json:"favicon_image_url"`
	HomeURL                    string    `json:"home_url"`
	SignInURL                  string    `json:"sign_in_url"`
	SignUpURL                  string    `json:"sign_up_url"`
	UserProfileURL             string    `json:"user_profile_url"`
	WaitlistURL                string    `json:"waitlist_url"`
	OAuthConsentURL            string    `json:"oauth_consent_url"`
	AfterSignInURL             string    `json:"after_sign_in_url"`
	AfterSignUpURL             string    `json:"after_sign_up_url"`
	AfterSignOutOneURL         string    `json:"after_sign_out_one_url"`
	AfterSignOutAllURL         string    `json:"after_sign_out_all_url"`
	AfterSwitchSessionURL      string    `json:"after_switch_session_url"`
	AfterJoinWaitlistURL       string    `json:"after_join_waitlist_url"`
	OrganizationProfileURL     string    `json:"organization_profile_url"`
	CreateOrganizationURL      string    `json:"create_organization_url"`
	AfterLeaveOrganizationURL  string    `json:"after_leave_organization_url"`
	AfterCreateOrganizationURL string    `json:"after_create_organization_url"`
	LogoLinkURL                string    `json:"logo_link_url"`
	SupportEmail               *string   `json:"support_email"`
	Branded                    bool      `json:"branded"`
	ExperimentalForceOAuth     bool      `json:"experimental_force_oauth_first"`
	ClerkJSVersion             *string   `json:"clerk_js_version"`
	ShowDevmodeWarning         bool      `json:"show_devmode_warning"`
	GoogleOneTapClientID       *string   `json:"google_one_tap_client_id"`
	HelpURL                    *string   `json:"help_url"`
	PrivacyPolicyURL           *string   `json:"privacy_policy_url"`
	TermsURL                   *string   `json:"terms_url"`
	LogoURL                    *string   `json:"logo_url"`
	FaviconURL                 *string   `json:"favicon_url"`
	LogoImage                  *struct{} `json:"logo_image"`
	FaviconImage               *struct{} `json:"favicon_image"`
	// A captcha would come from Cloudflare's servers: there is none.
	CaptchaPublicKey          *string  `json:"captcha_public_key"`
	CaptchaWidgetType         *string  `json:"captcha_widget_type"`
	CaptchaPublicKeyInvisible *string  `json:"captcha_public_key_invisible"`
	CaptchaProvider           *string  `json:"captcha_provider"`
	CaptchaOAuthBypass        []string `json:"captcha_oauth_bypass"`
	CaptchaHeartbeat          bool     `json:"captcha_heartbeat"`
}

// theme is what Clerk sends without a theme of the instance's own.
type theme struct {
	Buttons  buttonTheme  `json:"buttons"`
	General  generalTheme `json:"general"`
	Accounts accountTheme `json:"accounts"`
}

type buttonTheme struct {
	FontColor  string `json:"font_color"`
	FontFamily string `json:"font_family"`
	FontWeight string `json:"font_weight"`
}

type generalTheme struct {
	Color           string `json:"color"`
	Padding         string `json:"padding"`
	BoxShadow       string `json:"box_shadow"`
	FontColor       string `json:"font_color"`
	FontFamily      string `json:"font_family"`
	BorderRadius    string `json:"border_radius"`
	BackgroundColor string `json:"background_color"`
	LabelFontWeight string `json:"label_font_weight"`
}

type accountTheme struct {
	BackgroundColor string `json:"background_color"`
}

var plainTheme = theme{
	Buttons: buttonTheme{FontColor: "#ffffff", FontWeight: "600"},
	General: generalTheme{Color: "#6c47ff", Padding: "1em", FontColor: "#151515", BorderRadius: "0.5em",
		BackgroundColor: "#ffffff", LabelFontWeight: "600"},
	Accounts: accountTheme{BackgroundColor: "#ffffff"},
}

// displayConfig sends browsers to the hosted pages for signing in and up, as
// Clerk does for apps that name no page of their own, and home to the app that
// asks. clerk-js takes absolute addresses only.
func (l *Live) displayConfig(p Pages) displayConfig {
	home := p.App + "/"
	if p.App == "" {
		home = p.Portal + "/"
	}
	return displayConfig{
		Object: "display_config", ID: "display_config_" + l.suffix(), InstanceEnvironmentType: "development",
		ApplicationName: l.applicationName(), Theme: plainTheme, PreferredSignInStrategy: l.Config.Settings.preferredStrategy(),
		HomeURL: home, SignInURL: p.Portal + "/sign-in", SignUpURL: p.Portal + "/sign-up", UserProfileURL: p.Portal + "/user",
		WaitlistURL:    p.Portal + "/waitlist",
		AfterSignInURL: home, AfterSignUpURL: home, AfterSignOutOneURL: home, AfterSignOutAllURL: home, AfterSwitchSessionURL: home,
		AfterJoinWaitlistURL: home, AfterLeaveOrganizationURL: home, AfterCreateOrganizationURL: home, LogoLinkURL: home,
		CaptchaOAuthBypass: []string{},
	}
}

func (l *Live) applicationName() string {
	if l.Slug == DefaultSlug {
		return "Nightclerk"
	}
	return l.Slug
}

func (s *Settings) preferredStrategy() string {
	if s.Users.Password.Enabled && s.Attributes.Password.Enabled {
		return "password"
	}
	return "otp"
}
