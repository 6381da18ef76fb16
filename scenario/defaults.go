package scenario

import (
	"encoding/json"
	"slices"
)

// What a start without a file has, the same on every machine, so that an .env.local or a test can
// be shared. The keys are published here and protect nothing.
const (
	AliceID               = "user_2alice000000000000000000000"
	BobID                 = "user_2bob00000000000000000000000"
	DefaultInstanceID     = "ins_2default0000000000000000000"
	DefaultPassword       = "correct-horse-battery"
	DefaultPublishableKey = "pk_test_bG9jYWxob3N0OjQ1NDUvLmFjY291bnRzLmRldiQ" // of localhost:4545
	DefaultSecretKey      = "sk_test_NightclerkDevelopmentKeyForLocalUseOnly1"
	DefaultWebhookSecret  = "whsec_bmlnaHRjbGVyay1sb2NhbC13ZWJob29r"
)

// ConvexTemplate is the name Convex's client asks for.
const ConvexTemplate = "convex"

// convexClaims are those of the Convex preset in Clerk's dashboard.
const convexClaims = `{"aud":"convex",` +
	`"name":"{{user.full_name}}",` +
	`"email":"{{user.primary_email_address}}",` +
	`"picture":"{{user.image_url}}",` +
	`"nickname":"{{user.username}}",` +
	`"given_name":"{{user.first_name}}",` +
	`"updated_at":"{{user.updated_at}}",` +
	`"family_name":"{{user.last_name}}",` +
	`"phone_number":"{{user.primary_phone_number}}",` +
	`"email_verified":"{{user.email_verified}}",` +
	`"phone_number_verified":"{{user.phone_number_verified}}"}`

// Default is the scenario used without a file.
func Default() *File { return (&File{}).WithDefaults() }

// WithDefaults is the file completed for a start; f itself stays as it was.
//
// Every instance has the template convex unless it lists one of that name. The default instance
// gets the fixed id and keys it does not name, its endpoints the fixed signing secret, and alice
// and bob when the file has no `users` key. PublishableKeys stay empty when not named: the key
// follows from the host and port listened on, and is [DefaultPublishableKey] for localhost:4545.
func (f *File) WithDefaults() *File {
	full := *f
	full.Default = full.Default.withTemplate()
	full.Default.complete()
	if f.Instances != nil {
		full.Instances = make(map[string]*Instance, len(f.Instances))
		for slug, i := range f.Instances {
			with := i.withTemplate()
			full.Instances[slug] = &with
		}
	}
	return &full
}

func (i Instance) withTemplate() Instance {
	if !slices.ContainsFunc(i.JWTTemplates, func(t JWTTemplate) bool { return t.Name == ConvexTemplate }) {
		i.JWTTemplates = append([]JWTTemplate{convexTemplate()}, i.JWTTemplates...)
	}
	return i
}

func (i *Instance) complete() {
	if i.ID == "" {
		i.ID = DefaultInstanceID
	}
	if i.SecretKey == "" {
		i.SecretKey = DefaultSecretKey
	}
	if i.Users == nil {
		i.Users = defaultUsers()
	}
	i.WebhookEndpoints = slices.Clone(i.WebhookEndpoints)
	for k := range i.WebhookEndpoints {
		if i.WebhookEndpoints[k].Secret == "" {
			i.WebhookEndpoints[k].Secret = DefaultWebhookSecret
		}
	}
}

func convexTemplate() JWTTemplate {
	return JWTTemplate{Name: ConvexTemplate, Claims: json.RawMessage(convexClaims), Lifetime: new(60), AllowedClockSkew: new(5)}
}

// defaultUsers are one user with all names and one without any, for apps meet both.
func defaultUsers() []User {
	return []User{
		{
			ID:             AliceID,
			FirstName:      NullString{Named: true, Value: new("Alice")},
			LastName:       NullString{Named: true, Value: new("Example")},
			EmailAddresses: []EmailAddress{{ID: "idn_2alice000000000000000000000", EmailAddress: "alice@example.com", Primary: true}},
			Password:       DefaultPassword,
		},
		{
			ID:             BobID,
			FirstName:      NullString{Named: true},
			LastName:       NullString{Named: true},
			EmailAddresses: []EmailAddress{{ID: "idn_2bob00000000000000000000000", EmailAddress: "bob@example.com", Primary: true}},
			Password:       DefaultPassword,
		},
	}
}
