package issuer_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/nightclerk/nightclerk/issuer"
)

func mintFault(t *testing.T, f issuer.Fault) string {
	t.Helper()
	r := request()
	r.Fault = f
	token, err := issuer.MintTemplate(r, convex(t), alice())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestFaultsChangeOneClaim(t *testing.T) {
	right := payloadOf(t, mintFault(t, ""))
	for fault, want := range map[issuer.Fault]map[string]string{
		issuer.FaultExpired:          {"exp": "1710784139", "iat": "1710784079", "nbf": "1710784079"},
		issuer.FaultIssTrailingSlash: {"iss": `"http://localhost:4545/"`},
		issuer.FaultMultiAud:         {"aud": `["convex","second-audience"]`},
		issuer.FaultNoAud:            {"aud": ""},
		issuer.FaultShortLived:       {"exp": "1710784201"},
		issuer.FaultStringBool:       {"email_verified": `"true"`},
		issuer.FaultUpdatedAtMS:      {"updated_at": "1710784199000"},
		issuer.FaultWrongAud:         {"aud": `"wrong-audience"`},
		issuer.FaultWrongIss:         {"iss": `"https://wrong-issuer.example.com"`},
		issuer.FaultAlgES256:         {},
		issuer.FaultBadSignature:     {},
		issuer.FaultUnknownKID:       {},
	} {
		wrong := payloadOf(t, mintFault(t, fault))
		for name := range right {
			expected, changed := want[name]
			if !changed {
				expected = string(right[name])
			}
			if string(wrong[name]) != expected {
				t.Errorf("%s: %s = %s, want %s", fault, name, wrong[name], expected)
			}
		}
	}
}

func TestFaultsOfHeaderAndSignature(t *testing.T) {
	key := issuer.DevelopmentKey()
	jws, err := jose.ParseSignedCompact(mintFault(t, issuer.FaultBadSignature), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jws.Verify(key.Public()); err == nil {
		t.Error("bad-signature verifies")
	}
	jws, err = jose.ParseSignedCompact(mintFault(t, issuer.FaultUnknownKID), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jws.Verify(key.Public()); err != nil || jws.Signatures[0].Header.KeyID == key.KID() {
		t.Errorf("unknown-kid: kid %s, %v: want a good signature under another kid", jws.Signatures[0].Header.KeyID, err)
	}
	jws, err = jose.ParseSignedCompact(mintFault(t, issuer.FaultAlgES256), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if got := jws.Signatures[0].Header.KeyID; got != key.KID() {
		t.Errorf("alg-es256: kid %s", got)
	}
}

func TestFaultsWithoutTheClaimTheyChange(t *testing.T) {
	for fault, want := range map[issuer.Fault]map[string]string{
		issuer.FaultMultiAud:    {"aud": `["convex","second-audience"]`},
		issuer.FaultStringBool:  {"email_verified": `"true"`},
		issuer.FaultUpdatedAtMS: {"updated_at": "1710784199000"},
	} {
		r := request()
		r.Fault = fault
		token, err := issuer.MintSession(r, alice(), issuer.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p := payloadOf(t, token)
		for name, value := range want {
			if string(p[name]) != value {
				t.Errorf("%s: %s = %s, want %s", fault, name, p[name], value)
			}
		}
	}
}

func TestMultiAudKeepsAListOfAudiences(t *testing.T) {
	r := request()
	r.Fault, r.Claims = issuer.FaultMultiAud, map[string]json.RawMessage{"aud": []byte(`["a", "b"]`)}
	token, err := issuer.MintTemplate(r, convex(t), alice())
	if err != nil {
		t.Fatal(err)
	}
	var aud []string
	mustUnmarshal(t, payloadOf(t, token)["aud"], &aud)
	if !slices.Equal(aud, []string{"a", "b", "second-audience"}) {
		t.Errorf("aud %v", aud)
	}
}

func TestParseFault(t *testing.T) {
	for _, info := range issuer.Faults() {
		if got, err := issuer.ParseFault(string(info.Fault)); got != info.Fault || err != nil {
			t.Errorf("%s: %v %v", info.Fault, got, err)
		}
		if info.Explanation == "" || strings.Contains(info.Explanation, "\n") {
			t.Errorf("%s: %q is not one line", info.Fault, info.Explanation)
		}
	}
	if _, err := issuer.ParseFault("typo"); err == nil || !strings.Contains(err.Error(), "wrong-iss") {
		t.Errorf("an unknown fault does not list the known: %v", err)
	}
	r := request()
	r.Fault = "typo"
	if _, err := issuer.MintTemplate(r, convex(t), alice()); err == nil {
		t.Error("minted with an unknown fault")
	}
}
