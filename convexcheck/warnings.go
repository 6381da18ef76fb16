package convexcheck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Warning is something a deployment accepts and an app will suffer from. Code is stable; Message is for people.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// The codes of warnings, alphabetically.
const (
	WarnAudienceList      = "audience-list"
	WarnClaimShadowsField = "claim-shadows-field"
	WarnLifetimeTooShort  = "lifetime-too-short"
	WarnNoLifetime        = "no-lifetime"
	WarnNoTokenID         = "no-jti"
	WarnQueryCache        = "query-cache"
	WarnRefreshLoop       = "refresh-loop"
	WarnUpdatedAtMS       = "updated-at-milliseconds"
)

// clientLeeway is Convex's authRefreshTokenLeewaySeconds: a token that lives no longer is fetched again at once.
const clientLeeway = 10

func (c *check) warnings(id Identity) []Warning {
	var all []Warning
	for _, found := range [][]Warning{c.lifetimeWarnings(), c.tokenWarnings(), c.updatedAtWarnings(), c.cacheWarnings(id), c.shadowWarnings()} {
		all = append(all, found...)
	}
	return all
}

// lifetimeWarnings are the client's own, in its words (convex authentication_manager.ts).
func (c *check) lifetimeWarnings() []Warning {
	if c.claims.issuedAt == nil || c.claims.expiry == nil || *c.claims.issuedAt == 0 || *c.claims.expiry == 0 {
		return []Warning{{WarnNoLifetime, "the client logs \"Auth token does not have required fields, cannot refetch the token\": " +
			"without iat and exp it never refreshes, and the user is signed out at expiry"}}
	}
	switch lifetime := *c.claims.expiry - *c.claims.issuedAt; {
	case lifetime <= 2:
		return []Warning{{WarnLifetimeTooShort, "the client logs \"Auth token does not live long enough, cannot refetch the token\": " +
			"it needs more than 2 seconds between iat and exp"}}
	case lifetime <= clientLeeway:
		return []Warning{{WarnRefreshLoop, fmt.Sprintf("the client logs \"Refetching auth token immediately, configured leeway %ds is "+
			"larger than the token's lifetime %ds\" and asks for tokens in a loop", clientLeeway, lifetime)}}
	}
	return nil
}

func (c *check) tokenWarnings() (all []Warning) {
	if isNull(find(c.fields, "jti")) {
		all = append(all, Warning{WarnNoTokenID, "no jti: two tokens made in one second are the same string, and the client takes " +
			"an unchanged token for a sign-out"})
	}
	if isList(find(c.fields, "aud")) {
		all = append(all, Warning{WarnAudienceList, "aud is a list: ConvexProviderWithClerk compares a session token's aud with the " +
			"string \"convex\" and falls back to the template"})
	}
	return all
}

// updatedAtWarnings looks for milliseconds: as seconds they lie beyond the year 5000.
func (c *check) updatedAtWarnings() []Warning {
	value := find(c.fields, "updated_at")
	at, ok := instant(value)
	if !ok || isText(value) || at.Year() < 5000 {
		return nil
	}
	return []Warning{{WarnUpdatedAtMS, fmt.Sprintf("updated_at %s is in milliseconds: OIDC counts seconds, so it means %s; use "+
		"{{user.updated_at}}, which gives seconds", value, formatInstant(at))}}
}

// volatile are names whose values change with every token. A value equal to a time of this very token tells as much.
var volatile = []string{"auth_time", "iat_ms", "nonce", "now", "oiat", "random", "time", "timestamp"}

func (c *check) cacheWarnings(id Identity) (all []Warning) {
	for _, f := range id {
		if isIdentityField(f.Name) || isStandardClaim(f.Name) {
			continue
		}
		if slices.Contains(volatile, f.Name) || c.isTokenTime(string(f.Value)) {
			all = append(all, Warning{WarnQueryCache, fmt.Sprintf("claim %q = %s looks new in every token: Convex's query cache keys on "+
				"the identity, so each refresh reruns every query that reads it", f.Name, f.Value)})
		}
	}
	return all
}

func (c *check) isTokenTime(value string) bool {
	for _, at := range []*int64{c.claims.issuedAt, c.claims.expiry, c.claims.notBefore} {
		if at == nil || *at == 0 {
			continue
		}
		if s := strconv.FormatInt(*at, 10); value == s || (len(value) == len(s)+3 && strings.HasPrefix(value, s)) {
			return true
		}
	}
	return false
}

// shadowWarnings are custom claims that replace a field of the identity.
func (c *check) shadowWarnings() (all []Warning) {
	for _, f := range c.fields {
		if isIdentityField(f.name) && !isStandardClaim(f.name) {
			all = append(all, Warning{WarnClaimShadowsField, fmt.Sprintf("claim %q replaces the identity's own %s: rename it in the "+
				"template", f.name, f.name)})
		}
	}
	return all
}

func isStandardClaim(name string) bool {
	return slices.ContainsFunc(standardClaims, func(c standardClaim) bool { return c.claim == name })
}
