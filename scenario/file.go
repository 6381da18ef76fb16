package scenario

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/nightclerk/nightclerk/webhooks"
)

// DefaultSlug is the slug of the instance whose fields stand at the top level of the file.
const DefaultSlug = "default"

// File is one nightclerk.yaml: what it names, nothing added.
type File struct {
	Server    Server               `yaml:"server" doc:"The process: where it listens and keeps its data. A command-line flag or an environment variable beats what stands here."`
	Default   Instance             `yaml:",inline"`
	Instances map[string]*Instance `yaml:"instances" keys:"slug" doc:"Further instances by slug, each with the same fields as the default instance at the top level."`
}

// Instance returns the instance of a slug, or nil when the file does not describe it.
func (f *File) Instance(slug string) *Instance {
	if slug == DefaultSlug {
		return &f.Default
	}
	return f.Instances[slug]
}

// All yields every instance: default first, the others by slug.
func (f *File) All() iter.Seq2[string, *Instance] {
	return func(yield func(string, *Instance) bool) {
		if !yield(DefaultSlug, &f.Default) {
			return
		}
		for _, slug := range slices.Sorted(maps.Keys(f.Instances)) {
			if !yield(slug, f.Instances[slug]) {
				return
			}
		}
	}
}

// Server holds what concerns the process and not one instance. Empty means not named.
type Server struct {
	Listen          string   `yaml:"listen" is:"listen" default:"localhost:4545" doc:"Address and port for TLS and plain HTTP alike. localhost means 127.0.0.1 and ::1; port 0 picks a free one."`
	Data            string   `yaml:"data" is:"text" doc:"Folder for the database and the local certificate authority."`
	DatabaseURL     string   `yaml:"database_url" is:"database_url" secret:"true" doc:"PostgreSQL to use instead of SQLite in the data folder."`
	Issuer          string   `yaml:"issuer" is:"issuer" default:"http://localhost:4545" doc:"Base of every issuer: the default instance's own, and <issuer>/i/<slug> for the others. Any name that the verifier, such as a Convex backend in a container, can resolve."`
	PublicHost      string   `yaml:"public_host" is:"host" doc:"Host, with port where it is not 443, to put into publishable keys, certificates and allowed hosts instead of localhost, such as emulator:4545."`
	AllowHosts      []string `yaml:"allow_hosts" is:"host_name" doc:"Further host names that the console and the control API answer to."`
	WebhookURL      string   `yaml:"webhook_url" is:"url" doc:"Shorthand for one webhook endpoint of the default instance that receives every event."`
	WebhookSchedule string   `yaml:"webhook_schedule" enum:"fast|svix|manual" doc:"When failed deliveries are tried again: fast (seconds), svix (Svix's own schedule, over a day) or manual (only when asked)."`
	WebhookJitter   *Share   `yaml:"webhook_jitter" default:"0" doc:"How much retry delays are spread, up and down, as a part of each; Svix's is 0.2. The spread follows from the message, so that a run can be repeated."`
	WebhookTimeout  string   `yaml:"webhook_timeout" is:"duration" default:"15s" doc:"How long an attempt may take before it has failed, at most 5m."`
	CacheControl    string   `yaml:"cache_control" is:"header_value" default:"no-store" doc:"Cache-Control of the discovery document and the JWKS, such as public, max-age=60 to behave like production."`
	SDKDir          string   `yaml:"sdk_dir" is:"text" doc:"Folder that holds the scripts browsers load, @clerk/clerk-js and @clerk/ui, looked at before the app's node_modules and what nightclerk sdk pull fetched."`
	Seed            string   `yaml:"seed" is:"text" doc:"Any text. With it, resource ids and codes are derived: the same requests in the same order give the same ids on every machine."`
}

func (s *Server) check(b *binder, n *node) {
	atMost(b, n, "webhook_timeout", s.WebhookTimeout, webhooks.MaxTimeout)
	if s.WebhookTimeout != "" && length(s.WebhookTimeout) < time.Millisecond {
		b.fail(n.get("webhook_timeout"), problem{what: "an attempt needs time", expected: "a duration such as 15s"})
	}
}

// Instance is what Clerk calls an instance: one tenant with its keys, users and settings. Empty
// strings and nil mean not named; a nil Users differs from an empty one.
type Instance struct {
	ID               string            `yaml:"id" is:"ins" doc:"Instance id, also the key id of its signing key."`
	PublishableKeys  []string          `yaml:"publishable_keys" is:"publishable_key" doc:"Keys a browser may arrive with. The first is the one printed; without any, one is made from the host and port."`
	SecretKey        string            `yaml:"secret_key" is:"secret_key" secret:"true" doc:"Key of the Backend API and of Svix's API. The default instance has a fixed one, the others a generated one."`
	SigningKey       string            `yaml:"signing_key" is:"signing_key" secret:"true" doc:"development (published, the same on every machine), generated, or an RSA private key as PEM."`
	Issuer           string            `yaml:"issuer" is:"issuer" doc:"Issuer of this instance's tokens, byte for byte."`
	SessionIssuer    string            `yaml:"session_issuer" enum:"issuer|frontend_api" default:"issuer" doc:"Issuer of session tokens: the instance's issuer, or the https host of its publishable key as at Clerk."`
	SessionToken     SessionToken      `yaml:"session_token" doc:"What session tokens carry beside Clerk's own claims."`
	Tokens           string            `yaml:"tokens" enum:"wall_time|instance_time" default:"wall_time" doc:"Clock of iat, nbf and exp. instance_time follows a frozen or advanced clock: for golden files and clock skew."`
	Settings         Settings          `yaml:"settings" doc:"Sign-in and sign-up rules, as set in Clerk's dashboard."`
	JWTTemplates     []JWTTemplate     `yaml:"jwt_templates" doc:"JWT templates. One named convex exists even when it is not listed."`
	Users            []User            `yaml:"users" doc:"Users. Only a file without this key gives the default instance alice and bob."`
	Invitations      []Invitation      `yaml:"invitations" doc:"Who is invited to sign up."`
	Waitlist         []WaitlistEntry   `yaml:"waitlist" doc:"Who waits to be invited, where settings.sign_up.mode is waitlist."`
	WebhookEndpoints []WebhookEndpoint `yaml:"webhook_endpoints" doc:"Where events are delivered."`
	WebhookFaults    []WebhookFault    `yaml:"webhook_faults" doc:"What goes wrong with deliveries on purpose. Of the rules, the first that applies to an attempt is used. Every start and reset begins with these rules; without this key a start leaves the rules there are."`
	Webhooks         WebhookMode       `yaml:"webhooks" doc:"How deliveries relate to what causes them."`
}

// SessionToken changes session tokens of an instance.
type SessionToken struct {
	Lifetime       *int            `yaml:"lifetime" min:"30" max:"315360000" default:"60" doc:"Seconds until a session token expires."`
	Claims         json.RawMessage `yaml:"claims" doc:"Custom session claims. Values may use Clerk's shortcodes such as {{user.public_metadata}}."`
	ConvexAudience *bool           `yaml:"convex_audience" default:"false" doc:"Adds aud convex to session tokens, as the Convex integration in Clerk's dashboard does."`
}

// JWTTemplate is one JWT template.
type JWTTemplate struct {
	ID               string          `yaml:"id" is:"jtmp" doc:"Template id."`
	Name             string          `yaml:"name" is:"template_name" required:"true" doc:"Name to ask for in getToken({ template }). Convex's client asks for convex, spelled exactly so."`
	Claims           json.RawMessage `yaml:"claims" required:"true" doc:"Claims. Values may use Clerk's shortcodes such as {{user.full_name}}."`
	Lifetime         *int            `yaml:"lifetime" min:"30" max:"315360000" default:"60" doc:"Seconds until a token expires."`
	AllowedClockSkew *int            `yaml:"allowed_clock_skew" min:"0" max:"300" default:"5" doc:"Seconds by which nbf lies before iat."`
	Issuer           string          `yaml:"issuer" is:"issuer" doc:"Issuer of this template's tokens instead of the instance's."`
}
