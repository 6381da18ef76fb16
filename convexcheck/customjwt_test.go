package convexcheck_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/issuer"
)

func TestCustomJWTClaims(t *testing.T) {
	const missing = "Could not verify token claim. Check that the JWT contains valid claims and matches your auth provider configuration."
	for name, tt := range map[string]struct {
		changes obj
		message string // "" for accepted
	}{
		"no iat":             {obj{"iat": drop}, ""},
		"ill-typed standard": {obj{"email_verified": "true", "name": 5, "azp": []any{}, "updated_at": "x"}, ""},
		"several audiences":  {obj{"aud": []string{"x", "convex"}}, ""},
		"expired 4 s ago":    {obj{"exp": 1710784195}, ""},
		"expired 5 s ago":    {obj{"exp": 1710784194}, ""},
		"nbf 5 s ahead":      {obj{"nbf": 1710784204}, ""},
		"expired 6 s ago":    {obj{"exp": 1710784193}, "Could not validate token: Token expired 6 seconds ago"},
		"expired 30 s ago":   {obj{"exp": 1710784169}, "Could not validate token: Token expired 30 seconds ago"},
		"nbf 60 s ahead":     {obj{"nbf": 1710784259}, "Could not validate token: Token will be valid in 60 seconds"},
		"iat 60 s ahead":     {obj{"iat": 1710784259}, "Could not validate token: Token will be valid in 60 seconds"},
		"no sub":             {obj{"sub": drop}, missing},
		"no exp":             {obj{"exp": drop}, missing},
	} {
		v := check(token(tt.changes), custom, served(t))
		if tt.message == "" {
			accepted(t, name, v)
			continue
		}
		refusedWith(t, name, v, convexcheck.InvalidAuthHeader, tt.message)
		if v.Status != 401 || v.WebSocket.Error != tt.message || !v.WebSocket.AuthUpdateAttempted {
			t.Errorf("%s: %d %+v", name, v.Status, v.WebSocket)
		}
	}
}

// Whatever goes wrong between key and signature, the message speaks of the kid alone.
func TestCustomJWTKeysAndSignature(t *testing.T) {
	kid := issuer.DevelopmentKey().KID()
	good := token(nil)
	for name, tt := range map[string]struct {
		token   string
		keys    []byte
		message string
	}{
		"unknown kid":       {headed(obj{"kid": "zz"}), keySet(ours(nil)), kidMessage("zz")},
		"no kid":            {headed(obj{"kid": drop}), keySet(ours(nil)), noKidMessage},
		"null kid":          {headed(obj{"kid": nil}), keySet(ours(nil)), noKidMessage},
		"kid a number":      {headed(obj{"kid": 5}), keySet(ours(nil)), noKidMessage},
		"no alg":            {headed(obj{"alg": drop}), keySet(ours(nil)), noKidMessage},
		"empty set":         {good, keySet(), kidMessage(kid)},
		"header ES256":      {headed(obj{"alg": "ES256"}), keySet(ours(nil)), kidMessage(kid)},
		"key RS512":         {good, keySet(ours(obj{"alg": "RS512"})), kidMessage(kid)},
		"bad signature":     {signRaw(otherKey(), header.json(), right.json()), keySet(ours(nil)), kidMessage(kid)},
		"signature not b64": {good[:strings.LastIndex(good, ".")] + ".!", keySet(ours(nil)), kidMessage(kid)},
		"two parts":         {good[:strings.LastIndex(good, ".")], keySet(ours(nil)), kidMessage(kid)},
		"four parts":        {good + ".x", keySet(ours(nil)), kidMessage(kid)},
	} {
		answers := served(t)
		answers[jwksURL] = okJSON(tt.keys)
		v := check(tt.token, custom, answers)
		refusedWith(t, name, v, convexcheck.InvalidAuthHeader, tt.message)
		if v.Status != 401 {
			t.Errorf("%s: status %d", name, v.Status)
		}
	}
}

func TestCustomJWTAcceptsKeys(t *testing.T) {
	for name, keys := range map[string][]byte{
		"no alg, no use": keySet(ours(obj{"alg": drop, "use": drop})),
		"for encryption": keySet(ours(obj{"use": "enc"})),
		"a neighbour":    keySet(publicJWK(&otherKey().PublicKey, "b", nil), ours(nil)),
		"an octet key":   keySet(obj{"kty": "oct", "k": "AAAA", "kid": "c"}, ours(nil)),
	} {
		answers := served(t)
		answers[jwksURL] = okJSON(keys)
		accepted(t, name, check(token(nil), custom, answers))
	}
}

// typ, cty and crit are the OIDC path's business alone.
func TestCustomJWTIgnoresHeaderTypes(t *testing.T) {
	accepted(t, "at+jwt", check(headed(obj{"typ": "at+jwt", "cty": "x", "crit": []string{"x"}}), custom, served(t)))
}

func TestCustomJWTKeySetFetch(t *testing.T) {
	fetch := "Could not fetch JWKS from URL '" + jwksURL + "': "
	invalid := "Invalid JWKS response body from '" + jwksURL + "'. The response is not valid JSON or doesn't match the expected JWKS format."
	badType := func(shown string) string {
		return "Invalid Content-Type '" + shown + "' when fetching JWKS from '" + jwksURL + "'. Expected 'application/json' or 'application/jwk-set+json'."
	}
	good := keySet(ours(nil))
	for name, tt := range map[string]struct {
		answer  convexcheck.Answer
		message string // "" for accepted
	}{
		"plain":              {okJSON(good), ""},
		"jwk-set":            {withType(okJSON(good), "application/jwk-set+json"), ""},
		"utf-8":              {withType(okJSON(good), "application/json; charset=utf-8"), ""},
		"500":                {convexcheck.Answer{Status: 500}, fetch + "HTTP 500 Internal Server Error. Check that the URL is correct and accessible."},
		"404":                {convexcheck.Answer{Status: 404}, fetch + "HTTP 404 Not Found. Check that the URL is correct and accessible."},
		"599":                {convexcheck.Answer{Status: 599}, fetch + "HTTP 599 Unknown. Check that the URL is correct and accessible."},
		"text":               {withType(okJSON(good), "text/plain"), badType("text/plain")},
		"no type":            {withType(okJSON(good), ""), badType("unknown")},
		"latin-1":            {withType(okJSON(good), "application/json; charset=latin1"), badType("application/json; charset=latin1")},
		"not JSON":           {okJSON([]byte("<html>")), invalid},
		"no keys":            {okJSON([]byte("{}")), invalid},
		"one unreadable key": {okJSON(keySet(ours(nil), obj{"kty": "RSA"})), invalid},
		"one unknown kty":    {okJSON(keySet(ours(nil), obj{"kty": "XX"})), invalid},
		"one unknown alg":    {okJSON(keySet(ours(nil), ours(obj{"alg": "XX"}))), invalid},
		"junk certificates":  {okJSON(keySet(ours(obj{"x5c": 5}))), invalid},
		"one unknown curve":  {okJSON(keySet(ours(nil), obj{"kty": "EC", "crv": "X", "x": "AA", "y": "AA"})), invalid},
	} {
		answers := convexcheck.Answers{jwksURL: tt.answer}
		v := check(token(nil), custom, answers)
		if tt.message == "" {
			accepted(t, name, v)
			continue
		}
		refusedWith(t, name, v, convexcheck.InvalidAuthHeader, tt.message)
		if v.Status != 401 || v.WebSocket.Type != "AuthError" {
			t.Errorf("%s: %d %+v: a customJwt never answers the issuer's status", name, v.Status, v.WebSocket)
		}
	}
	v := check(token(nil), custom, nil)
	refusedWith(t, "unreachable", v, convexcheck.InvalidAuthHeader,
		fetch+"error sending request for url ("+jwksURL+"). Check that the URL is correct and accessible.")
}

func TestJWKSThatIsNoURL(t *testing.T) {
	p := custom
	p.JWKS = "localhost:4545/.well-known/jwks.json"
	if v := check(token(nil), p, nil); v.Status != 500 || v.WebSocket.CloseCode != 1011 || !strings.Contains(v.Fix, "http://") {
		t.Errorf("%d %+v %q", v.Status, v.WebSocket, v.Fix)
	}
	for _, at := range []string{"ftp://h/keys", "/keys"} {
		p.JWKS = at
		if v := check(token(nil), p, nil); v.Code != convexcheck.InvalidAuthHeader || !strings.HasPrefix(v.Message, "Could not fetch JWKS from URL '"+at) {
			t.Errorf("%s: %s %q", at, v.Code, v.Message)
		}
	}
}

// A data: URI needs no network: the nil Answers reach nothing.
func TestDataJWKS(t *testing.T) {
	keys := keySet(ours(nil))
	for name, uri := range map[string]string{
		"base64":            "data:application/json;base64," + base64.StdEncoding.EncodeToString(keys),
		"any MIME type":     "data:text/plain;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(keys),
		"upper case":        "DATA:;BASE64," + base64.StdEncoding.EncodeToString(keys),
		"no padding":        "data:;base64," + base64.RawStdEncoding.EncodeToString(keys),
		"line breaks":       "data:;base64," + base64.StdEncoding.EncodeToString(keys)[:8] + "\n" + base64.StdEncoding.EncodeToString(keys)[8:],
		"percent":           "data:," + url.PathEscape(string(keys)),
		"bare":              "data:," + string(keys),
		"with a fragment":   "data:," + url.PathEscape(string(keys)) + "#x",
		"base64 in percent": "data:;base64," + url.QueryEscape(base64.StdEncoding.EncodeToString(keys)),
	} {
		p := custom
		p.JWKS, p.Issuer = uri, "http://unreachable.example"
		accepted(t, name, check(token(obj{"iss": p.Issuer}), p, nil))
	}
	p := custom
	p.JWKS = "data:;base64,A"
	refusedWith(t, "bad base64", check(token(nil), p, nil), convexcheck.InvalidAuthHeader,
		"Invalid JWKS data URL. Check that the data URL is properly formatted and contains valid base64-encoded JSON.")
	p.JWKS = "data:,{}"
	refusedWith(t, "not a set", check(token(nil), p, nil), convexcheck.InvalidAuthHeader,
		"Invalid JWKS response body from 'data:,{}'. The response is not valid JSON or doesn't match the expected JWKS format.")
}

func TestES256(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := b64(obj{"alg": "ES256", "kid": "ec"}.json()) + "." + b64(right.json())
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	key := obj{"kty": "EC", "crv": "P-256", "kid": "ec", "x": b64(point[1:33]), "y": b64(point[33:])}
	answers := convexcheck.Answers{jwksURL: okJSON(keySet(key))}
	p := custom
	p.Algorithm = "ES256"
	accepted(t, "ES256", check(signed+"."+b64(signature), p, answers))
	signature[0] ^= 1
	refusedWith(t, "bad signature", check(signed+"."+b64(signature), p, answers), convexcheck.InvalidAuthHeader, kidMessage("ec"))
	signature[0] ^= 1
	refusedWith(t, "provider RS256", check(signed+"."+b64(signature), custom, answers), convexcheck.InvalidAuthHeader, kidMessage("ec"))
}
