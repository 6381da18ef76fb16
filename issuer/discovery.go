package issuer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// DiscoveryOptions changes what Discovery derives from the issuer.
type DiscoveryOptions struct {
	// JWKSURI is the absolute URL of the key set; empty means <issuer>/.well-known/jwks.json.
	JWKSURI string
}

// discovery has the members of Clerk's WellKnown.OpenIDConfiguration schema, in its order. No list is ever null and
// no URL relative: OIDC libraries refuse the whole document for either.
type discovery struct {
	Issuer                            string   `json:"issuer"`
	AuthorizationEndpoint             string   `json:"authorization_endpoint"`
	TokenEndpoint                     string   `json:"token_endpoint"`
	RevocationEndpoint                string   `json:"revocation_endpoint"`
	IntrospectionEndpoint             string   `json:"introspection_endpoint"`
	UserinfoEndpoint                  string   `json:"userinfo_endpoint"`
	JWKSURI                           string   `json:"jwks_uri"`
	ScopesSupported                   []string `json:"scopes_supported"`
	ResponseTypesSupported            []string `json:"response_types_supported"`
	ResponseModesSupported            []string `json:"response_modes_supported"`
	GrantTypesSupported               []string `json:"grant_types_supported"`
	SubjectTypesSupported             []string `json:"subject_types_supported"`
	IDTokenSigningAlgValuesSupported  []string `json:"id_token_signing_alg_values_supported"`
	TokenEndpointAuthMethodsSupported []string `json:"token_endpoint_auth_methods_supported"`
	ClaimsSupported                   []string `json:"claims_supported"`
	CodeChallengeMethodsSupported     []string `json:"code_challenge_methods_supported"`
	BackchannelLogoutSupported        bool     `json:"backchannel_logout_supported"`
	FrontchannelLogoutSupported       bool     `json:"frontchannel_logout_supported"`
}

// Discovery returns the OpenID Provider configuration of issuer as served. Its "issuer" is the argument byte for byte,
// because verifiers compare it with the token's iss that way; the argument must be an absolute http or https URL.
func Discovery(issuer string, o DiscoveryOptions) ([]byte, error) {
	if u, err := url.Parse(issuer); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("issuer %q is not an absolute http or https URL: write it like http://localhost:4545", issuer)
	}
	base := strings.TrimRight(issuer, "/")
	d := discovery{
		Issuer:                            issuer,
		AuthorizationEndpoint:             base + "/oauth/authorize",
		TokenEndpoint:                     base + "/oauth/token",
		RevocationEndpoint:                base + "/oauth/token/revoke",
		IntrospectionEndpoint:             base + "/oauth/token_info",
		UserinfoEndpoint:                  base + "/oauth/userinfo",
		JWKSURI:                           o.JWKSURI,
		ScopesSupported:                   []string{"openid", "profile", "email", "public_metadata", "private_metadata", "offline_access"},
		ResponseTypesSupported:            []string{"code"},
		ResponseModesSupported:            []string{"form_post", "query"},
		GrantTypesSupported:               []string{"authorization_code", "refresh_token"},
		SubjectTypesSupported:             []string{"public"},
		IDTokenSigningAlgValuesSupported:  []string{"RS256"},
		TokenEndpointAuthMethodsSupported: []string{"client_secret_basic", "client_secret_post", "none"},
		ClaimsSupported: []string{"sub", "aud", "exp", "iat", "iss", "email", "email_verified", "family_name",
			"given_name", "name", "picture", "preferred_username"},
		CodeChallengeMethodsSupported: []string{"S256"},
	}
	if d.JWKSURI == "" {
		d.JWKSURI = base + "/.well-known/jwks.json"
	}
	return encode(d)
}

// encode is json.Marshal without the escaping of <, > and &: an issuer must come out byte for byte.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode discovery document: %w; check the configured issuer", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
