package issuer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/nightclerk/nightclerk/issuer"
)

func generated(t *testing.T) *issuer.Key {
	t.Helper()
	key, err := issuer.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeySurvivesPEM(t *testing.T) {
	key := generated(t)
	data, err := key.PrivatePEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := issuer.ParsePEM(data)
	if err != nil {
		t.Fatal(err)
	}
	if again.KID() != key.KID() || string(again.PublicPEM()) != string(key.PublicPEM()) {
		t.Errorf("read back as %s, was %s", again.KID(), key.KID())
	}
}

func TestKIDIsNewForEveryKey(t *testing.T) {
	a, b := generated(t).KID(), issuer.DevelopmentKey().KID()
	if a == b {
		t.Errorf("two keys share the kid %s", a)
	}
	for _, kid := range []string{a, b} {
		if !regexp.MustCompile(`^ins_[0-9A-Za-z]{27}$`).MatchString(kid) {
			t.Errorf("kid %q is not ins_ and 27 base62 characters", kid)
		}
	}
}

// Clerk's SDKs cut the modulus out of CLERK_JWT_KEY by these two strings (contract: clerk-wire 5.6).
func TestPublicPEMIsWhatTheSDKsCutUp(t *testing.T) {
	text := string(issuer.DevelopmentKey().PublicPEM())
	body := strings.NewReplacer("\n", "", "-----BEGIN PUBLIC KEY-----", "", "-----END PUBLIC KEY-----", "").Replace(text)
	if !strings.HasPrefix(body, "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA") || !strings.HasSuffix(body, "IDAQAB") {
		t.Errorf("not an SPKI of RSA-2048/65537:\n%s", text)
	}
}

func TestParsePEMRefuses(t *testing.T) {
	big, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ pem, want string }{
		"no PEM":     {"hello", "no PEM block"},
		"public key": {string(issuer.DevelopmentKey().PublicPEM()), "not a PKCS #8 private key"},
		"RSA-3072":   {pkcs8(t, big), "RSA-3072"},
		"EC":         {pkcs8(t, ec), "not RSA"},
		"cut off":    {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "damaged PKCS #1"},
	} {
		if _, err := issuer.ParsePEM([]byte(tt.pem)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestParsePEMTakesPKCS1(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}
	key, err := issuer.ParsePEM(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	if !key.Public().Equal(&private.PublicKey) {
		t.Error("read another key")
	}
}

func TestRotateKeepsOldTokensVerifiable(t *testing.T) {
	old := issuer.NewKeySet(issuer.DevelopmentKey())
	token, err := old.Current().Sign(issuer.CategorySession, []byte(`{"sub":"user_1"}`))
	if err != nil {
		t.Fatal(err)
	}
	next := generated(t)
	rotated := old.Rotate(next)

	verified(t, token, rotated.JWKS())
	fresh, err := rotated.Current().Sign(issuer.CategorySession, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if header, _ := verified(t, fresh, rotated.JWKS()); header.KeyID != next.KID() {
		t.Errorf("signed with %s, want the new key", header.KeyID)
	}
	if strings.Contains(string(old.JWKS()), next.KID()) {
		t.Error("rotating changed the set that others may be reading")
	}
	if got := rotated.Retired(); len(got) != 1 || got[0].KID() != old.Current().KID() {
		t.Errorf("retired: %v", got)
	}
	if dropped := issuer.NewKeySet(next); dropped.Find(old.Current().KID()) != nil {
		t.Error("a new set still knows the old key")
	}
	if again := rotated.Rotate(old.Current()); len(again.Retired()) != 1 {
		t.Error("a key that comes back is published twice")
	}
}

func TestJWKSMembers(t *testing.T) {
	keys := object(t, issuer.NewKeySet(issuer.DevelopmentKey()).JWKS())
	var list []map[string]string
	mustUnmarshal(t, keys["keys"], &list)
	want := map[string]string{"use": "sig", "kty": "RSA", "alg": "RS256", "e": "AQAB", "kid": issuer.DevelopmentKey().KID()}
	for name, value := range want {
		if list[0][name] != value {
			t.Errorf("%s = %q, want %q", name, list[0][name], value)
		}
	}
	if len(list[0]) != 6 || list[0]["n"] == "" {
		t.Errorf("members: %v", list[0])
	}
}

func TestPool(t *testing.T) {
	pool := issuer.NewPool(1, rand.Reader)
	defer pool.Close()
	a, err := pool.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := pool.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a.KID() == b.KID() {
		t.Error("the same key came out twice")
	}
}

func TestPoolStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pool := issuer.NewPool(0, rand.Reader)
	if _, err := pool.Get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up got %v", err)
	}
	pool.Close()
	pool.Close()
	<-pool.Done()
	if _, err := pool.Get(t.Context()); !errors.Is(err, issuer.ErrPoolClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestSignHeader(t *testing.T) {
	for _, category := range []issuer.Category{issuer.CategorySession, issuer.CategoryTemplate} {
		token, err := issuer.DevelopmentKey().Sign(category, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"alg":"RS256","cat":"` + string(category) + `","kid":"` + issuer.DevelopmentKey().KID() + `","typ":"JWT"}`
		if got := string(segment(t, token, 0)); got != want {
			t.Errorf("header %s, want %s", got, want)
		}
	}
}

func TestCustomSigningKey(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "a-secret-of-at-least-thirty-two-bytes"
	for _, tt := range []struct {
		alg    jose.SignatureAlgorithm
		key    string
		verify any
	}{
		{jose.HS256, secret, []byte(secret)},
		{jose.ES256, pkcs8(t, ec), &ec.PublicKey},
	} {
		compiled, err := issuer.CompileTemplate(issuer.Template{Name: "hasura", Claims: []byte(`{}`),
			CustomSigningKey: true, SigningAlgorithm: string(tt.alg), SigningKey: tt.key})
		if err != nil {
			t.Fatal(err)
		}
		token, err := issuer.MintTemplate(request(), compiled, alice())
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{tt.alg})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jws.Verify(tt.verify); err != nil {
			t.Errorf("%s: %v", tt.alg, err)
		}
	}
}

func TestCustomSigningKeyRefuses(t *testing.T) {
	for _, tt := range []struct{ alg, key, want string }{
		{"HS256", "", "signing_key is missing"},
		{"none", "x", "unknown signing_algorithm"},
		{"RS256", "x", "not PEM"},
		{"RS256", string(issuer.DevelopmentKey().PublicPEM()), "not a private key"},
	} {
		_, err := issuer.CompileTemplate(issuer.Template{Name: "t", Claims: []byte(`{}`),
			CustomSigningKey: true, SigningAlgorithm: tt.alg, SigningKey: tt.key})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.alg, err, tt.want)
		}
	}
}
