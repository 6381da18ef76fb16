package convexcheck

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// noProvider is the refusal of a token that no entry of auth.config.ts matches. The message lists the entries; why and
// fix name the one difference that matters.
func noProvider(providers []Provider, claims registered) *refusal {
	const bare = "No auth provider found matching the given token"
	r := &refusal{rule: RuleProvider, code: NoAuthProvider, status: 401, redacted: bare, cause: bare}
	if len(providers) == 0 {
		r.message = bare + " (no providers configured). Check convex/auth.config.ts."
		r.why = "The deployment has no auth provider: convex/auth.config.ts is missing, empty or not deployed."
		r.fix = "Write convex/auth.config.ts, set the environment variable it reads, and run npx convex dev."
		return r
	}
	names := make([]string, len(providers))
	for i := range providers {
		names[i] = providers[i].String()
	}
	r.message = bare + ". Check that your JWT's issuer and audience match one of your configured providers: [" +
		strings.Join(names, ", ") + "]"
	r.why, r.fix = mismatch(providers, *claims.issuer, claims.audience)
	return r
}

// mismatch compares with the closest provider: one of the same issuer, else one of the same audience, else the first.
func mismatch(providers []Provider, iss string, audience []string) (why, fix string) {
	for i := range providers {
		p := &providers[i]
		if trimSlashes(p.issuerURL()) == trimSlashes(withScheme(iss)) {
			return wrongAudience(p, audience)
		}
	}
	for i := range providers {
		p := &providers[i]
		if p.ApplicationID == nil || slices.Contains(audience, *p.ApplicationID) {
			return wrongIssuer(p, iss)
		}
	}
	why, fix = wrongIssuer(&providers[0], iss)
	audienceWhy, audienceFix := wrongAudience(&providers[0], audience)
	return why + " " + audienceWhy, fix + " " + audienceFix
}

func wrongAudience(p *Provider, audience []string) (why, fix string) {
	if len(audience) == 0 {
		return fmt.Sprintf("The token has no aud, the provider wants %q: this is a plain session token.", *p.ApplicationID),
			"Ask for getToken({ template: \"convex\" }), or let session tokens carry aud \"convex\" (Clerk's Convex integration)."
	}
	return fmt.Sprintf("The token's aud is %s, the provider's applicationID is %q.", strings.Join(quoteAll(audience), ", "), *p.ApplicationID),
		"Set applicationID to \"convex\" in convex/auth.config.ts and \"aud\": \"convex\" in the JWT template named convex, then run npx convex dev."
}

func quoteAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

func wrongIssuer(p *Provider, iss string) (why, fix string) {
	configured, member := p.issuerURL(), "domain"
	if p.Type == CustomJWT {
		member = "issuer"
	}
	why = fmt.Sprintf("The token's iss is %q, the provider's %s is %q: %s.", iss, member, configured, difference(configured, iss))
	if isClerkCloud(hostname(iss)) && !isClerkCloud(hostname(configured)) {
		return why, "The app got its token from the cloud: give it the emulator's publishable key."
	}
	return why, fmt.Sprintf("Set the %s in convex/auth.config.ts to %s exactly: npx convex env set CLERK_JWT_ISSUER_DOMAIN %s, "+
		"then npx convex dev.", member, iss, iss)
}

func hostname(issuer string) string {
	u, err := url.Parse(withScheme(issuer))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// difference names what kind of mistake two issuers show. Convex compares them as text.
func difference(configured, iss string) string {
	c, cErr := url.Parse(configured)
	t, tErr := url.Parse(withScheme(iss))
	switch {
	case cErr != nil || tErr != nil:
		return "they are compared as text"
	case isClerkCloud(c.Hostname()) && !isClerkCloud(t.Hostname()):
		return "auth.config.ts still names a Clerk instance in the cloud, the token is the emulator's"
	case isClerkCloud(t.Hostname()):
		return "the token is from a Clerk instance in the cloud, auth.config.ts names another issuer"
	case c.Scheme != t.Scheme && c.Host == t.Host:
		return "the scheme differs; a domain written without http:// gets https://"
	case c.Scheme == t.Scheme && c.Hostname() == t.Hostname() && c.Port() != t.Port():
		return "the port differs, and it must be written"
	case c.Hostname() != t.Hostname() && isLoopback(c.Hostname()) && isLoopback(t.Hostname()):
		return "localhost, 127.0.0.1 and [::1] are different issuers, they are compared as text"
	case strings.EqualFold(configured, iss):
		return "upper and lower case count"
	case c.Scheme == t.Scheme && c.Host == t.Host:
		return "the path differs"
	}
	return "the host differs"
}

func isClerkCloud(host string) bool {
	return strings.HasSuffix(host, ".clerk.accounts.dev") || strings.HasPrefix(host, "clerk.") && host != "clerk.localhost"
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
