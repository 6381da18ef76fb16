package convexcheck_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
)

func parseOne(t *testing.T, entry string) (convexcheck.Provider, error) {
	t.Helper()
	list, err := convexcheck.ParseProviders([]byte(`{"providers":[` + entry + `]}`))
	if err != nil {
		return convexcheck.Provider{}, err
	}
	return list[0], nil
}

func TestParseProviders(t *testing.T) {
	for entry, want := range map[string]convexcheck.Provider{
		`{"domain":"http://localhost:4545","applicationID":"convex"}`:                                                                 oidc,
		`{"type":"oidc","domain":"http://localhost:4545","applicationID":"convex","x":[1]}`:                                           oidc,
		`{"domain":"clerk.example.com","applicationID":""}`:                                                                           {Type: convexcheck.OIDC, Domain: "https://clerk.example.com", ApplicationID: app("")},
		`{"domain":"localhost:4000","applicationID":"a"}`:                                                                             {Type: convexcheck.OIDC, Domain: "https://localhost:4000", ApplicationID: app("a")},
		`{"domain":"http://127.0.0.1:4545/","applicationID":"a"}`:                                                                     {Type: convexcheck.OIDC, Domain: "http://127.0.0.1:4545/", ApplicationID: app("a")},
		`{"domain":"http://emulator:9000","applicationID":"a"}`:                                                                       {Type: convexcheck.OIDC, Domain: "http://emulator:9000", ApplicationID: app("a")},
		`{"type":"customJwt","issuer":"http://x","jwks":"j","algorithm":"ES256"}`:                                                     {Type: convexcheck.CustomJWT, Issuer: "http://x", JWKS: "j", Algorithm: "ES256"},
		`{"type":"customJwt","issuer":"x.dev","jwks":"j","algorithm":"RS256","applicationID":null}`:                                   {Type: convexcheck.CustomJWT, Issuer: "https://x.dev", JWKS: "j", Algorithm: "RS256"},
		`{"type":"customJwt","issuer":"http://localhost:4545","jwks":"` + jwksURL + `","algorithm":"RS256","applicationID":"convex"}`: custom,
	} {
		got, err := parseOne(t, entry)
		if err != nil {
			t.Errorf("%s: %v", entry, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s", entry, got.String())
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseOne(t, string(again)); err != nil || !reflect.DeepEqual(back, got) {
			t.Errorf("%s does not survive its own JSON: %v", again, err)
		}
	}
}

func TestParseProvidersRefuses(t *testing.T) {
	const schema, domain = "AuthConfigNotMatchingSchemaError", "InvalidProviderDomainUrl"
	const variant = "auth config file must include a list of provider credentials: data did not match any variant of untagged enum SerializedAuthInfo"
	for entry, want := range map[string][2]string{
		`{"domain":"x.com","applicationId":"a"}`: {schema, "auth config file must include a list of provider credentials: " +
			"Provider at index 0 must have applicationID property spelled lowercase 'application', capital I, capital D."},
		`{"domain":"x.com","applicationid":"a"}`:                                                    {schema, "Provider at index 0 must have applicationID"},
		`{"type":"saml","domain":"x.com","applicationID":"a"}`:                                      {schema, "Provider at index 0 has unexpected 'type' value 'saml'"},
		`{"type":"customJwt","domain":"x.com","issuer":"i","jwks":"j","algorithm":"RS256"}`:         {schema, "Provider at index 0 is a customJwt so cannot have a 'domain' specified"},
		`{"issuer":"i","domain":"x.com","applicationID":"a"}`:                                       {schema, "Provider at index 0 is oidc so cannot have an 'issuer' specified."},
		`{"type":"oidc","issuer":"i"}`:                                                              {schema, "Provider at index 0 is oidc so cannot have an 'issuer' specified."},
		`{"domain":"x.com"}`:                                                                        {schema, variant},
		`{"applicationID":"a"}`:                                                                     {schema, variant},
		`{"domain":null,"applicationID":"a"}`:                                                       {schema, variant},
		`{"type":"customJwt","issuer":"http://x","jwks":"j","algorithm":"HS256"}`:                   {schema, variant},
		`{"type":"customJwt","issuer":"http://x","jwks":"j"}`:                                       {schema, variant},
		`{"type":"customJwt","issuer":"http://x","algorithm":"RS256"}`:                              {schema, variant},
		`{"type":"customJwt","issuer":"http://x","jwks":"j","algorithm":"RS256","applicationID":5}`: {schema, variant},
		`5`: {schema, variant},
		`{"type":"customJwt","issuer":"https://api.workos.com","jwks":"j","algorithm":"RS256"}`: {"InsecureConfiguration", "has an issuer that is shared among many applications"},
		`{"domain":"\"http://localhost:4545\"","applicationID":"a"}`:                            {domain, `Invalid provider domain URL ""http://localhost:4545"": starts with a double quote (")`},
		`{"domain":"ftp://x.com","applicationID":"a"}`:                                          {domain, `Invalid provider domain URL "ftp://x.com": scheme should be http or https`},
		`{"domain":"emulator:9000","applicationID":"a"}`:                                        {domain, "Does not look like a URL (must have a scheme or end with a top-level domain)"},
		`{"domain":"sk_test_abc","applicationID":"a"}`:                                          {domain, "Does not look like a URL"},
		`{"domain":"127.0.0.1:4545","applicationID":"a"}`:                                       {domain, "Does not look like a URL"},
		`{"domain":"host.local","applicationID":"a"}`:                                           {domain, "Does not look like a URL"},
		`{"domain":"http://","applicationID":"a"}`:                                              {domain, `Invalid provider domain URL "http://": empty host`},
		`{"domain":"http://h:99999","applicationID":"a"}`:                                       {domain, "invalid port number"},
		`{"domain":"http://h:x","applicationID":"a"}`:                                           {domain, "invalid port number"},
		`{"domain":"http://a b","applicationID":"a"}`:                                           {domain, "invalid international domain name"},
	} {
		_, err := parseOne(t, entry)
		var refused *convexcheck.ConfigError
		if !errors.As(err, &refused) || refused.Code != want[0] || !strings.Contains(refused.Message, want[1]) {
			t.Errorf("%s\ngot  %v\nwant %v", entry, err, want)
		}
	}
}

func TestParseProvidersNeedsTheExport(t *testing.T) {
	for config, want := range map[string][2]string{
		`null`:             {"AuthConfigMissingExportError", "auth config file is missing default export."},
		`{}`:               {"AuthConfigNotMatchingSchemaError", "missing field `providers`"},
		`{"providers":{}}`: {"AuthConfigNotMatchingSchemaError", "invalid type: map, expected a sequence"},
		`["x"]`:            {"AuthConfigNotMatchingSchemaError", "invalid type: sequence"},
		`{`:                {"AuthConfigNotMatchingSchemaError", "auth config file must include a list of provider credentials"},
	} {
		_, err := convexcheck.ParseProviders([]byte(config))
		var refused *convexcheck.ConfigError
		if !errors.As(err, &refused) || refused.Code != want[0] || !strings.Contains(refused.Message, want[1]) {
			t.Errorf("%s: got %v, want %v", config, err, want)
		}
	}
	if list, err := convexcheck.ParseProviders([]byte(`{"providers":[]}`)); err != nil || len(list) != 0 {
		t.Errorf("an empty list: %v %v", list, err)
	}
}

// The bare localhost trap: it becomes https and never matches an http issuer.
func TestBareLocalhostNeverMatchesHTTP(t *testing.T) {
	p, err := parseOne(t, `{"domain":"localhost:4545","applicationID":"convex"}`)
	if err != nil {
		t.Fatal(err)
	}
	v := check(token(nil), p, served(t))
	if v.Code != convexcheck.NoAuthProvider || !strings.Contains(v.Why, "a domain written without http:// gets https://") {
		t.Errorf("%s %q", v.Code, v.Why)
	}
}

// TestWhyNoProviderMatches checks that the explanation names the one difference.
func TestWhyNoProviderMatches(t *testing.T) {
	cloud := convexcheck.Provider{Type: convexcheck.OIDC, Domain: "https://verb-noun-00.clerk.accounts.dev", ApplicationID: app("convex")}
	for name, tt := range map[string]struct {
		changes   obj
		providers []convexcheck.Provider
		why, fix  string
	}{
		"no aud":            {obj{"aud": drop}, []convexcheck.Provider{oidc}, "plain session token", `getToken({ template: "convex" })`},
		"other aud":         {obj{"aud": "x"}, []convexcheck.Provider{oidc}, `aud is "x", the provider's applicationID is "convex"`, "Set applicationID"},
		"loopback names":    {obj{"iss": "http://127.0.0.1:4545"}, []convexcheck.Provider{oidc}, "different issuers", "CLERK_JWT_ISSUER_DOMAIN http://127.0.0.1:4545"},
		"port":              {obj{"iss": "http://localhost:9999"}, []convexcheck.Provider{oidc}, "the port differs", "npx convex dev"},
		"path":              {obj{"iss": iss + "/i/a"}, []convexcheck.Provider{oidc}, "the path differs", "/i/a"},
		"case":              {obj{"iss": "http://LocalHost:4545"}, []convexcheck.Provider{oidc}, "case count", "exactly"},
		"config in cloud":   {nil, []convexcheck.Provider{cloud}, "still names a Clerk instance in the cloud", iss},
		"token from cloud":  {obj{"iss": "https://verb-noun-00.clerk.accounts.dev"}, []convexcheck.Provider{oidc}, "the token is from a Clerk instance in the cloud", "publishable key"},
		"other host":        {obj{"iss": "http://emulator:4545"}, []convexcheck.Provider{custom}, "the provider's issuer is", "the host differs"},
		"both":              {obj{"iss": "http://h", "aud": "x"}, []convexcheck.Provider{oidc}, `aud is "x"`, "applicationID"},
		"closest is second": {obj{"aud": "x"}, []convexcheck.Provider{cloud, oidc}, `aud is "x"`, "Set applicationID"},
	} {
		v := convexcheck.Check(token(tt.changes), tt.providers, nil, now)
		text := v.Why + v.Fix
		if v.Code != convexcheck.NoAuthProvider || !strings.Contains(text, tt.why) || !strings.Contains(text, tt.fix) {
			t.Errorf("%s: %q\nfix %q", name, v.Why, v.Fix)
		}
	}
}
