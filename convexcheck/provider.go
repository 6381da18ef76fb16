package convexcheck

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Kind is the "type" of a provider in auth.config.ts.
type Kind string

// The two kinds. A provider without a type is OIDC.
const (
	OIDC      Kind = "oidc"
	CustomJWT Kind = "customJwt"
)

// Provider is one entry of auth.config.ts as Convex stores it: a URL without scheme has got its https://. Its JSON is
// again valid in auth.config.
type Provider struct {
	Type          Kind    `json:"type"`
	Domain        string  `json:"domain,omitempty"`        // OIDC
	Issuer        string  `json:"issuer,omitempty"`        // customJwt
	JWKS          string  `json:"jwks,omitempty"`          // customJwt: a URL or data: URI
	Algorithm     string  `json:"algorithm,omitempty"`     // customJwt: RS256 or ES256
	ApplicationID *string `json:"applicationID,omitempty"` // nil only for a customJwt that does not check aud
}

// ConfigError is Convex's refusal to push an auth.config, always with HTTP status 400.
type ConfigError struct {
	Code    string // AuthConfigNotMatchingSchemaError, AuthConfigMissingExportError, InvalidProviderDomainUrl, InsecureConfiguration
	Message string
}

func (e *ConfigError) Error() string { return e.Code + ": " + e.Message }

// issuerURL is what the token's iss is compared with.
func (p *Provider) issuerURL() string {
	if p.Type == CustomJWT {
		return p.Issuer
	}
	return p.Domain
}

// String is the provider as Convex prints it in "No auth provider found".
func (p *Provider) String() string {
	app := "none"
	if p.ApplicationID != nil {
		app = *p.ApplicationID
	}
	if p.Type == CustomJWT {
		return fmt.Sprintf("CustomJWT(issuer=%s, app_id=%s)", p.Issuer, app)
	}
	return fmt.Sprintf("OIDC(domain=%s, app_id=%s)", p.Domain, app)
}

// matches is Convex's routing: plain string comparison, only trailing slashes are forgiven.
func (p *Provider) matches(audiences []string, iss string) bool {
	if p.ApplicationID != nil && !slices.Contains(audiences, *p.ApplicationID) {
		return false
	}
	return trimSlashes(p.issuerURL()) == trimSlashes(withScheme(iss))
}

func trimSlashes(s string) string { return strings.TrimRight(s, "/") }

// withScheme adds the https:// that some issuers leave out of iss.
func withScheme(iss string) string {
	if strings.HasPrefix(iss, "https://") || strings.HasPrefix(iss, "http://") {
		return iss
	}
	return "https://" + iss
}

// ParseProviders reads the JSON form of auth.config, {"providers": […]}, as a push does: the default export after
// JSON.stringify. A refusal is a *ConfigError. Extra keys are tolerated.
func ParseProviders(config []byte) ([]Provider, error) {
	var root any
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, schemaError("%v", err)
	}
	if root == nil {
		return nil, &ConfigError{"AuthConfigMissingExportError", "auth config file is missing default export. " + seeDocs}
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, schemaError("invalid type: %s, expected struct SerializedAuthConfig", describe(root))
	}
	entries, present := object["providers"]
	list, ok := entries.([]any)
	switch {
	case !present:
		return nil, schemaError("missing field `providers`")
	case !ok:
		return nil, schemaError("invalid type: %s, expected a sequence", describe(entries))
	}
	for i, entry := range list {
		if err := commonConfusion(i, entry); err != nil {
			return nil, err
		}
	}
	return providers(list)
}

const seeDocs = "To learn more, see the auth documentation at https://docs.convex.dev/auth."

func schemaError(format string, args ...any) *ConfigError {
	return &ConfigError{"AuthConfigNotMatchingSchemaError",
		"auth config file must include a list of provider credentials: " + fmt.Sprintf(format, args...)}
}

// commonConfusion finds the mistakes Convex has own words for.
func commonConfusion(index int, entry any) error {
	object, ok := entry.(map[string]any)
	if !ok {
		return nil
	}
	_, lower := object["applicationId"]
	_, lowest := object["applicationid"]
	_, hasDomain := object["domain"]
	issuer, hasIssuer := object["issuer"]
	_, hasApplication := object["applicationID"]
	kind, isText := object["type"].(string)
	isOIDC := !isText || kind == "oidc" || kind == "unknown"
	switch {
	case lower || lowest:
		return schemaError("Provider at index %d must have applicationID property spelled lowercase 'application', capital I, capital D.", index)
	case !isOIDC && kind != "customJwt":
		return schemaError("Provider at index %d has unexpected 'type' value '%s'", index, kind)
	case kind == "customJwt" && hasDomain:
		return schemaError("Provider at index %d is a customJwt so cannot have a 'domain' specified", index)
	case isOIDC && hasIssuer:
		return schemaError("Provider at index %d is oidc so cannot have an 'issuer' specified.", index)
	case !hasApplication && (issuer == "https://api.workos.com" || issuer == "https://api.workos.com/"):
		return &ConfigError{"InsecureConfiguration", fmt.Sprintf("This auth configuration appears potentially insecure: "+
			"Provider at index %d has an issuer that is shared among many applications, so must to specify an ApplicationID "+
			"to check against an `aud` field of a JWT.", index)}
	}
	return nil
}

// providers deserializes all entries before it looks at any URL, as Convex does.
func providers(list []any) ([]Provider, error) {
	parsed := make([]Provider, 0, len(list))
	for _, entry := range list {
		p, ok := parseProvider(entry)
		if !ok {
			return nil, schemaError("data did not match any variant of untagged enum SerializedAuthInfo")
		}
		parsed = append(parsed, p)
	}
	for i := range parsed {
		at := &parsed[i].Domain
		if parsed[i].Type == CustomJWT {
			at = &parsed[i].Issuer
		}
		normalized, err := normalizeIssuer(*at)
		if err != nil {
			return nil, err
		}
		*at = normalized
	}
	return parsed, nil
}

func parseProvider(entry any) (Provider, bool) {
	object, _ := entry.(map[string]any)
	text := func(key string) string { s, _ := object[key].(string); return s }
	has := func(key string) bool { _, ok := object[key].(string); return ok }
	application := text("applicationID")
	if object["type"] == "customJwt" && has("issuer") && has("jwks") && (object["applicationID"] == nil || has("applicationID")) {
		p := Provider{Type: CustomJWT, Issuer: text("issuer"), JWKS: text("jwks"), Algorithm: text("algorithm")}
		if has("applicationID") {
			p.ApplicationID = &application
		}
		return p, p.Algorithm == "RS256" || p.Algorithm == "ES256"
	}
	p := Provider{Type: OIDC, Domain: text("domain"), ApplicationID: &application}
	return p, has("domain") && has("applicationID")
}

var schemePrefix = regexp.MustCompile(`^[\p{L}\p{N}_]+://`)

// normalizeIssuer adds the missing https:// and refuses what does not look like a URL. Plain http and private
// addresses are fine with Convex.
func normalizeIssuer(original string) (string, error) {
	invalid := func(reason string) error {
		return &ConfigError{"InvalidProviderDomainUrl", fmt.Sprintf("Invalid provider domain URL \"%s\": %s", original, reason)}
	}
	if strings.HasPrefix(original, `"`) {
		return "", invalid(`starts with a double quote (")`)
	}
	hadScheme, full := schemePrefix.MatchString(original), original
	if !hadScheme {
		full = "https://" + original
	}
	u, reason := parseURL(full)
	switch {
	case reason != "":
		return "", invalid(reason)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", invalid("scheme should be http or https")
	case !hadScheme && !endsWithTLD(u.Hostname()):
		return "", invalid("Does not look like a URL (must have a scheme or end with a top-level domain)")
	}
	return full, nil
}

// parseURL is url.Parse with the reasons of the url crate. An absolute URL is one with a scheme; http and https need a
// host and a port below 65536.
func parseURL(s string) (*url.URL, string) {
	u, err := url.Parse(s)
	switch {
	case err != nil && strings.Contains(err.Error(), "port"):
		return nil, "invalid port number"
	case err != nil && strings.Contains(err.Error(), "first path segment"), err == nil && u.Scheme == "":
		return nil, "relative URL without a base"
	case err != nil:
		return nil, "invalid international domain name"
	case u.Scheme != "http" && u.Scheme != "https":
		return u, ""
	case u.Hostname() == "":
		return nil, "empty host"
	case strings.ContainsAny(u.Hostname(), " <>^|%"):
		return nil, "invalid international domain name"
	case !portFits(u.Port()):
		return nil, "invalid port number"
	}
	return u, ""
}

func portFits(port string) bool {
	n := 0
	for _, c := range port {
		if n = n*10 + int(c-'0'); n > 65535 {
			return false
		}
	}
	return true
}
