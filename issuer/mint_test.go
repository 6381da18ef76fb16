package issuer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nightclerk/nightclerk/issuer"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with testdata/name; go test -update rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs\ngot  %s\nwant %s", path, got, want)
	}
}

// goldenToken keeps header and payload readable beside the token itself.
func goldenToken(t *testing.T, name, token string) {
	t.Helper()
	var b bytes.Buffer
	b.Write(segment(t, token, 0))
	b.WriteByte('\n')
	b.Write(segment(t, token, 1))
	b.WriteString("\n" + token + "\n")
	golden(t, name, b.Bytes())
}

func mustUnmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

func convex(t *testing.T) *issuer.CompiledTemplate {
	t.Helper()
	compiled, err := issuer.CompileTemplate(issuer.ConvexTemplate())
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestConvexTokenGolden(t *testing.T) {
	token, err := issuer.MintTemplate(request(), convex(t), alice())
	if err != nil {
		t.Fatal(err)
	}
	verified(t, token, issuer.NewKeySet(issuer.DevelopmentKey()).JWKS())
	goldenToken(t, "convex_token.golden", token)
}

func TestSessionTokenGolden(t *testing.T) {
	s := inOrganization(alice(), "org:dash:read", "org:dash:manage", "org:team:manage", "org:sys_profile:manage")
	s.Session.Actor = json.RawMessage(`{"iss": "https://dashboard.clerk.com", "sid": "sess_9", "sub": "user_9"}`)
	token, err := issuer.MintSession(request(), s, issuer.SessionOptions{Audience: "convex"})
	if err != nil {
		t.Fatal(err)
	}
	verified(t, token, issuer.NewKeySet(issuer.DevelopmentKey()).JWKS())
	goldenToken(t, "session_token.golden", token)
}

func TestDiscoveryGolden(t *testing.T) {
	document, err := issuer.Discovery("http://localhost:4545", issuer.DiscoveryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "discovery.golden", append(document, '\n'))
}

func TestTemplateTimes(t *testing.T) {
	compiled, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: []byte(`{}`), Lifetime: 300, AllowedClockSkew: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lifetime int64
		exp      string
	}{{0, "1710784499"}, {7, "1710784206"}} {
		r := request()
		r.Lifetime = tt.lifetime
		token, err := issuer.MintTemplate(r, compiled, alice())
		if err != nil {
			t.Fatal(err)
		}
		p := payloadOf(t, token)
		if string(p["exp"]) != tt.exp || string(p["iat"]) != "1710784199" || string(p["nbf"]) != "1710784179" {
			t.Errorf("lifetime %d: exp %s iat %s nbf %s", tt.lifetime, p["exp"], p["iat"], p["nbf"])
		}
	}
	if compile(t, `{}`).Lifetime != 60 {
		t.Error("a template without a lifetime does not live for Clerk's 60 seconds")
	}
}

func TestTemplateIssuerOverridesTheInstances(t *testing.T) {
	compiled, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: []byte(`{}`), Issuer: "http://emulator:4545"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.MintTemplate(request(), compiled, alice())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(payloadOf(t, token)["iss"]); got != `"http://emulator:4545"` {
		t.Errorf("iss %s", got)
	}
}

func TestNoOriginNoAzp(t *testing.T) {
	for _, origin := range []string{"", "null"} {
		r := request()
		r.Origin = origin
		token, err := issuer.MintTemplate(r, convex(t), alice())
		if err != nil {
			t.Fatal(err)
		}
		if azp, ok := payloadOf(t, token)["azp"]; ok {
			t.Errorf("origin %q: azp %s", origin, azp)
		}
	}
}

// Convex's client compares tokens byte by byte: two mints in one second must differ.
func TestEveryMintDiffers(t *testing.T) {
	r, compiled := request(), convex(t)
	a, err := issuer.MintTemplate(r, compiled, alice())
	if err != nil {
		t.Fatal(err)
	}
	b, err := issuer.MintTemplate(r, compiled, alice())
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("the same token twice")
	}
}

func TestMintWithoutRandomnessFails(t *testing.T) {
	r := request()
	r.Random = iotest.ErrReader(io.ErrUnexpectedEOF)
	if _, err := issuer.MintTemplate(r, convex(t), alice()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("template: %v", err)
	}
	if _, err := issuer.MintSession(r, alice(), issuer.SessionOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("session: %v", err)
	}
}

func TestClaimOverrides(t *testing.T) {
	r := request()
	r.Claims = map[string]json.RawMessage{"sub": []byte(`"user_other"`), "role": []byte(`["admin"]`)}
	token, err := issuer.MintTemplate(r, convex(t), alice())
	if err != nil {
		t.Fatal(err)
	}
	p := payloadOf(t, token)
	if string(p["sub"]) != `"user_other"` || string(p["role"]) != `["admin"]` || string(p["email"]) != `"alice@example.com"` {
		t.Errorf("payload %v", p)
	}
	r = request()
	r.Claims = map[string]json.RawMessage{"role": []byte(`admin`)}
	if _, err := issuer.MintTemplate(r, convex(t), alice()); err == nil || !strings.Contains(err.Error(), `claim "role"`) {
		t.Errorf("an override that is not JSON: %v", err)
	}
}

func TestHandshakeToken(t *testing.T) {
	directives := []string{`__session=a.b.c; Path=/`, `__client_uat=1; "quoted"`}
	token, err := issuer.MintHandshake(issuer.DevelopmentKey(), directives)
	if err != nil {
		t.Fatal(err)
	}
	header, payload := verified(t, token, issuer.NewKeySet(issuer.DevelopmentKey()).JWKS())
	var got []string
	mustUnmarshal(t, payload["handshake"], &got)
	if len(got) != 2 || got[0] != directives[0] || got[1] != directives[1] {
		t.Errorf("directives %q", got)
	}
	if header.ExtraHeaders["cat"] != string(issuer.CategorySession) {
		t.Errorf("category %v: backend SDK 3 throws at any other", header.ExtraHeaders["cat"])
	}
}

func TestDiscoveryKeepsTheIssuerByteForByte(t *testing.T) {
	for _, iss := range []string{"http://localhost:4545", "http://h/i/a/", "https://a.example/x&y"} {
		document, err := issuer.Discovery(iss, issuer.DiscoveryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(document, []byte(`"issuer":"`+iss+`"`)) {
			t.Errorf("%s became %s", iss, document)
		}
	}
	document, err := issuer.Discovery("http://h/i/a/", issuer.DiscoveryOptions{JWKSURI: "http://other/keys"})
	if err != nil {
		t.Fatal(err)
	}
	d := object(t, document)
	if string(d["jwks_uri"]) != `"http://other/keys"` || string(d["token_endpoint"]) != `"http://h/i/a/oauth/token"` {
		t.Errorf("jwks_uri %s, token_endpoint %s", d["jwks_uri"], d["token_endpoint"])
	}
	for _, iss := range []string{"localhost:4545", "ftp://h", "", "http://"} {
		if _, err := issuer.Discovery(iss, issuer.DiscoveryOptions{}); err == nil {
			t.Errorf("%q was accepted", iss)
		}
	}
}
