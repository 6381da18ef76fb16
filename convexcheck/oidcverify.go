package convexcheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// header is a JOSE header as far as the verifiers look at it. Absent members are nil.
type header struct {
	alg               string
	kid, typ, cty     *string
	crit              bool
	signed, signature []byte
}

// parseAsIDToken reads the token a second time, now with OIDC's types. It comes after the fetches: a token of the wrong
// shape still costs two requests.
func (c *check) parseAsIDToken() (idToken, header, *refusal) {
	h, err := parseOIDCHeader(c.token)
	if err != nil {
		return idToken{}, h, notIDToken(err)
	}
	t, err := parseIDToken(c.fields, c.claims)
	if err != nil {
		return t, h, notIDToken(err)
	}
	c.pass(RuleClaimTypes, "exp, iat, iss and sub are there")
	return t, h, nil
}

func parseOIDCHeader(token string) (h header, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return h, fmt.Errorf("the token has %d parts, a JWT has 3", len(parts))
	}
	data, err := laxBase64(parts[0])
	if err != nil {
		return h, fmt.Errorf("the header is not base64url: %w", err)
	}
	if h, err = parseHeader(data); err != nil {
		return h, err
	}
	if !oidcKnowsAlg(h.alg) {
		return h, fmt.Errorf("unrecognized JSON Web Algorithm `%s`", h.alg)
	}
	if h.signature, err = laxBase64(parts[2]); err != nil {
		return h, fmt.Errorf("the signature is not base64url: %w", err)
	}
	h.signed = signed(parts)
	return h, nil
}

// parseHeader types the members both verifiers type alike.
func parseHeader(data []byte) (h header, err error) {
	fields, err := parseObject(data)
	if err != nil {
		return h, fmt.Errorf("the header is %w", err)
	}
	h.kid, err = headerText("kid", fields, nil)
	h.typ, err = headerText("typ", fields, err)
	if h.cty, err = headerText("cty", fields, err); err != nil {
		return h, err
	}
	if crit := find(fields, "crit"); !isNull(crit) {
		if h.crit = true; !textsOrNull(crit) {
			return h, fmt.Errorf("header parameter \"crit\" must be a list of strings, not %s", describeRaw(crit))
		}
	}
	alg := find(fields, "alg")
	if !isText(alg) {
		return h, errors.New("the header has no alg")
	}
	h.alg = text(alg)
	return h, nil
}

func headerText(name string, fields []field, before error) (*string, error) {
	value := find(fields, name)
	switch {
	case before != nil || isNull(value):
		return nil, before
	case !isText(value):
		return nil, fmt.Errorf("header parameter %q must be a string, not %s", name, describeRaw(value))
	}
	s := text(value)
	return &s, nil
}

// verifyIDToken applies openidconnect's rules in their order. Every failure has the same message.
func (c *check) verifyIDToken(t idToken, h header, keys []jwk) *refusal {
	if err := plainJWT(h); err != nil {
		return unauthenticated(RuleHeader, err)
	}
	c.pass(RuleHeader, "typ and cty are a plain JWT's")
	if err := soleAudience(t.audience, *c.matched.ApplicationID); err != nil {
		return unauthenticated(RuleAudience, err)
	}
	c.pass(RuleAudience, *c.matched.ApplicationID)
	if h.alg != "RS256" && h.alg != "EdDSA" {
		return unauthenticated(RuleAlgorithm, fmt.Errorf("algorithm `%s` is not one of: RS256, EdDSA", h.alg))
	}
	c.pass(RuleAlgorithm, h.alg)
	key, err := oidcKey(h, keys)
	if err != nil {
		return unauthenticated(RuleKey, err)
	}
	c.pass(RuleKey, kidText(h.kid))
	if err := key.verify(h.alg, h.signed, h.signature); err != nil {
		return unauthenticated(RuleSignature, err)
	}
	c.pass(RuleSignature, h.alg)
	if now := float64(c.now.Unix()); now >= t.expiry {
		return unauthenticated(RuleTimes, &expiredError{ago: c.now.Sub(time.Unix(int64(t.expiry), 0))})
	}
	c.pass(RuleTimes, fmt.Sprintf("exp is in %d seconds", int64(t.expiry)-c.now.Unix()))
	return nil
}

// plainJWT refuses other typ values, any cty and any crit.
func plainJWT(h header) error {
	if h.typ != nil {
		typ := strings.ToLower(*h.typ)
		if !strings.Contains(typ, "/") {
			typ = "application/" + typ
		}
		if typ != "application/jwt" && typ != "application/jose" {
			return fmt.Errorf("unexpected or unsupported JWT type `%s`", *h.typ)
		}
	}
	switch {
	case h.cty != nil:
		return fmt.Errorf("unexpected or unsupported JWT content type `%s`", *h.cty)
	case h.crit:
		return errors.New("critical JWT header fields are unsupported")
	}
	return nil
}

// soleAudience refuses every second audience: Convex trusts none but its own.
func soleAudience(audience []string, application string) error {
	for _, aud := range audience {
		if aud != application {
			return fmt.Errorf("`%s` is not a trusted audience", aud)
		}
	}
	return nil
}

// oidcKey picks the key by kid. A token without a kid is fine while only one key could have signed it.
func oidcKey(h header, keys []jwk) (*jwk, error) {
	kty := map[string]string{"RS256": "RSA", "EdDSA": "OKP"}[h.alg]
	eligible := slices.DeleteFunc(slices.Clone(keys), func(k jwk) bool {
		wrongID := h.kid != nil && (k.kid == nil || *k.kid != *h.kid)
		return wrongID || k.kty != kty || (k.use != "" && k.use != "sig") || (k.alg != "" && k.alg != h.alg)
	})
	switch len(eligible) {
	case 0:
		return nil, errors.New("no matching key found")
	case 1:
		return &eligible[0], nil
	}
	return nil, fmt.Errorf("ambiguous key identification: JWK set must only contain one eligible public key, "+
		"but found %d eligible keys", len(eligible))
}

func kidText(kid *string) string {
	if kid == nil {
		return "no kid, one key"
	}
	return *kid
}

// expiredError is an exp in the past; clients of a customJwt see its words.
type expiredError struct{ ago time.Duration }

func (e *expiredError) Error() string {
	return fmt.Sprintf("Token expired %d seconds ago", int64(e.ago.Seconds()))
}
