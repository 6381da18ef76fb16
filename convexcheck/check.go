package convexcheck

import (
	"fmt"
	"strings"
	"time"
)

// check is one run of Check.
type check struct {
	token     string
	providers []Provider
	fetcher   Fetcher
	now       time.Time // whole seconds, as Convex compares
	fields    []field   // the payload
	claims    registered
	matched   *Provider
	passed    []Step
}

// Check decides what a deployment with these providers does with the token at that time. It asks the fetcher for what
// Convex would fetch, in that order: discovery and key set for an OIDC provider, the key set alone for a customJwt,
// nothing for a data: URI. It never fails: whatever is wrong is the verdict. A nil fetcher reaches nothing.
func Check(token string, providers []Provider, fetcher Fetcher, now time.Time) Verdict {
	if fetcher == nil {
		fetcher = Answers(nil)
	}
	c := &check{token: token, providers: providers, fetcher: fetcher, now: now.Truncate(time.Second)}
	identity, refused := c.run()
	v := Verdict{OK: true, Status: 200, Identity: identity}
	var kind Kind
	if refused != nil {
		v = refused.verdict()
	}
	if c.matched != nil {
		kind = c.matched.Type
	}
	v.Provider = c.matched
	v.Steps = steps(c.passed, kind, refused)
	v.Warnings = []Warning{}
	if v.OK {
		v.Why = "every rule passed"
		v.Warnings = append(v.Warnings, c.warnings(identity)...)
	}
	return v
}

func (c *check) run() (Identity, *refusal) {
	var err error
	if c.claims, c.fields, err = parsePayload(c.token); err != nil {
		return nil, unreadablePayload(err)
	}
	c.pass(RulePayload, fmt.Sprintf("%d claims", len(c.fields)))
	if c.claims.issuer == nil {
		return nil, missingIssuer()
	}
	c.pass(RuleIssuerPresent, *c.claims.issuer)
	if !c.route() {
		return nil, noProvider(c.providers, c.claims)
	}
	c.pass(RuleProvider, c.matched.String())
	if c.matched.Type == CustomJWT {
		return c.customJWT()
	}
	return c.oidc()
}

// route picks the first provider that matches. Its refusal is final: Convex tries no second one.
func (c *check) route() bool {
	for i := range c.providers {
		if c.providers[i].matches(c.claims.audience, *c.claims.issuer) {
			c.matched = &c.providers[i]
			return true
		}
	}
	return false
}

func (c *check) pass(rule Rule, detail string) {
	c.passed = append(c.passed, Step{rule, Passed, titles[rule], detail})
}

// signed is the part of the token the signature covers.
func signed(parts []string) []byte { return []byte(strings.Join(parts[:2], ".")) }
