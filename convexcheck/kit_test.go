package convexcheck_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/issuer"
)

const (
	iss     = "http://localhost:4545"
	docURL  = iss + "/.well-known/openid-configuration"
	jwksURL = iss + "/.well-known/jwks.json"
)

// now is the wall time of every check: 2024-03-18T17:49:59Z.
var now = time.Unix(1710784199, 0)

// obj is a JSON object under construction. A nil value stays null; drop takes a member out.
type obj map[string]any

type dropped struct{}

var drop = dropped{}

func (o obj) with(changes obj) obj {
	out := obj{}
	for name, value := range o {
		out[name] = value
	}
	for name, value := range changes {
		out[name] = value
		if value == drop {
			delete(out, name)
		}
	}
	return out
}

func (o obj) json() []byte {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return data
}

// raw is JSON to be taken as it stands.
func raw(s string) json.RawMessage { return json.RawMessage(s) }

// signingKey is the private half of the development key.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	data, err := issuer.DevelopmentKey().PrivatePEM()
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key.(*rsa.PrivateKey)
})

var otherKey = sync.OnceValue(func() *rsa.PrivateKey { return rsaKey(2048) })

func rsaKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// right is the payload Convex accepts; header the header.
var (
	right = obj{"iss": iss, "sub": "user_1", "aud": "convex", "iat": 1710784199, "exp": 1710784259, "nbf": 1710784194,
		"jti": "0123", "name": "Alice"}
	header = obj{"alg": "RS256", "typ": "JWT", "kid": issuer.DevelopmentKey().KID(), "cat": "cl_B7d4PD222AAA"}
)

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// sign makes a token with the development key.
func sign(header, payload obj) string { return signRaw(signingKey(), header.json(), payload.json()) }

func signRaw(key *rsa.PrivateKey, header, payload []byte) string {
	signed := b64(header) + "." + b64(payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(signature)
}

// token is a right token with changed claims.
func token(changes obj) string { return sign(header, right.with(changes)) }

// headed is a right token with a changed header.
func headed(changes obj) string { return sign(header.with(changes), right) }

// publicJWK is a key as the emulator publishes it, with changes.
func publicJWK(key *rsa.PublicKey, kid string, changes obj) obj {
	return obj{"use": "sig", "kty": "RSA", "kid": kid, "alg": "RS256", "n": b64(key.N.Bytes()),
		"e": b64(big.NewInt(int64(key.E)).Bytes())}.with(changes)
}

// ours is the published development key with changes.
func ours(changes obj) obj {
	return publicJWK(&signingKey().PublicKey, issuer.DevelopmentKey().KID(), changes)
}

func keySet(keys ...any) []byte { return obj{"keys": append([]any{}, keys...)}.json() }

func okJSON(body []byte) convexcheck.Answer {
	return convexcheck.Answer{Status: 200, ContentType: "application/json", Body: body}
}

// served is what the emulator's issuer answers.
func served(t testing.TB) convexcheck.Answers {
	t.Helper()
	document, err := issuer.Discovery(iss, issuer.DiscoveryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return convexcheck.Answers{
		docURL:  okJSON(document),
		jwksURL: okJSON(issuer.NewKeySet(issuer.DevelopmentKey()).JWKS()),
	}
}

// documentWith is the smallest discovery document Convex takes, with changes.
func documentWith(changes obj) convexcheck.Answer {
	return okJSON(obj{"issuer": iss, "jwks_uri": jwksURL}.with(changes).json())
}

func app(id string) *string { return &id }

// oidc and custom are the providers of nearly every test.
var (
	oidc   = convexcheck.Provider{Type: convexcheck.OIDC, Domain: iss, ApplicationID: app("convex")}
	custom = convexcheck.Provider{Type: convexcheck.CustomJWT, Issuer: iss, JWKS: jwksURL, Algorithm: "RS256", ApplicationID: app("convex")}
)

func check(token string, p convexcheck.Provider, answers convexcheck.Answers) convexcheck.Verdict {
	return convexcheck.Check(token, []convexcheck.Provider{p}, answers, now)
}

// accepted fails the test unless the verdict is good.
func accepted(t *testing.T, name string, v convexcheck.Verdict) {
	t.Helper()
	if !v.OK {
		t.Errorf("%s: refused with %s: %s", name, v.Code, v.Why)
	}
}

// refusedWith fails the test unless the verdict has that code and message, and reasons for people.
func refusedWith(t *testing.T, name string, v convexcheck.Verdict, code convexcheck.Code, message string) {
	t.Helper()
	if v.OK || v.Code != code || v.Message != message {
		t.Errorf("%s\ngot  %s %q (%s)\nwant %s %q", name, v.Code, v.Message, v.Cause, code, message)
	}
	if v.Why == "" || v.Fix == "" || v.Identity != nil || len(v.Warnings) != 0 {
		t.Errorf("%s: why %q fix %q identity %v warnings %v", name, v.Why, v.Fix, v.Identity, v.Warnings)
	}
}

// Messages Convex uses for more than one mistake.
const (
	parseMessage   = "Could not parse JWT payload. Check that the token is a valid JWT format with three base64-encoded parts separated by dots."
	idTokenMessage = "Could not parse as OIDC ID token. Token might not be an OIDC-compliant JWT."
	verifyMessage  = "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired."
	discoveryFail  = "Auth provider discovery of " + iss + " failed"
	noKidMessage   = "Could not decode token. JWT may be missing a 'kid' (key ID) header."
	noMatch        = "No auth provider found matching the given token. Check that your JWT's issuer and audience match one of your configured providers: "
)

func kidMessage(kid string) string {
	return fmt.Sprintf("Could not decode token. The JWT's 'kid' (key ID) header is '%s', does this key match any key in the provider's JWKS?", kid)
}
