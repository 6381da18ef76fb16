package instance

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// Presence is what users of an instance do about one attribute.
type Presence string

// The presences. ByAPI is that of phone numbers and usernames in a new instance:
// the APIs take one, and no page asks for it.
const (
	Required Presence = "required"
	Optional Presence = "optional"
	ByAPI    Presence = "api"
	Off      Presence = "off"
)

// AttributeNames are the attributes that have settings, in Clerk's order.
var AttributeNames = []string{"email_address", "phone_number", "username", "password", "first_name", "last_name"}

// pointers finds what is said of an attribute, to change it; nil for no name.
func (s *Settings) pointers(name string) (*Attribute, *users.Attribute) {
	a, r := &s.Attributes, &s.Users
	switch name {
	case "email_address":
		return &a.EmailAddress, &r.EmailAddress
	case "first_name":
		return &a.FirstName, &r.FirstName
	case "last_name":
		return &a.LastName, &r.LastName
	case "password":
		return &a.Password, &r.Password
	case "phone_number":
		return &a.PhoneNumber, &r.PhoneNumber
	case "username":
		return &a.Username, &r.Username
	}
	return nil, nil
}

// Attribute is what signing in and up does with an attribute, nil for a name
// that is none. What it points to can be changed.
func (s *Settings) Attribute(name string) *Attribute {
	a, _ := s.pointers(name)
	return a
}

// Presence is what users do about an attribute.
func (s *Settings) Presence(name string) Presence {
	a, rule := s.attribute(name)
	switch {
	case !rule.Enabled:
		return Off
	case !a.Enabled:
		return ByAPI
	case a.Required || rule.Required:
		return Required
	}
	return Optional
}

// Presences are those that an attribute can be given. Only what a file can say
// by leaving the attribute out can be left to the API.
func Presences(name string) []Presence {
	if name == "phone_number" || name == "username" {
		return []Presence{Required, Optional, ByAPI, Off}
	}
	return []Presence{Required, Optional, Off}
}

// SetPresence gives an attribute another presence. The one that it has changes
// nothing, so that what a file said in more detail stays.
func (s *Settings) SetPresence(name string, p Presence) error {
	a, rule := s.pointers(name)
	if a == nil || !slices.Contains(Presences(name), p) {
		return apierr.FormInvalidParameterFormat("attributes."+name, "Choose whether it is required, optional or off.")
	}
	if s.Presence(name) == p {
		return nil
	}
	rule.Enabled, rule.Required = p != Off, p == Required
	a.Enabled, a.Required = p == Required || p == Optional, p == Required
	return nil
}

// Limits of settings: seconds as a scenario file takes them.
const (
	maxSeconds  = 315_360_000
	maxAttempts = 1_000_000
)

// SignUpModes are who may sign up.
var SignUpModes = []string{"public", "restricted", "waitlist"}

// Check refuses settings that could not be served, all that is wrong at once.
// Parameters are named as in a scenario file below settings.
func (s *Settings) Check() error {
	var errs []*apierr.Error
	wrong := func(bad bool, param, text string) {
		if bad {
			errs = append(errs, apierr.FormInvalidParameterFormat(param, text))
		}
	}
	p, l := s.Users.PasswordSettings, s.Users.Lockout
	wrong(p.MinLength < 1 || p.MinLength > 72, "password.min_length", "It must be between 1 and 72 characters.")
	wrong(p.MaxLength < 1 || p.MaxLength > 72, "password.max_length", "It must be between 1 and 72 characters: bcrypt reads no more.")
	wrong(p.MinLength > p.MaxLength, "password.min_length", "It must not be greater than the greatest length.")
	wrong(l.MaxAttempts < 0 || l.MaxAttempts > maxAttempts, "lockout.max_attempts", "It must be between 1 and 1000000 attempts.")
	wrong(l.Duration < 0 || l.Duration > maxSeconds*time.Second, "lockout.duration_seconds", "It must be between 0 (until unlocked by hand) and 315360000 seconds.")
	wrong(s.SessionLifetime < 0 || s.SessionLifetime > maxSeconds, "session.lifetime_seconds", "It must be between 1 and 315360000 seconds, or nothing for 7 days.")
	wrong(s.SessionInactivity < 0 || s.SessionInactivity > maxSeconds, "session.inactivity_seconds", "It must be between 0 (never) and 315360000 seconds.")
	wrong(s.SignUpMode != "" && !slices.Contains(SignUpModes, s.SignUpMode), "sign_up.mode", "It must be public, restricted or waitlist.")
	wrong(s.Organizations, "organizations.enabled", "Organizations are not built yet: leave them off.")
	wrong(!s.Users.EmailAddress.Enabled && !s.Users.PhoneNumber.Enabled && !s.Users.Username.Enabled, "attributes.email_address",
		"E-mail address, phone number and username are all off, so that nobody could sign in: leave one of them on.")
	for name, fit := range fittingStrategies {
		errs = append(errs, s.checkStrategies(name, fit)...)
	}
	return apierr.Join(errs...)
}

// fittingStrategies are those that prove an identifier.
var fittingStrategies = map[string][]string{"email_address": {"email_code", "email_link"}, "phone_number": {"phone_code"}}

// Strategies are those that an attribute can be proven by, none for one that
// nothing is sent to.
func Strategies(name string) []string { return slices.Clone(fittingStrategies[name]) }

func (s *Settings) checkStrategies(name string, fit []string) (errs []*apierr.Error) {
	a := s.Attribute(name)
	for list, values := range map[string][]string{"first_factors": a.FirstFactors, "verifications": a.Verifications} {
		for _, v := range values {
			if !slices.Contains(fit, v) {
				errs = append(errs, apierr.FormInvalidParameterFormat("attributes."+name+"."+list, v+" is not a strategy for this attribute."))
			}
		}
	}
	if a.Enabled && a.VerifyAtSignUp && len(a.Verifications) == 0 {
		errs = append(errs, apierr.FormInvalidParameterFormat("attributes."+name+".verifications",
			"Sign-up verifies it, so that it needs a strategy to do that by."))
	}
	return errs
}

// SetSettings changes the settings of the transaction's instance. change works
// on what is stored; what it leaves wrong is refused by Check. It belongs into
// [Registry.Change], after which every request, and within a second every other
// process, goes by the new ones.
func SetSettings(tx *store.Tx, change func(*Settings) error) error {
	var doc string
	err := tx.QueryRow(`SELECT doc FROM instance WHERE instance_id = $1`, tx.Instance()).Scan(&doc)
	if err != nil {
		return err
	}
	cfg, err := parseConfig(doc)
	if err != nil {
		return err
	}
	if err := change(&cfg.Settings); err != nil {
		return err
	}
	if err := cfg.Settings.Check(); err != nil {
		return err
	}
	raw, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE instance SET doc = $2 WHERE instance_id = $1`, tx.Instance(), string(raw))
	return err
}

// parseConfig reads a stored configuration. What an older version did not store
// is as in a new instance.
func parseConfig(doc string) (cfg Config, err error) {
	cfg.Settings = DefaultSettings()
	err = json.Unmarshal([]byte(doc), &cfg)
	return cfg, err
}

// MaxGrace bounds how long a rotated key stays published.
const MaxGrace = 10 * 365 * 24 * time.Hour

// RotateKey has an instance sign with a new key. The keys before it stay in the
// JWKS for grace, in wall time because verifiers live by it; 0 takes them out at
// once, and with them every token they signed.
func (r *Registry) RotateKey(ctx context.Context, id string, grace time.Duration) (*Live, error) {
	if grace < 0 || grace > MaxGrace {
		return nil, apierr.FormInvalidParameterFormat("grace", "It must be a duration of at most ten years, such as 24h; 0s takes the old keys out at once.")
	}
	key, err := r.pool.Get(ctx)
	if err != nil {
		return nil, err
	}
	return r.Change(ctx, id, func(tx *store.Tx) error {
		until := tx.WallNowMS() + grace.Milliseconds()
		_, err := tx.Exec(`UPDATE signing_key SET published_until = $2 WHERE instance_id = $1 AND (published_until IS NULL OR published_until > $2)`, tx.Instance(), until)
		if err != nil {
			return err
		}
		return setKey(tx, key)
	})
}
