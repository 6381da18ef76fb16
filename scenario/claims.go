package scenario

import "slices"

// templateClaims are the claims Clerk puts into every template token and no template can override
// (clerk.com/docs: JWT templates, default claims).
var templateClaims = []string{"azp", "exp", "iat", "iss", "jti", "nbf", "sub"}

// sessionClaims are the claims of a session token of version 2 that customisation cannot override
// (clerk.com/docs: session tokens).
var sessionClaims = append([]string{"act", "fea", "fva", "o", "pla", "sid", "sts", "v"}, templateClaims...)

func (t *JWTTemplate) check(b *binder, n *node) {
	b.instance.once(b, "template id", t.ID, n.get("id"))
	b.instance.once(b, "template name", t.Name, n.get("name"))
	checkClaims(b, n.get("claims"), templateClaims, "JWT template")
}

func (s *SessionToken) check(b *binder, n *node) {
	claims := n.get("claims")
	checkClaims(b, claims, sessionClaims, "session token")
	aud := claims.get("aud")
	if s.ConvexAudience != nil && *s.ConvexAudience && aud != nil && aud.text != "convex" {
		b.fail(aud, problem{what: "convex_audience sets aud to convex, and this claim sets it to something else",
			expected: "no aud claim, or convex_audience: false"})
	}
}

// checkClaims refuses top-level claim names that Clerk reserves.
func checkClaims(b *binder, claims *node, reserved []string, token string) {
	for key := range claims.pairs() {
		if !slices.Contains(reserved, key.text) {
			continue
		}
		p := problem{what: quote(key.text) + " is set by Clerk in every " + token + " and cannot be overridden", expected: "a claim name other than " + list(reserved)}
		if key.text == "iss" && token == "JWT template" {
			p.hint = "a template has a field `issuer` beside `claims` for that"
		}
		b.fail(key, p)
	}
}
