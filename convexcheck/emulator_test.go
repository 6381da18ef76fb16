package convexcheck_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/issuer"
)

func text(s string) *string { return &s }

// minted is a token of the emulator's convex template.
func minted(t *testing.T, fault issuer.Fault) string {
	t.Helper()
	template, err := issuer.CompileTemplate(issuer.ConvexTemplate())
	if err != nil {
		t.Fatal(err)
	}
	s := &issuer.Subject{User: issuer.User{ID: "user_1", FirstName: text("Alice"), LastName: text("Example"), EmailVerified: true,
		PrimaryEmailAddress: text("alice@example.com"), ImageURL: "https://img.clerk.com/a", UpdatedAt: 1710784100000}}
	token, err := issuer.MintTemplate(issuer.Request{Key: issuer.DevelopmentKey(), Issuer: iss, Now: now, Fault: fault,
		Random: bytes.NewReader(make([]byte, 10))}, template, s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestFaults runs everything the issuer can do wrong through both kinds of provider.
func TestFaults(t *testing.T) {
	const no, id, un, df = convexcheck.NoAuthProvider, convexcheck.InvalidAuthHeader, convexcheck.Unauthenticated, convexcheck.AuthProviderDiscoveryFailed
	want := map[issuer.Fault]struct {
		oidc, custom convexcheck.Code
		warning      string // of the kinds that accept
	}{
		"":                           {"", "", ""},
		issuer.FaultAlgES256:         {un, id, ""},
		issuer.FaultBadSignature:     {un, id, ""},
		issuer.FaultExpired:          {un, id, ""},
		issuer.FaultIssTrailingSlash: {df, "", ""},
		issuer.FaultMultiAud:         {un, "", "audience-list"},
		issuer.FaultNoAud:            {no, no, ""},
		issuer.FaultShortLived:       {"", "", "lifetime-too-short"},
		issuer.FaultStringBool:       {id, "", ""},
		issuer.FaultUnknownKID:       {un, id, ""},
		issuer.FaultUpdatedAtMS:      {"", "", "updated-at-milliseconds"},
		issuer.FaultWrongAud:         {no, no, ""},
		issuer.FaultWrongIss:         {no, no, ""},
	}
	for fault, w := range want {
		token := minted(t, fault)
		for _, side := range []struct {
			provider convexcheck.Provider
			code     convexcheck.Code
		}{{oidc, w.oidc}, {custom, w.custom}} {
			v := check(token, side.provider, served(t))
			if v.Code != side.code {
				t.Errorf("%s, %s: %q (%s), want %q", fault, side.provider.Type, v.Code, v.Why, side.code)
			}
			if got := strings.Join(codes(v), ","); v.OK && got != w.warning {
				t.Errorf("%s, %s: warnings %q, want %q", fault, side.provider.Type, got, w.warning)
			}
		}
	}
	for _, info := range issuer.Faults() {
		if _, tried := want[info.Fault]; !tried {
			t.Errorf("fault %s is not tried against Convex's rules", info.Fault)
		}
	}
}

// TestAuthConfigs: each printed variant is a config Convex takes, and accepts the emulator's token with what it serves.
func TestAuthConfigs(t *testing.T) {
	jwks := issuer.NewKeySet(issuer.DevelopmentKey()).JWKS()
	for _, config := range convexcheck.AuthConfigs(iss, jwksURL, jwks) {
		printed, err := convexcheck.ParseProviders(asJSON(t, config.TypeScript))
		if err != nil {
			t.Fatalf("%s: %v\n%s", config.Name, err, config.TypeScript)
		}
		if len(printed) != 1 || !reflect.DeepEqual(printed[0], config.Provider) {
			t.Errorf("%s: the file says %v, the value %s", config.Name, printed, config.Provider.String())
		}
		answers := served(t)
		if config.Name == "jwks-data" {
			answers = nil
		}
		v := convexcheck.Check(minted(t, ""), printed, answers, now)
		accepted(t, config.Name, v)
		if config.Provider.Type == convexcheck.CustomJWT {
			for _, field := range []string{"givenName", "pictureUrl", "emailVerified", "updatedAt"} {
				if !strings.Contains(config.TypeScript, field) || v.Identity.Get(field) != nil {
					t.Errorf("%s: %s is not named as lost, or is not lost", config.Name, field)
				}
			}
		} else if string(v.Identity.Get("givenName")) != `"Alice"` {
			t.Errorf("%s: identity %v", config.Name, v.Identity)
		}
	}
}

// asJSON turns the printed file into the JSON of its default export.
func asJSON(t *testing.T, typescript string) []byte {
	t.Helper()
	_, body, ok := strings.Cut(typescript, "export default ")
	body, tail, ok2 := strings.Cut(body, " satisfies AuthConfig;")
	if !ok || !ok2 || tail != "\n" {
		t.Fatalf("not an auth.config.ts:\n%s", typescript)
	}
	body = regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(body, "")
	body = regexp.MustCompile(`(?m)^(\s*)(\w+):`).ReplaceAllString(body, `$1"$2":`)
	body = regexp.MustCompile(`,(\s*[}\]])`).ReplaceAllString(body, "$1")
	if !json.Valid([]byte(body)) {
		t.Fatalf("not JSON after all:\n%s", body)
	}
	return []byte(body)
}

func FuzzCheck(f *testing.F) {
	f.Add(token(nil), true)
	f.Add(token(obj{"aud": []string{"convex", "x"}}), false)
	f.Add("a.e30.c", true)
	f.Add(b64([]byte(`{"alg":"RS256"}`))+"."+b64([]byte(`{"iss":"http://localhost:4545","aud":"convex","exp":1e300}`))+".", true)
	answers := served(f)
	f.Fuzz(func(t *testing.T, token string, isOIDC bool) {
		p := custom
		if isOIDC {
			p = oidc
		}
		v := check(token, p, answers)
		if v.OK != (v.Code == "") || v.OK == (v.Status != 200) || len(v.Steps) == 0 || v.Why == "" {
			t.Errorf("%+v", v)
		}
		if data, err := json.Marshal(v); err != nil || !json.Valid(data) {
			t.Errorf("%s: %v", data, err)
		}
	})
}

func FuzzParseProviders(f *testing.F) {
	f.Add(`{"providers":[{"domain":"http://h","applicationID":"a"}]}`)
	f.Add(`{"providers":[{"type":"customJwt","issuer":"h.dev","jwks":"data:,","algorithm":"RS256"}]}`)
	f.Fuzz(func(t *testing.T, config string) {
		list, err := convexcheck.ParseProviders([]byte(config))
		if err != nil {
			return
		}
		for _, p := range list {
			check(token(nil), p, nil)
		}
	})
}

func FuzzKeySet(f *testing.F) {
	f.Add(string(keySet(ours(nil), obj{"kty": "EC", "crv": "P-256"})), string(documentWith(nil).Body))
	good := token(nil)
	f.Fuzz(func(t *testing.T, keys, document string) {
		answers := convexcheck.Answers{docURL: okJSON([]byte(document)), jwksURL: okJSON([]byte(keys))}
		check(good, oidc, answers)
		check(good, custom, answers)
	})
}
