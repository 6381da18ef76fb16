package convexcheck

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// AuthConfig is one way to write convex/auth.config.ts for an issuer: the provider as a value, and the whole file.
type AuthConfig struct {
	Name       string   `json:"name"` // oidc, jwks-url or jwks-data
	Provider   Provider `json:"provider"`
	TypeScript string   `json:"typescript"`
}

// applicationID is the audience of Clerk's convex template.
const applicationID = "convex"

// AuthConfigs returns the three variants for an issuer: OIDCConfig, JWKSConfig and DataConfig.
func AuthConfigs(issuer, jwksURL string, jwks []byte) []AuthConfig {
	return []AuthConfig{OIDCConfig(issuer), JWKSConfig(issuer, jwksURL), DataConfig(issuer, jwks)}
}

// OIDCConfig is what Convex's documentation shows: the backend fetches discovery and keys from the issuer itself, and
// the identity has all its fields.
func OIDCConfig(issuer string) AuthConfig {
	app := applicationID
	p := Provider{Type: OIDC, Domain: issuer, ApplicationID: &app}
	return AuthConfig{Name: "oidc", Provider: p, TypeScript: file(p,
		"The Convex backend fetches "+trimSlashes(issuer)+"/.well-known/openid-configuration: it must be able to reach it.")}
}

// JWKSConfig is for a backend that knows the emulator by another name than tokens do: only jwksURL is fetched, the
// issuer is just compared.
func JWKSConfig(issuer, jwksURL string) AuthConfig {
	p := customProvider(issuer, jwksURL)
	return AuthConfig{Name: "jwks-url", Provider: p, TypeScript: file(p,
		"Only jwks is fetched, issuer is just compared: they may be different names of the emulator.", lostFields())}
}

// DataConfig needs no network at all, so that even a cloud deployment accepts the emulator's tokens. It has to be
// printed again when the signing key changes.
func DataConfig(issuer string, jwks []byte) AuthConfig {
	p := customProvider(issuer, "data:text/plain;charset=utf-8;base64,"+base64.StdEncoding.EncodeToString(jwks))
	return AuthConfig{Name: "jwks-data", Provider: p, TypeScript: file(p,
		"Nothing is fetched: works for a cloud deployment too, until the signing key changes.", lostFields())}
}

func customProvider(issuer, jwks string) Provider {
	app := applicationID
	return Provider{Type: CustomJWT, Issuer: issuer, JWKS: jwks, Algorithm: "RS256", ApplicationID: &app}
}

// lostFields names what a customJwt identity lacks: claims arrive there under their own names.
func lostFields() string {
	var lost []string
	for _, c := range standardClaims {
		if c.field != "" && c.field != c.claim {
			lost = append(lost, c.field)
		}
	}
	return "With customJwt ctx.auth.getUserIdentity() has no " + strings.Join(lost, ", ") +
		"; the claims come under their own names instead: given_name, picture, email_verified, updated_at (a number) and so on."
}

// file prints convex/auth.config.ts with one provider and comments above it.
func file(p Provider, comments ...string) string {
	var b strings.Builder
	b.WriteString("import { AuthConfig } from \"convex/server\";\n\nexport default {\n  providers: [\n")
	for _, comment := range comments {
		for _, line := range wrap(comment, 100) {
			fmt.Fprintf(&b, "    // %s\n", line)
		}
	}
	b.WriteString("    {\n")
	if p.Type == CustomJWT {
		b.WriteString(member("type", string(p.Type)) + member("issuer", p.Issuer) + member("jwks", p.JWKS) + member("algorithm", p.Algorithm))
	} else {
		b.WriteString(member("domain", p.Domain))
	}
	b.WriteString(member("applicationID", *p.ApplicationID))
	b.WriteString("    },\n  ],\n} satisfies AuthConfig;\n")
	return b.String()
}

// member prints one property; a JSON string is a TypeScript string.
func member(name, value string) string {
	return "      " + name + ": " + string(quote(value)) + ",\n"
}

func wrap(s string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
