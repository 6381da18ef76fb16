package convexcheck

import (
	"errors"
	"fmt"
	"strings"
)

// Every function here is one row of Convex's failure table: the words of its message are Convex's own, why and fix ours.

func unreadablePayload(err error) *refusal {
	r := invalidHeader(RulePayload, "Could not parse JWT payload. Check that the token is a valid JWT format with three "+
		"base64-encoded parts separated by dots.", err)
	r.why = "Convex cannot read the token: " + err.Error() + "."
	r.fix = "Send the string getToken({ template: \"convex\" }) gives, unchanged. If claims were overridden: iss, sub and " +
		"jti are strings, aud a string or a list of strings, exp, iat and nbf plain numbers of seconds."
	return r
}

func missingIssuer() *refusal {
	r := invalidHeader(RuleIssuerPresent, "Missing issuer claim ('iss') in JWT payload. The JWT must include an 'iss' claim "+
		"that matches one of your configured auth providers.", errors.New("no iss"))
	r.why = "The token has no iss, so Convex cannot tell which provider issued it."
	r.fix = "Use a token from Clerk: it always has an iss."
	return r
}

func issuerNotURL(iss, reason string) *refusal {
	return &refusal{rule: RuleIssuerURL, code: InternalServerError, status: 500, message: internalMessage, cause: reason,
		why: fmt.Sprintf("The token's iss %q has no scheme. Convex adds https:// to find the provider, but then uses iss as the "+
			"address to fetch, and fails without saying why.", iss),
		fix: "Set the issuer to a full URL such as http://localhost:4545, and the domain in auth.config.ts to the same."}
}

const internalMessage = "Your request couldn't be completed. Try again later."

func invalidHeader(rule Rule, message string, cause error) *refusal {
	return &refusal{rule: rule, code: InvalidAuthHeader, status: 401, message: message, cause: cause.Error()}
}

// discoveryFailed is the OIDC refusal before any crypto.
func discoveryFailed(rule Rule, iss, suffix string, cause string) *refusal {
	return &refusal{rule: rule, code: AuthProviderDiscoveryFailed, status: 400,
		message: "Auth provider discovery of " + iss + " failed" + suffix, cause: cause}
}

func unreachable(rule Rule, iss, at string, err error) *refusal {
	r := discoveryFailed(rule, iss, "", err.Error())
	r.why = fmt.Sprintf("Convex got no answer from %s: %v. It takes the address from the token's iss, so that name has to be "+
		"reachable from where the Convex backend runs, not from the browser.", at, err)
	r.fix = "Start the issuer, or set the issuer to a name the backend can resolve (in compose: the service name), or use a " +
		"customJwt provider with a data: JWKS, which needs no network."
	return r
}

func badStatus(rule Rule, iss, at string, a Answer) *refusal {
	r := discoveryFailed(rule, iss, ": "+statusLine(a.Status)+" "+lossy(a.Body), "HTTP status code "+statusLine(a.Status)+" at "+at)
	r.status = discoveryStatus(a.Status)
	r.why = fmt.Sprintf("%s answered %s; Convex accepts 200 only.", at, statusLine(a.Status))
	r.fix = "Open that URL from the machine the Convex backend runs on. The issuer must be exactly the one being served: " +
		"host, port and path."
	if r.status == 404 || r.status == 421 || r.status == 425 || r.status == 429 || r.status == 503 {
		r.fix += " Clients see no error for this status, they only reconnect."
	}
	return r
}

func badType(rule Rule, iss, at string, a Answer) *refusal {
	r := discoveryFailed(rule, iss, ": "+statusLine(a.Status)+" "+lossy(a.Body),
		fmt.Sprintf("Unexpected response Content-Type: %q, should be `application/json`", a.ContentType))
	r.why = fmt.Sprintf("%s answered with Content-Type %q; Convex wants application/json.", at, a.ContentType)
	r.fix = "Something else answers there, often a web app or a proxy's error page. Point the issuer at the emulator itself."
	return r
}

func badDocument(iss, at string, err error) *refusal {
	r := discoveryFailed(RuleDiscovery, iss, "", "Failed to parse server response: "+err.Error())
	r.why = fmt.Sprintf("The document at %s is not acceptable: %v.", at, err)
	r.fix = "Serve a discovery document with issuer and jwks_uri, every URL absolute and no list null."
	return r
}

func otherIssuer(iss, found, at string) *refusal {
	r := discoveryFailed(RuleDiscoveryIssuer, iss, "",
		fmt.Sprintf("Validation error: unexpected issuer URI `%s` (expected `%s`)", found, iss))
	r.why = fmt.Sprintf("The document at %s says its issuer is %q, the token says %q. They must be equal byte for byte; even a "+
		"trailing slash counts.", at, found, iss)
	r.fix = "Mint tokens with the issuer of the document, and write the same into auth.config.ts."
	return r
}

func badKeySet(iss, at string, err error) *refusal {
	r := discoveryFailed(RuleJWKS, iss, "", "Failed to parse server response: "+err.Error())
	r.why = fmt.Sprintf("The key set at %s is not acceptable: %v.", at, err)
	r.fix = "Serve {\"keys\": […]} there."
	return r
}

func notIDToken(err error) *refusal {
	r := invalidHeader(RuleClaimTypes, "Could not parse as OIDC ID token. Token might not be an OIDC-compliant JWT.", err)
	r.why = "The token is not an OIDC ID token: " + err.Error() + ". One wrong type refuses the whole token."
	r.fix = "Write the claim in the JWT template as one shortcode and nothing else, like \"{{user.email_verified}}\": that keeps " +
		"its type, while text around it makes a string of it."
	var claim *claimError
	switch {
	case !errors.As(err, &claim):
		r.fix = "Use a JWT signed with RS256 as Clerk issues it."
	case claim.got == nil:
		r.fix = "Every token from Clerk has this claim: check what took it out."
	case strings.Contains(claim.claim, "#"):
		r.fix = "Remove the language tag from the claim's name."
	}
	return r
}

// unauthenticated is the one message OIDC has for everything from the header to exp.
func unauthenticated(rule Rule, err error) *refusal {
	return &refusal{rule: rule, code: Unauthenticated, status: 401,
		message: "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired.",
		cause:   err.Error(), why: unauthenticatedWhy[rule] + ": " + err.Error() + ".", fix: unauthenticatedFix[rule]}
}

var unauthenticatedWhy = map[Rule]string{
	RuleHeader:    "The header is not a plain JWT's",
	RuleAudience:  "aud has a second audience, which an OIDC provider does not accept",
	RuleAlgorithm: "The algorithm is not allowed, OIDC providers take RS256 and EdDSA",
	RuleKey:       "The issuer's key set has no single key for this token",
	RuleSignature: "The signature does not fit the published key",
	RuleTimes:     "The token has expired, and OIDC providers allow no clock skew",
}

var unauthenticatedFix = map[Rule]string{
	RuleHeader:   "Use typ JWT, no cty and no crit.",
	RuleAudience: "Make aud in the template the plain string \"convex\".",
	RuleAlgorithm: "Sign with RS256: take the custom signing key out of the template. For ES256, use a customJwt provider " +
		"with algorithm ES256.",
	RuleKey: "The token was signed with a key that is not published, often one from before a rotation or of another " +
		"instance: sign in again. If Convex cached the key set (max-age), wait or restart its backend.",
	RuleSignature: "The token was changed after signing, or the key was replaced under the same kid: get a fresh token, and " +
		"give every new key a new kid.",
	RuleTimes: "Get a fresh token. If it is fresh, the clocks differ: set the backend's clock.",
}

func badDataURL(err error) *refusal {
	r := invalidHeader(RuleJWKS, "Invalid JWKS data URL. Check that the data URL is properly formatted and contains valid "+
		"base64-encoded JSON.", err)
	r.why = "The provider's jwks is a data: URI that cannot be decoded."
	r.fix = "Print the provider again and paste the URI whole."
	return r
}

func jwksNotURL(at string) *refusal {
	return &refusal{rule: RuleJWKS, code: InternalServerError, status: 500, message: internalMessage, cause: "invalid uri",
		why: fmt.Sprintf("The provider's jwks %q is not a URL, and Convex fails without saying why.", at),
		fix: "Write jwks with its scheme, like http://localhost:4545/.well-known/jwks.json."}
}

func customFetchFailed(at, cause string) *refusal {
	r := invalidHeader(RuleJWKS, fmt.Sprintf("Could not fetch JWKS from URL '%s': %s. Check that the URL is correct and accessible.",
		at, cause), errors.New(cause))
	r.why = fmt.Sprintf("Convex got no answer from %s: %s.", at, cause)
	r.fix = "Make that URL reachable from where the Convex backend runs, or paste the key set as a data: URI."
	return r
}

func customStatus(at string, status int) *refusal {
	reason := reasonPhrases[status]
	if reason == "" {
		reason = "Unknown"
	}
	r := customFetchFailed(at, fmt.Sprintf("HTTP %d %s", status, reason))
	r.why = fmt.Sprintf("%s answered %s; Convex accepts 200 only.", at, statusLine(status))
	return r
}

func customType(at, contentType string) *refusal {
	shown := contentType
	if shown == "" {
		shown = "unknown"
	}
	r := invalidHeader(RuleJWKS, fmt.Sprintf("Invalid Content-Type '%s' when fetching JWKS from '%s'. Expected 'application/json' or "+
		"'application/jwk-set+json'.", shown, at), errors.New("content type"))
	r.why = fmt.Sprintf("%s answered with Content-Type %q. A customJwt provider wants one, and only JSON's.", at, contentType)
	r.fix = "Serve the key set as application/json, without a charset or with utf-8."
	return r
}

func badCustomKeySet(at string, err error) *refusal {
	r := invalidHeader(RuleJWKS, fmt.Sprintf("Invalid JWKS response body from '%s'. The response is not valid JSON or doesn't match "+
		"the expected JWKS format.", at), err)
	r.why = "The key set is not acceptable: " + err.Error() + "."
	r.fix = "Serve {\"keys\": […]} with keys every parser knows."
	return r
}

// undecodable covers key, algorithm and signature of a customJwt: the message only ever speaks of the kid.
func undecodable(rule Rule, kid *string, err error) *refusal {
	message, redacted := "Could not decode token. JWT may be missing a 'kid' (key ID) header.", ""
	if kid != nil {
		message = fmt.Sprintf("Could not decode token. The JWT's 'kid' (key ID) header is '%s', does this key match any key in the "+
			"provider's JWKS?", *kid)
		redacted = "Could not decode token. The JWT's 'kid' (key ID) header doesn't match any key in the provider's JWKS, or the " +
			"JWT signature is invalid."
	}
	r := invalidHeader(rule, message, err)
	r.redacted = redacted
	r.why = "Convex could not verify the signature, though its message speaks of the kid: " + err.Error() + "."
	r.fix = "Compare kid and alg of the token's header with the provider's algorithm and the keys in its jwks; a data: URI has " +
		"to be printed again after every key rotation."
	return r
}

func notValidNow(err error) *refusal {
	r := invalidHeader(RuleTimes, "Could not validate token: "+err.Error(), err)
	r.why = err.Error() + ", and customJwt providers allow 5 seconds of clock skew."
	r.fix = "Get a fresh token. If it is fresh, the clocks differ: set the backend's clock."
	return r
}

func missingCustomClaim(name string) *refusal {
	r := invalidHeader(RuleRequiredClaims, "Could not verify token claim. Check that the JWT contains valid claims and matches your "+
		"auth provider configuration.", fmt.Errorf("missing %s", name))
	r.why = fmt.Sprintf("The token has no %s.", name)
	r.fix = "Every token from Clerk has this claim: check what took it out."
	return r
}

// lossy prints a body as Rust's from_utf8_lossy does.
func lossy(body []byte) string { return strings.ToValidUTF8(string(body), "\uFFFD") }
