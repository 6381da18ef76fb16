package instance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/users"
)

// DefaultSlug is the instance that exists from the start.
const DefaultSlug = "default"

// Config is everything about an instance that is stored as one document.
type Config struct {
	// PublishableKeys are accepted; the first is the one that is printed. When
	// empty, the key follows from the frontend address.
	PublishableKeys []string `json:"publishable_keys,omitempty"`
	// WebhookSecret is what `nightclerk env` prints, and the secret of endpoints
	// that are configured without one.
	WebhookSecret string `json:"webhook_secret"`
	// Issuer is the claim iss; when empty it is the backend address.
	Issuer string `json:"issuer,omitempty"`
	// SessionIssuer is "issuer", or "frontend_api" for session tokens that carry
	// the address of the publishable key, as Clerk's do.
	SessionIssuer string `json:"session_issuer,omitempty"`
	// Tokens is "wall_time", or "instance_time" for tokens whose iat and exp
	// follow the instance's virtual clock.
	Tokens       string       `json:"tokens,omitempty"`
	SessionToken SessionToken `json:"session_token"`
	Settings     Settings     `json:"settings"`
}

// SessionToken is what an instance adds to its session tokens.
type SessionToken struct {
	// Lifetime is in seconds; 0 means 60.
	Lifetime int64           `json:"lifetime,omitempty"`
	Claims   json.RawMessage `json:"claims,omitempty"`
	// Audience is the claim aud: "convex" with Clerk's Convex integration.
	Audience string `json:"audience,omitempty"`
}

// Settings are the switches that shape behaviour and are told to browsers by
// /v1/environment.
type Settings struct {
	Users users.Rules `json:"users"`
	// Attributes are what signing in and up goes by.
	Attributes Attributes `json:"attributes"`
	// SessionLifetime and SessionInactivity are in seconds; 0 means 7 days and
	// no limit.
	SessionLifetime   int64 `json:"session_lifetime,omitempty"`
	SessionInactivity int64 `json:"session_inactivity,omitempty"`
	// MultiSession lets several users be signed in in one browser.
	MultiSession bool `json:"multi_session,omitempty"`
	// NoSessionRefresh leaves refresh cookies out of handshakes, so that the SDKs
	// renew tokens by handshakes alone.
	NoSessionRefresh bool   `json:"no_session_refresh,omitempty"`
	SignUpMode       string `json:"sign_up_mode,omitempty"`
	Organizations    bool   `json:"organizations,omitempty"`
}

// DefaultSettings are those of a new development instance.
func DefaultSettings() Settings {
	return Settings{Users: users.DefaultRules(), Attributes: DefaultAttributes(), SignUpMode: "public"}
}

// Live is an instance as requests see it: a snapshot that never changes, with
// everything that can be worked out beforehand.
type Live struct {
	ID        string
	Slug      string
	SecretKey string
	Config    Config
	Version   int64
	CreatedAt int64

	Addresses Addresses
	Issuer    string
	Keys      *issuer.KeySet
	// KeysUntil is when the next of the rotated keys leaves the JWKS, in wall
	// time, Unix milliseconds; 0 while all stay.
	KeysUntil int64

	discovery     map[string][]byte // by host of the issuer
	sessionClaims *issuer.Claims
	templates     map[string]*issuer.CompiledTemplate
}

// Addresses are the URLs under which an instance is reached.
type Addresses struct {
	// Frontend is the origin of the Frontend API, https and without a path.
	Frontend string
	// Backend is the base of the Backend API, the console and the rest over
	// plain HTTP.
	Backend string
	// KeyHost is the host in the publishable key.
	KeyHost string
}

// AddressesOf derives an instance's addresses from those of the process.
// frontendHost is host:port, backend a base URL like http://localhost:4545.
func AddressesOf(slug, frontendHost, backend string) Addresses {
	host := frontendHost
	if slug != DefaultSlug {
		host = slug + "." + frontendHost
	}
	return Addresses{Frontend: "https://" + host, Backend: below(backend, slug), KeyHost: host}
}

// below is the URL of an instance under one of the process.
func below(base, slug string) string {
	if slug == DefaultSlug {
		return base
	}
	return strings.TrimSuffix(base, "/") + "/i/" + slug
}

// PublishableKey is the key to print: the configured one, else the one that
// follows from the address.
func (l *Live) PublishableKey() string {
	if len(l.Config.PublishableKeys) > 0 {
		return l.Config.PublishableKeys[0]
	}
	return PublishableKey(l.Addresses.KeyHost)
}

// SessionIssuer is the claim iss of session tokens.
func (l *Live) SessionIssuer() string {
	if l.Config.SessionIssuer == "frontend_api" {
		return "https://" + l.Addresses.KeyHost + KeyPath
	}
	return l.Issuer
}

// Discovery is the document of the issuer at a host and port: the instance's
// own, unless a template or the session tokens have another issuer there. Its
// "issuer" is that issuer byte for byte.
func (l *Live) Discovery(hostport string) []byte {
	if doc, ok := l.discovery[hostport]; ok {
		return doc
	}
	return l.discovery[""]
}

// discoveries prepares a document for each issuer that tokens can carry. Where
// two share a host, the instance's own wins.
func (l *Live) discoveries() (map[string][]byte, error) {
	issuers := []string{l.SessionIssuer()}
	for _, name := range l.TemplateNames() {
		issuers = append(issuers, l.templates[name].Issuer)
	}
	docs := map[string][]byte{}
	for _, iss := range append(issuers, l.Issuer) {
		if iss == "" {
			continue
		}
		doc, err := issuer.Discovery(iss, issuer.DiscoveryOptions{})
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(iss)
		if err != nil {
			return nil, err
		}
		docs[u.Host], docs[""] = doc, doc
	}
	return docs, nil
}

// SessionOptions is what session tokens carry besides their own claims.
func (l *Live) SessionOptions() issuer.SessionOptions {
	return issuer.SessionOptions{Claims: l.sessionClaims, Audience: l.Config.SessionToken.Audience}
}

// Rules are the rules for users, with the address of their avatars.
func (l *Live) Rules() users.Rules {
	r := l.Config.Settings.Users
	r.ImageBase = l.Addresses.Backend + "/_emulator/avatars/"
	return r
}

var slugForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// CheckSlug refuses a slug that cannot stand in a host name the SDKs use: they
// rewrite a leading "clerk." in hosts.
func CheckSlug(slug string) error {
	switch {
	case !slugForm.MatchString(slug):
		return fmt.Errorf("slug %q must be 1 to 40 of a-z, 0-9 and -", slug)
	case strings.HasSuffix(slug, "clerk"):
		return fmt.Errorf("slug %q must not end in clerk: Clerk's SDKs rewrite such host names", slug)
	}
	return nil
}

// CheckIssuer refuses an issuer that no OIDC client could dereference.
func CheckIssuer(iss string) error {
	u, err := url.Parse(iss)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("issuer %q must be an absolute http or https URL without query, such as http://localhost:4545", iss)
	}
	return nil
}
