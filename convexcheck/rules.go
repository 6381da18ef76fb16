package convexcheck

// Rule names one check of Convex's verification.
type Rule string

// The rules of both paths, in the order of the paths below.
const (
	RulePayload         Rule = "payload"
	RuleIssuerPresent   Rule = "issuer-present"
	RuleProvider        Rule = "provider"
	RuleIssuerURL       Rule = "issuer-url"
	RuleDiscovery       Rule = "discovery"
	RuleDiscoveryIssuer Rule = "discovery-issuer"
	RuleJWKS            Rule = "jwks"
	RuleClaimTypes      Rule = "claim-types"
	RuleHeader          Rule = "header"
	RuleAudience        Rule = "audience"
	RuleKey             Rule = "key"
	RuleAlgorithm       Rule = "algorithm"
	RuleSignature       Rule = "signature"
	RuleTimes           Rule = "times"
	RuleRequiredClaims  Rule = "required-claims"
)

var titles = map[Rule]string{
	RulePayload:         "The payload can be read",
	RuleIssuerPresent:   "The token names its issuer",
	RuleProvider:        "A provider in auth.config.ts matches iss and aud",
	RuleIssuerURL:       "iss is a URL",
	RuleDiscovery:       "The discovery document can be fetched and read",
	RuleDiscoveryIssuer: "The document's issuer equals iss",
	RuleJWKS:            "The key set can be fetched and read",
	RuleClaimTypes:      "Required claims are there and standard claims have their types",
	RuleHeader:          "The header is a plain JWT's",
	RuleAudience:        "aud is this application alone",
	RuleKey:             "The key set has the token's key",
	RuleAlgorithm:       "The algorithm is allowed",
	RuleSignature:       "The signature is right",
	RuleTimes:           "The token is valid now",
	RuleRequiredClaims:  "Required claims are there",
}

// The rules of each path after routing.
var (
	commonRules = []Rule{RulePayload, RuleIssuerPresent, RuleProvider}
	paths       = map[Kind][]Rule{
		OIDC: {RuleIssuerURL, RuleDiscovery, RuleDiscoveryIssuer, RuleJWKS, RuleClaimTypes, RuleHeader, RuleAudience,
			RuleAlgorithm, RuleKey, RuleSignature, RuleTimes},
		CustomJWT: {RuleJWKS, RuleKey, RuleAlgorithm, RuleSignature, RuleTimes, RuleRequiredClaims},
	}
)

// steps turns the passed rules and the failing one into the whole list a reader expects to see.
func steps(passed []Step, kind Kind, r *refusal) []Step {
	all := append([]Step(nil), passed...)
	if r == nil {
		return all
	}
	all = append(all, Step{r.rule, Failed, titles[r.rule], r.why})
	if kind == "" {
		kind = OIDC
	}
	rest := append(append([]Rule(nil), commonRules...), paths[kind]...)
	for i, rule := range rest {
		if rule == r.rule {
			rest = rest[i+1:]
			break
		}
	}
	for _, rule := range rest {
		all = append(all, Step{rule, Skipped, titles[rule], ""})
	}
	return all
}
