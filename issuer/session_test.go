package issuer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/issuer"
)

func session(t *testing.T, s *issuer.Subject, o issuer.SessionOptions) map[string]json.RawMessage {
	t.Helper()
	token, err := issuer.MintSession(request(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return payloadOf(t, token)
}

func TestSessionTokenOfAPlainUser(t *testing.T) {
	p := session(t, alice(), issuer.SessionOptions{})
	for name, want := range map[string]string{
		"azp": `"http://localhost:3000"`, "exp": "1710784259", "fva": "[3,-1]", "iat": "1710784199",
		"iss": `"http://localhost:4545"`, "jti": `"30313233343536373839"`, "nbf": "1710784189", "sid": `"sess_1"`,
		"sts": `"active"`, "sub": `"user_2abcdefghijklmnopqrstuvwxyz"`, "v": "2",
	} {
		if string(p[name]) != want {
			t.Errorf("%s = %s, want %s", name, p[name], want)
		}
	}
	if len(p) != 11 {
		t.Errorf("%d claims, want the 11 above and nothing else: %v", len(p), p)
	}
}

func TestSessionTokenWithoutASession(t *testing.T) {
	if _, err := issuer.MintSession(request(), &issuer.Subject{}, issuer.SessionOptions{}); err == nil {
		t.Error("minted one")
	}
}

func TestPendingSession(t *testing.T) {
	s := alice()
	s.Session.Status = "pending"
	if got := string(session(t, s, issuer.SessionOptions{})["sts"]); got != `"pending"` {
		t.Errorf("sts %s", got)
	}
}

// The vector both backend SDKs decode to org:dash:read, org:dash:manage, org:team:manage (contract: clerk-wire 6.3),
// and the encoding of those permissions, which must decode to the same.
func TestOrganizationPermissions(t *testing.T) {
	want := []string{"org:dash:manage", "org:dash:read", "org:team:manage"}
	if got := decodePermissions(t, "o:dash,u:x,o:team", "read,manage", "3,2"); !slices.Equal(got, want) {
		t.Fatalf("the decoder below does not decode the vector: %v", got)
	}
	p := session(t, inOrganization(alice(), append(want, "org:sys_memberships:read", "odd")...), issuer.SessionOptions{})
	o := object(t, p["o"])
	if got := decodePermissions(t, text(t, p["fea"]), text(t, o["per"]), text(t, o["fpm"])); !slices.Equal(got, want) {
		t.Errorf("fea %s o %s decode to %v", p["fea"], p["o"], got)
	}
	if string(o["rol"]) != `"admin"` || string(o["id"]) != `"org_1"` || string(o["slg"]) != `"acme"` {
		t.Errorf("o %s", p["o"])
	}
}

func TestManyPermissionsNeedMoreThan64Bits(t *testing.T) {
	var want []string
	for i := range 70 {
		want = append(want, fmt.Sprintf("org:f:p%02d", i))
	}
	p := session(t, inOrganization(alice(), want...), issuer.SessionOptions{})
	o := object(t, p["o"])
	if got := decodePermissions(t, text(t, p["fea"]), text(t, o["per"]), text(t, o["fpm"])); !slices.Equal(got, want) {
		t.Errorf("decoded to %v", got)
	}
}

// Every entry of fea must contain a colon, or the SDKs sign the request out; so an empty fea must not be there.
func TestOrganizationWithoutCustomPermissions(t *testing.T) {
	s := inOrganization(alice(), "org:sys_profile:manage")
	s.Organization.Slug = nil
	p := session(t, s, issuer.SessionOptions{})
	if fea, ok := p["fea"]; ok {
		t.Errorf("fea %s", fea)
	}
	if got := string(p["o"]); got != `{"id":"org_1","rol":"admin"}` {
		t.Errorf("o %s", got)
	}
}

func text(t *testing.T, data json.RawMessage) (s string) {
	t.Helper()
	mustUnmarshal(t, data, &s)
	return s
}

// decodePermissions is written after the description of the wire form, independently of the encoder.
func decodePermissions(t *testing.T, fea, per, fpm string) (out []string) {
	t.Helper()
	names, masks := strings.Split(per, ","), strings.Split(fpm, ",")
	i := 0
	for _, entry := range strings.Split(fea, ",") {
		feature, ok := strings.CutPrefix(entry, "o:")
		if !ok {
			continue
		}
		mask, ok := new(big.Int).SetString(masks[i], 10)
		if !ok {
			t.Fatalf("fpm %q", fpm)
		}
		for bit, name := range names {
			if mask.Bit(bit) == 1 {
				out = append(out, "org:"+feature+":"+name)
			}
		}
		i++
	}
	slices.Sort(out)
	return out
}

func TestCustomSessionClaims(t *testing.T) {
	claims, err := issuer.CompileSessionClaims([]byte(`{"role":"{{user.public_metadata.plan}}","aud":"other"}`))
	if err != nil {
		t.Fatal(err)
	}
	p := session(t, alice(), issuer.SessionOptions{Claims: claims})
	if string(p["role"]) != `"pro"` || string(p["aud"]) != `"other"` || string(p["sid"]) != `"sess_1"` {
		t.Errorf("payload %v", p)
	}
	p = session(t, alice(), issuer.SessionOptions{Claims: claims, Audience: "convex"})
	if string(p["aud"]) != `"convex"` {
		t.Errorf("aud %s: the integration's audience must win", p["aud"])
	}
}

func TestCustomSessionClaimsCannotOverride(t *testing.T) {
	for _, name := range []string{"act", "azp", "exp", "fea", "fva", "iat", "iss", "jti", "nbf", "o", "pla", "sid", "sts", "sub", "v"} {
		_, err := issuer.CompileSessionClaims([]byte(`{"` + name + `":1}`))
		var reserved *issuer.ReservedClaimError
		if !errors.As(err, &reserved) || reserved.Claim != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
