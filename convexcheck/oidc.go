package convexcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// oidc is the path of a {domain, applicationID} provider: openidconnect-rs.
func (c *check) oidc() (Identity, *refusal) {
	iss := *c.claims.issuer
	if _, reason := parseURL(iss); reason != "" {
		return nil, issuerNotURL(iss, reason)
	}
	c.pass(RuleIssuerURL, iss)
	keys, refused := c.discover(iss)
	if refused != nil {
		return nil, refused
	}
	t, h, refused := c.parseAsIDToken()
	if refused != nil {
		return nil, refused
	}
	if refused := c.verifyIDToken(t, h, keys); refused != nil {
		return nil, refused
	}
	return newIdentity(t.issuer, t.subject, t.standard, t.custom), nil
}

// discover fetches the discovery document below the token's iss, not below the configured domain, and its key set.
func (c *check) discover(iss string) ([]jwk, *refusal) {
	at := strings.TrimSuffix(iss, "/") + "/.well-known/openid-configuration"
	body, refused := c.get(RuleDiscovery, iss, at, "application/json")
	if refused != nil {
		return nil, refused
	}
	document, err := parseDiscovery(body)
	if err != nil {
		return nil, badDocument(iss, at, err)
	}
	c.pass(RuleDiscovery, at)
	if document.issuer != iss {
		return nil, otherIssuer(iss, document.issuer, at)
	}
	c.pass(RuleDiscoveryIssuer, document.issuer)
	body, refused = c.get(RuleJWKS, iss, document.jwksURI, "application/json", "application/jwk-set+json")
	if refused != nil {
		return nil, refused
	}
	keys, err := parseOIDCKeys(body)
	if err != nil {
		return nil, badKeySet(iss, document.jwksURI, err)
	}
	c.pass(RuleJWKS, fmt.Sprintf("%s: %d readable keys", document.jwksURI, len(keys)))
	return keys, nil
}

// get fetches one of the two documents and applies the rules for status and Content-Type.
func (c *check) get(rule Rule, iss, at string, types ...string) ([]byte, *refusal) {
	if u, err := url.Parse(at); err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, unreachable(rule, iss, at, errors.New("only http and https URLs can be requested"))
	}
	answer, err := c.fetcher.Fetch(at, acceptJSON)
	switch {
	case err != nil:
		return nil, unreachable(rule, iss, at, err)
	case answer.Status != 200:
		return nil, badStatus(rule, iss, at, answer)
	case !hasEssence(answer.ContentType, types...):
		return nil, badType(rule, iss, at, answer)
	}
	return answer.Body, nil
}

type document struct {
	issuer, jwksURI string
}

// What openidconnect types in a discovery document besides issuer and jwks_uri. null is fine except where a default
// stands for absence.
var (
	documentURLs  = []string{"authorization_endpoint", "op_policy_uri", "op_tos_uri", "registration_endpoint", "service_documentation", "token_endpoint", "userinfo_endpoint"}
	documentTexts = []string{"acr_values_supported", "claim_types_supported", "claims_locales_supported", "claims_supported", "display_values_supported",
		"grant_types_supported", "response_modes_supported", "scopes_supported", "token_endpoint_auth_methods_supported", "ui_locales_supported"}
	documentNotNull = []string{"response_types_supported", "subject_types_supported"}
	documentLists   = []string{"id_token_encryption_alg_values_supported", "id_token_encryption_enc_values_supported",
		"request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported",
		"request_object_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported",
		"userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported", "userinfo_signing_alg_values_supported"}
	documentBools = []string{"claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration"}
)

const signingAlgs = "id_token_signing_alg_values_supported"

func parseDiscovery(body []byte) (d document, err error) {
	fields, err := parseObject(body)
	if err != nil {
		return d, err
	}
	if d.issuer, err = absoluteURL("issuer", find(fields, "issuer")); err != nil {
		return d, err
	}
	if d.jwksURI, err = absoluteURL("jwks_uri", find(fields, "jwks_uri")); err != nil {
		return d, err
	}
	for _, f := range fields {
		if err := documentMember(f); err != nil {
			return d, err
		}
	}
	return d, nil
}

func absoluteURL(name string, value json.RawMessage) (string, error) {
	if !isText(value) {
		return "", fmt.Errorf("%s must be a URL, not %s", name, describeRaw(value))
	}
	if _, reason := parseURL(text(value)); reason != "" {
		return "", fmt.Errorf("%s %s is not an absolute URL: %s", name, value, reason)
	}
	return text(value), nil
}

func documentMember(f field) error {
	ok, want := true, ""
	switch {
	case slices.Contains(documentURLs, f.name):
		if isNull(f.value) {
			return nil
		}
		_, err := absoluteURL(f.name, f.value)
		return err
	case slices.Contains(documentTexts, f.name):
		ok, want = textsOrNull(f.value), "a list of strings"
	case slices.Contains(documentNotNull, f.name):
		ok, want = textsOrNull(f.value) && !isNull(f.value), "a list of strings"
	case f.name == signingAlgs:
		ok, want = isList(f.value), "a list"
	case slices.Contains(documentLists, f.name):
		ok, want = isNull(f.value) || isList(f.value), "a list"
	case slices.Contains(documentBools, f.name):
		ok, want = isNull(f.value) || isBool(f.value), "a boolean"
	}
	if !ok {
		return fmt.Errorf("%s must be %s, not %s", f.name, want, describeRaw(f.value))
	}
	return nil
}
