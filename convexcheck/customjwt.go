package convexcheck

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// customJWT is the path of a {type: "customJwt"} provider: biscuit. The issuer is never contacted.
func (c *check) customJWT() (Identity, *refusal) {
	body, refused := c.customKeySet()
	if refused != nil {
		return nil, refused
	}
	keys, err := parseCustomKeys(body)
	if err != nil {
		return nil, badCustomKeySet(c.matched.JWKS, err)
	}
	c.pass(RuleJWKS, fmt.Sprintf("%d keys", len(keys)))
	if refused := c.verifyCustomJWT(keys); refused != nil {
		return nil, refused
	}
	if err := c.validAt(); err != nil {
		return nil, notValidNow(err)
	}
	c.pass(RuleTimes, "exp, nbf and iat hold within 5 seconds")
	switch {
	case c.claims.subject == nil:
		return nil, missingCustomClaim("sub")
	case c.claims.expiry == nil:
		return nil, missingCustomClaim("exp")
	}
	c.pass(RuleRequiredClaims, "exp and sub are there")
	return newIdentity(*c.claims.issuer, *c.claims.subject, nil, c.rawClaims()), nil
}

// customKeySet gets the key set: from a data: URI without any network, else by one GET.
func (c *check) customKeySet() ([]byte, *refusal) {
	at := c.matched.JWKS
	if data, ok, err := dataURL(at); ok {
		if err != nil {
			return nil, badDataURL(err)
		}
		return data, nil
	}
	if refused := requestable(at); refused != nil {
		return nil, refused
	}
	answer, err := c.fetcher.Fetch(at, acceptJSON)
	switch {
	case err != nil:
		return nil, customFetchFailed(at, err.Error())
	case answer.Status != 200:
		return nil, customStatus(at, answer.Status)
	case !isJWKSType(answer.ContentType):
		return nil, customType(at, answer.ContentType)
	}
	return answer.Body, nil
}

// requestable tells what becomes of a jwks that is no http or https URL: a host and port without a scheme is no request
// target at all, which Convex reports as an unnamed error; anything else fails in the HTTP client.
func requestable(at string) *refusal {
	u, err := url.Parse(at)
	switch {
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case strings.Contains(at, ":") && !strings.Contains(at, "://"):
		return jwksNotURL(at)
	}
	return customFetchFailed(at, "builder error for url ("+at+")")
}

// verifyCustomJWT finds the key and checks the signature. All its failures share a message that names only the kid.
func (c *check) verifyCustomJWT(keys []jwk) *refusal {
	parts := strings.Split(c.token, ".")
	h, err := parseCustomHeader(parts[0])
	switch {
	case err != nil: // biscuit cannot read the header, so Convex finds no kid to name
		return undecodable(RuleKey, nil, err)
	case len(parts) != 3:
		return undecodable(RuleKey, h.kid, fmt.Errorf("the token has %d parts, a JWT has 3", len(parts)))
	case h.kid == nil:
		return undecodable(RuleKey, nil, errors.New("the header is missing kid"))
	}
	i := slices.IndexFunc(keys, func(k jwk) bool { return k.kid != nil && *k.kid == *h.kid })
	if i < 0 {
		return undecodable(RuleKey, h.kid, errors.New("key not found in JWKS"))
	}
	c.pass(RuleKey, *h.kid)
	key := keys[i]
	if h.alg != c.matched.Algorithm || (key.alg != "" && key.alg != h.alg) {
		return undecodable(RuleAlgorithm, h.kid, fmt.Errorf(
			"the header says %s, the provider %s, the key %q: all must be the same", h.alg, c.matched.Algorithm, key.alg))
	}
	c.pass(RuleAlgorithm, h.alg)
	signature, err := strictBase64(parts[2])
	if err == nil {
		err = key.verify(h.alg, signed(parts), signature)
	}
	if err != nil {
		return undecodable(RuleSignature, h.kid, err)
	}
	c.pass(RuleSignature, h.alg)
	return nil
}

func parseCustomHeader(part string) (h header, err error) {
	data, err := strictBase64(part)
	if err != nil {
		return h, fmt.Errorf("the header is not base64url: %w", err)
	}
	if h, err = parseHeader(data); err != nil {
		return h, err
	}
	if h.alg != "none" && !slices.Contains(signatureAlgs, h.alg) {
		return h, fmt.Errorf("unknown alg %q", h.alg)
	}
	return h, nil
}

// leeway is how far a customJwt's times may be off, in either direction. OIDC providers have none.
const leeway = 5 * time.Second

// validAt checks exp, nbf and iat where they are there.
func (c *check) validAt() error {
	if exp := c.claims.expiry; exp != nil {
		if ago := c.now.Sub(time.Unix(*exp, 0)); ago > leeway {
			return &expiredError{ago}
		}
	}
	for _, from := range []*int64{c.claims.notBefore, c.claims.issuedAt} {
		if from == nil {
			continue
		}
		if ahead := time.Unix(*from, 0).Sub(c.now); ahead > leeway {
			return &earlyError{ahead}
		}
	}
	return nil
}

// earlyError is an nbf or iat in the future; clients see its words.
type earlyError struct{ ahead time.Duration }

func (e *earlyError) Error() string {
	return fmt.Sprintf("Token will be valid in %d seconds", int64(e.ahead.Seconds()))
}

// rawClaims are the claims as customJwt passes them on: by their own names, without the registered ones and fva.
func (c *check) rawClaims() []field {
	private := slices.DeleteFunc(slices.Clone(c.fields), func(f field) bool { return isRegistered(f.name) })
	return slices.DeleteFunc(flatten("", private), func(f field) bool { return f.name == "fva" })
}
