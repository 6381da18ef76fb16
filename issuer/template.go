package issuer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Defaults and bounds of a JWT template, in seconds. The bounds are those of Clerk's Backend API; templates made
// elsewhere may be shorter-lived, to try what a client does then.
const (
	DefaultLifetime   = 60
	MinLifetime       = 30
	MaxLifetime       = 315360000
	DefaultClockSkew  = 5
	MaxClockSkew      = 300
	defaultAlgorithm  = string(jose.RS256)
	sessionLifetime   = 60
	sessionBackdating = 10
)

// Template is a JWT template as stored.
type Template struct {
	ID               string
	Name             string          // what getToken({template}) asks for, compared exactly
	Claims           json.RawMessage // an object; strings in it may hold shortcodes
	Lifetime         int64           // seconds; 0 means DefaultLifetime
	AllowedClockSkew int64           // seconds; nbf is that much before iat
	Issuer           string          // overrides the instance's issuer when not empty
	CustomSigningKey bool            // sign with SigningKey instead of the instance's key
	SigningAlgorithm string          // of SigningKey; empty means RS256
	SigningKey       string          // a shared secret for HS*, else a PEM private key
}

// CompiledTemplate is a Template ready to mint from: claims parsed, signer prepared. Safe for concurrent use.
type CompiledTemplate struct {
	Template
	claims *Claims
	signer jose.Signer // nil: the instance's key
}

// CompileTemplate checks a template and parses its shortcodes, so that a mint does not. Claims that Clerk sets itself
// are refused with *ReservedClaimError.
func CompileTemplate(t Template) (*CompiledTemplate, error) {
	if t.Name == "" {
		return nil, errors.New("template: name is empty: Convex asks for one named exactly convex")
	}
	if t.Lifetime < 0 || t.AllowedClockSkew < 0 {
		return nil, fmt.Errorf("template %q: lifetime and allowed_clock_skew are seconds and cannot be negative", t.Name)
	}
	claims, err := compileClaims(t.Claims, templateReserved)
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", t.Name, err)
	}
	if t.Lifetime == 0 {
		t.Lifetime = DefaultLifetime
	}
	if t.SigningAlgorithm == "" {
		t.SigningAlgorithm = defaultAlgorithm
	}
	c := &CompiledTemplate{Template: t, claims: claims}
	if t.CustomSigningKey {
		c.signer, err = customSigner(t.SigningAlgorithm, t.SigningKey)
	}
	return c, err
}

// ConvexTemplate is the template Clerk's dashboard offers for Convex, claim for claim. It has no ID yet.
func ConvexTemplate() Template {
	return Template{
		Name: "convex",
		Claims: json.RawMessage(`{
  "aud": "convex",
  "name": "{{user.full_name}}",
  "email": "{{user.primary_email_address}}",
  "picture": "{{user.image_url}}",
  "nickname": "{{user.username}}",
  "given_name": "{{user.first_name}}",
  "updated_at": "{{user.updated_at}}",
  "family_name": "{{user.last_name}}",
  "phone_number": "{{user.primary_phone_number}}",
  "email_verified": "{{user.email_verified}}",
  "phone_number_verified": "{{user.phone_number_verified}}"
}`),
		Lifetime:         DefaultLifetime,
		AllowedClockSkew: DefaultClockSkew,
		SigningAlgorithm: defaultAlgorithm,
	}
}
