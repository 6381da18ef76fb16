package ui

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/users"
)

// settingsData is what the page of settings shows.
type settingsData struct {
	Form       *form
	Attributes []attributeRow
	MaxUsers   int
}

// attributeRow is one attribute with the names of its fields.
type attributeRow struct {
	Name, Label string
	Presences   []option
	// Identifies tells whether it can name a user, Strategies how it is proven.
	Identifies bool
	Strategies []string
}

var attributeLabels = map[string]string{"email_address": "E-mail address", "phone_number": "Phone number", "username": "Username",
	"password": "Password", "first_name": "First name", "last_name": "Last name"}

var presenceTexts = map[instance.Presence]string{instance.Required: "Required", instance.Optional: "Optional",
	instance.ByAPI: "Only by the API", instance.Off: "Off"}

func attributeRows() (out []attributeRow) {
	for _, name := range instance.AttributeNames {
		row := attributeRow{Name: "attributes." + name, Label: attributeLabels[name], Strategies: instance.Strategies(name),
			Identifies: name == "email_address" || name == "phone_number" || name == "username"}
		for _, p := range instance.Presences(name) {
			row.Presences = append(row.Presences, option{string(p), presenceTexts[p]})
		}
		out = append(out, row)
	}
	return out
}

// showSettings implements GET /settings.
func (c *console) showSettings(call *call) (reply, error) {
	f := newForm(nil)
	f.setSettings(&call.live.Config.Settings)
	return settingsPage(f, http.StatusOK), nil
}

func settingsPage(f *form, status int) reply {
	return show("settings", "Settings", &settingsData{Form: f, Attributes: attributeRows(), MaxUsers: scenario.MaxExportedUsers}).status(status)
}

var saidSettings = says("settings-saved", "The settings were saved. /v1/environment tells them from now on; pages that are open learn of them when they load again.")

// saveSettings implements POST /settings.
func (c *console) saveSettings(call *call) (reply, error) {
	f := newForm(call.PostForm)
	_, err := c.Instances.Change(context.WithoutCancel(call.Context()), call.live.ID, func(tx *store.Tx) error {
		return f.unless(instance.SetSettings(tx, func(s *instance.Settings) error { return f.settings(s) }))
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return settingsPage(f, http.StatusUnprocessableEntity), nil
	}
	return redirect{call.to("/settings"), saidSettings}, nil
}

// settings puts what a person may change into s. Fields are named as in a
// scenario file, and as the noun's errors name them.
func (f *form) settings(s *instance.Settings) error {
	for _, row := range attributeRows() {
		if err := f.attribute(s, row); err != nil {
			return err
		}
	}
	p, l := &s.Users.PasswordSettings, &s.Users.Lockout
	whole(f, "password.min_length", &p.MinLength, users.DefaultRules().PasswordSettings.MinLength)
	whole(f, "password.max_length", &p.MaxLength, users.DefaultRules().PasswordSettings.MaxLength)
	for name, to := range f.switches(s) {
		*to = f.Get(name) != ""
	}
	s.MultiSession = f.Get("session.single_session_mode") == "multi"
	s.NoSessionRefresh = f.Get("session.refresh_cookie") == ""
	whole(f, "session.lifetime_seconds", &s.SessionLifetime, 0)
	whole(f, "session.inactivity_seconds", &s.SessionInactivity, 0)
	if f.values.Has("session.lifetime_seconds") && strings.TrimSpace(f.Get("session.lifetime_seconds")) != "" && s.SessionLifetime == 0 {
		s.SessionLifetime = -1 // a zero that somebody wrote is not the default
	}
	s.SignUpMode = f.Get("sign_up.mode")
	seconds := int64(l.Duration / time.Second)
	whole(f, "lockout.duration_seconds", &seconds, int64(users.DefaultRules().Lockout.Duration/time.Second))
	l.Duration = time.Duration(min(max(seconds, -1), 1<<32)) * time.Second
	whole(f, "lockout.max_attempts", &l.MaxAttempts, users.DefaultRules().Lockout.MaxAttempts)
	if l.MaxAttempts == 0 {
		l.MaxAttempts = -1
	}
	if f.Get("lockout.enabled") == "" {
		l.MaxAttempts = 0
	}
	return nil
}

// switches are the settings that are on or off.
func (f *form) switches(s *instance.Settings) map[string]*bool {
	r, p := &s.Users, &s.Users.PasswordSettings
	return map[string]*bool{
		"password.require_lowercase":    &p.RequireLowercase,
		"password.require_uppercase":    &p.RequireUppercase,
		"password.require_numbers":      &p.RequireNumbers,
		"password.require_special_char": &p.RequireSpecialChar,
		"sign_up.legal_consent_enabled": &r.LegalConsent,
		"test_mode":                     &r.TestMode,
		"delete_self":                   &r.DeleteSelf,
	}
}

func (f *form) attribute(s *instance.Settings, row attributeRow) error {
	name := strings.TrimPrefix(row.Name, "attributes.")
	if err := s.SetPresence(name, instance.Presence(f.Get(row.Name))); err != nil {
		return err
	}
	a := s.Attribute(name)
	if row.Identifies {
		a.UsedForFirstFactor = f.Get(row.Name+".used_for_first_factor") != ""
	}
	if row.Strategies != nil {
		a.VerifyAtSignUp = f.Get(row.Name+".verify_at_sign_up") != ""
		for field, list := range map[string]*[]string{"first_factors": &a.FirstFactors, "verifications": &a.Verifications} {
			key := row.Name + "." + field
			*list = slices.Clone(f.values[key])
			f.values[key] = *list // so that an error finds a field of which nothing was ticked
		}
	}
	return nil
}

// whole reads a whole number into to; an empty field is the usual.
func whole[T int | int64](f *form, name string, to *T, usual T) {
	*to = usual
	if n := number[T](f, name); n != nil {
		*to = *n
	}
}

// setSettings is the counterpart of settings.
func (f *form) setSettings(s *instance.Settings) {
	for _, row := range attributeRows() {
		name := strings.TrimPrefix(row.Name, "attributes.")
		a := s.Attribute(name)
		f.set(row.Name, string(s.Presence(name)))
		f.tick(row.Name+".used_for_first_factor", a.UsedForFirstFactor)
		f.tick(row.Name+".verify_at_sign_up", a.VerifyAtSignUp)
		f.values[row.Name+".first_factors"], f.values[row.Name+".verifications"] = a.FirstFactors, a.Verifications
	}
	for name, on := range f.switches(s) {
		f.tick(name, *on)
	}
	f.set("password.min_length", strconv.Itoa(s.Users.PasswordSettings.MinLength))
	f.set("password.max_length", strconv.Itoa(s.Users.PasswordSettings.MaxLength))
	f.set("session.single_session_mode", map[bool]string{true: "multi", false: "single"}[s.MultiSession])
	f.tick("session.refresh_cookie", !s.NoSessionRefresh)
	f.set("session.lifetime_seconds", positive(int(s.SessionLifetime)))
	f.set("session.inactivity_seconds", positive(int(s.SessionInactivity)))
	f.set("sign_up.mode", s.SignUpMode)
	f.tick("lockout.enabled", s.Users.Lockout.MaxAttempts > 0)
	f.set("lockout.max_attempts", positive(s.Users.Lockout.MaxAttempts))
	f.set("lockout.duration_seconds", strconv.FormatInt(int64(s.Users.Lockout.Duration/time.Second), 10))
}

func (f *form) tick(name string, on bool) {
	if on {
		f.set(name, "on")
	}
}
