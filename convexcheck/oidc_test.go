package convexcheck_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
	"github.com/nightclerk/nightclerk/issuer"
)

func TestDiscoveryDocument(t *testing.T) {
	for name, tt := range map[string]struct {
		document convexcheck.Answer
		accepted bool
	}{
		"the smallest":             {documentWith(nil), true},
		"charset":                  {withType(documentWith(nil), "application/json; charset=utf-8"), true},
		"upper case type":          {withType(documentWith(nil), "Application/JSON"), true},
		"no Content-Type":          {withType(documentWith(nil), ""), true},
		"null endpoints":           {documentWith(obj{"userinfo_endpoint": nil, "scopes_supported": nil}), true},
		"unknown enum values":      {documentWith(obj{"response_types_supported": []string{"x y"}, "subject_types_supported": []string{"z"}}), true},
		"odd signing algorithms":   {documentWith(obj{"id_token_signing_alg_values_supported": []any{"XX", 5}}), true},
		"relative, not OIDC's own": {documentWith(obj{"introspection_endpoint": "/oauth/token_info"}), true},
		"no jwks_uri":              {documentWith(obj{"jwks_uri": drop}), false},
		"no issuer":                {documentWith(obj{"issuer": drop}), false},
		"issuer with a slash":      {documentWith(obj{"issuer": iss + "/"}), false},
		"issuer in https":          {documentWith(obj{"issuer": "https://localhost:4545"}), false},
		"issuer no URL":            {documentWith(obj{"issuer": "localhost"}), false},
		"relative jwks_uri":        {documentWith(obj{"jwks_uri": "/.well-known/jwks.json"}), false},
		"data: jwks_uri":           {documentWith(obj{"jwks_uri": "data:application/json,{}"}), false},
		"relative userinfo":        {documentWith(obj{"userinfo_endpoint": "/userinfo"}), false},
		"null response types":      {documentWith(obj{"response_types_supported": nil}), false},
		"null subject types":       {documentWith(obj{"subject_types_supported": nil}), false},
		"null signing algorithms":  {documentWith(obj{"id_token_signing_alg_values_supported": nil}), false},
		"scopes a string":          {documentWith(obj{"scopes_supported": "openid"}), false},
		"boolean a string":         {documentWith(obj{"claims_parameter_supported": "true"}), false},
		"bad JSON":                 {okJSON([]byte("{")), false},
		"a list":                   {okJSON([]byte("[]")), false},
	} {
		answers := served(t)
		answers[docURL] = tt.document
		v := check(token(nil), oidc, answers)
		if tt.accepted {
			accepted(t, name, v)
			continue
		}
		refusedWith(t, name, v, convexcheck.AuthProviderDiscoveryFailed, discoveryFail)
		if v.Status != 400 || v.WebSocket.Type != "AuthError" {
			t.Errorf("%s: status %d, %+v", name, v.Status, v.WebSocket)
		}
	}
}

func withType(a convexcheck.Answer, contentType string) convexcheck.Answer {
	a.ContentType = contentType
	return a
}

func TestWrongContentTypeShowsTheBody(t *testing.T) {
	for _, contentType := range []string{"text/html", "text/plain; charset=utf-8", "application/json ; charset=utf-8"} {
		for _, at := range []string{docURL, jwksURL} {
			answers := served(t)
			answers[at] = convexcheck.Answer{Status: 200, ContentType: contentType, Body: []byte("<html>")}
			v := check(token(nil), oidc, answers)
			refusedWith(t, contentType, v, convexcheck.AuthProviderDiscoveryFailed, discoveryFail+": 200 OK <html>")
			if v.Status != 400 {
				t.Errorf("%s: status %d", contentType, v.Status)
			}
		}
	}
	answers := served(t)
	answers[docURL] = withType(answers[docURL], "application/jwk-set+json")
	if v := check(token(nil), oidc, answers); v.OK {
		t.Error("a discovery document of the key set's type was accepted")
	}
}

func TestUnreachable(t *testing.T) {
	for _, at := range []string{docURL, jwksURL} {
		answers := served(t)
		delete(answers, at)
		v := check(token(nil), oidc, answers)
		refusedWith(t, at, v, convexcheck.AuthProviderDiscoveryFailed, discoveryFail)
		if v.Status != 400 || !strings.Contains(v.Why, at) {
			t.Errorf("%d %q", v.Status, v.Why)
		}
	}
}

// recorder notes what is asked for, in order.
type recorder struct {
	answers convexcheck.Answers
	asked   []string
}

func (r *recorder) Fetch(url, accept string) (convexcheck.Answer, error) {
	if accept != "application/json" {
		return convexcheck.Answer{}, errors.New("accept: " + accept)
	}
	r.asked = append(r.asked, url)
	return r.answers.Fetch(url, accept)
}

// Discovery is asked below the token's iss, its path kept, and jwks_uri may be anywhere.
func TestWhatIsFetched(t *testing.T) {
	const realm = "http://h:1/realms/a"
	answers := convexcheck.Answers{
		realm + "/.well-known/openid-configuration":  okJSON(obj{"issuer": realm, "jwks_uri": "https://elsewhere/keys?x=1"}.json()),
		realm + "//.well-known/openid-configuration": okJSON(nil),
		"https://elsewhere/keys?x=1":                 withType(okJSON(keySet(ours(nil))), "application/jwk-set+json"),
	}
	r := &recorder{answers: answers}
	p := convexcheck.Provider{Type: convexcheck.OIDC, Domain: realm + "/", ApplicationID: app("convex")}
	accepted(t, "realm", convexcheck.Check(token(obj{"iss": realm}), []convexcheck.Provider{p}, r, now))
	want := []string{realm + "/.well-known/openid-configuration", "https://elsewhere/keys?x=1"}
	if !slices.Equal(r.asked, want) {
		t.Errorf("asked %v", r.asked)
	}

	r = &recorder{answers: answers}
	v := convexcheck.Check(token(obj{"iss": realm + "/"}), []convexcheck.Provider{p}, r, now)
	if v.OK || r.asked[0] != realm+"/.well-known/openid-configuration" {
		t.Errorf("iss with a slash: ok %v, asked %v: the slash must not be doubled, and the issuers differ", v.OK, r.asked)
	}

	r = &recorder{answers: served(t)}
	accepted(t, "customJwt", convexcheck.Check(token(nil), []convexcheck.Provider{custom}, r, now))
	if !slices.Equal(r.asked, []string{jwksURL}) {
		t.Errorf("customJwt asked %v", r.asked)
	}

	// a token of the wrong shape costs both requests, a token of the wrong issuer none
	r = &recorder{answers: served(t)}
	convexcheck.Check(token(obj{"name": 5}), []convexcheck.Provider{oidc}, r, now)
	convexcheck.Check(token(obj{"iss": "http://x"}), []convexcheck.Provider{oidc}, r, now)
	if len(r.asked) != 2 {
		t.Errorf("asked %v", r.asked)
	}
}

func TestOIDCKeySet(t *testing.T) {
	small := rsaKey(1024)
	kid := issuer.DevelopmentKey().KID()
	smallToken := signRaw(small, header.json(), right.json())
	for name, tt := range map[string]struct {
		keys     []byte
		token    string // "" for the right one
		accepted bool
	}{
		"ours":                  {keys: keySet(ours(nil)), accepted: true},
		"no use, no alg":        {keys: keySet(ours(obj{"use": drop, "alg": drop})), accepted: true},
		"null use":              {keys: keySet(ours(obj{"use": nil})), accepted: true},
		"junk certificates":     {keys: keySet(ours(obj{"x5c": 5, "x5t": []any{}})), accepted: true},
		"unreadable neighbours": {keys: keySet(5, obj{"kty": "XX"}, obj{"kty": "RSA", "alg": "odd"}, obj{"kid": 5}, ours(nil)), accepted: true},
		"leading zero in n":     {keys: keySet(ours(obj{"n": b64(append([]byte{0}, signingKey().N.Bytes()...))})), accepted: true},
		"no kid, one key":       {keys: keySet(ours(nil)), token: headed(obj{"kid": drop}), accepted: true},
		"no kid, one eligible":  {keys: keySet(ours(nil), ours(obj{"use": "enc"})), token: headed(obj{"kid": drop}), accepted: true},
		"no kid, two keys":      {keys: keySet(ours(nil), publicJWK(&otherKey().PublicKey, "b", nil)), token: headed(obj{"kid": drop})},
		"empty":                 {keys: keySet()},
		"unknown kid":           {keys: keySet(ours(nil)), token: headed(obj{"kid": "zz"})},
		"key without kid":       {keys: keySet(ours(obj{"kid": drop}))},
		"for encryption":        {keys: keySet(ours(obj{"use": "enc"}))},
		"another algorithm":     {keys: keySet(ours(obj{"alg": "RS512"}))},
		"same kid, another key": {keys: keySet(publicJWK(&otherKey().PublicKey, kid, nil))},
		"same kid twice":        {keys: keySet(ours(nil), ours(nil))},
		"n is not base64url":    {keys: keySet(ours(obj{"n": "!"}))},
		"1024 bits":             {keys: keySet(publicJWK(&small.PublicKey, kid, nil)), token: smallToken},
	} {
		answers := served(t)
		answers[jwksURL] = okJSON(tt.keys)
		if tt.token == "" {
			tt.token = token(nil)
		}
		v := check(tt.token, oidc, answers)
		if tt.accepted {
			accepted(t, name, v)
			continue
		}
		refusedWith(t, name, v, convexcheck.Unauthenticated, verifyMessage)
	}
	for _, body := range []string{`{}`, `{"keys":null}`, `{"keys":{}}`, `[`} {
		answers := served(t)
		answers[jwksURL] = okJSON([]byte(body))
		refusedWith(t, body, check(token(nil), oidc, answers), convexcheck.AuthProviderDiscoveryFailed, discoveryFail)
	}
}

func TestAmbiguousKeyIsTheCause(t *testing.T) {
	answers := served(t)
	answers[jwksURL] = okJSON(keySet(ours(nil), publicJWK(&otherKey().PublicKey, "b", nil)))
	if v := check(headed(obj{"kid": drop}), oidc, answers); !strings.Contains(v.Cause, "ambiguous key identification") {
		t.Errorf("cause %q", v.Cause)
	}
}

func TestOIDCHeader(t *testing.T) {
	for name, tt := range map[string]struct {
		changes obj
		code    convexcheck.Code
	}{
		"no typ":              {obj{"typ": drop}, ""},
		"typ jwt":             {obj{"typ": "jwt"}, ""},
		"typ JOSE":            {obj{"typ": "JOSE"}, ""},
		"typ application/jwt": {obj{"typ": "application/jwt"}, ""},
		"other parameters":    {obj{"cat": "x", "oiat": 1, "x5c": 5}, ""},
		"typ at+jwt":          {obj{"typ": "at+jwt"}, convexcheck.Unauthenticated},
		"cty":                 {obj{"cty": "JWT"}, convexcheck.Unauthenticated},
		"crit":                {obj{"crit": []string{"b64"}}, convexcheck.Unauthenticated},
		"empty crit":          {obj{"crit": []string{}}, convexcheck.Unauthenticated},
		"alg ES256":           {obj{"alg": "ES256"}, convexcheck.Unauthenticated},
		"alg RS512":           {obj{"alg": "RS512"}, convexcheck.Unauthenticated},
		"alg HS256":           {obj{"alg": "HS256"}, convexcheck.Unauthenticated},
		"alg none":            {obj{"alg": "none"}, convexcheck.Unauthenticated},
		"alg A128GCM":         {obj{"alg": "A128GCM"}, convexcheck.Unauthenticated},
		"alg nobody knows":    {obj{"alg": "XX"}, convexcheck.InvalidAuthHeader},
		"no alg":              {obj{"alg": drop}, convexcheck.InvalidAuthHeader},
		"kid a number":        {obj{"kid": 5}, convexcheck.InvalidAuthHeader},
		"crit a string":       {obj{"crit": "b64"}, convexcheck.InvalidAuthHeader},
	} {
		v := check(headed(tt.changes), oidc, served(t))
		switch tt.code {
		case "":
			accepted(t, name, v)
		case convexcheck.InvalidAuthHeader:
			refusedWith(t, name, v, tt.code, idTokenMessage)
		default:
			refusedWith(t, name, v, tt.code, verifyMessage)
		}
	}
}

func TestOIDCSignature(t *testing.T) {
	good := token(nil)
	parts := strings.Split(good, ".")
	forged := signRaw(otherKey(), header.json(), right.json())
	changed := parts[0] + "." + b64(right.with(obj{"sub": "user_2"}).json()) + "." + parts[2]
	for name, tt := range map[string]struct {
		token   string
		code    convexcheck.Code
		message string
	}{
		"another key":  {forged, convexcheck.Unauthenticated, verifyMessage},
		"changed":      {changed, convexcheck.Unauthenticated, verifyMessage},
		"no signature": {parts[0] + "." + parts[1] + ".", convexcheck.Unauthenticated, verifyMessage},
		"two parts":    {parts[0] + "." + parts[1], convexcheck.InvalidAuthHeader, idTokenMessage},
		"four parts":   {good + ".x", convexcheck.InvalidAuthHeader, idTokenMessage},
		"padded":       {good + "==", convexcheck.InvalidAuthHeader, idTokenMessage},
	} {
		refusedWith(t, name, check(tt.token, oidc, served(t)), tt.code, tt.message)
	}
}

func TestEdDSA(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := b64(header.with(obj{"alg": "EdDSA", "kid": "ed"}).json()) + "." + b64(right.json())
	edToken := signed + "." + b64(ed25519.Sign(private, []byte(signed)))
	key := obj{"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64(public)}
	answers := served(t)
	answers[jwksURL] = okJSON(keySet(key))
	accepted(t, "Ed25519", check(edToken, oidc, answers))

	answers[jwksURL] = okJSON(keySet(key.with(obj{"crv": "X25519"})))
	refusedWith(t, "X25519", check(edToken, oidc, answers), convexcheck.Unauthenticated, verifyMessage)

	// biscuit has no EdDSA: it cannot even read the header's kid
	answers[jwksURL] = okJSON(keySet(key))
	refusedWith(t, "customJwt", check(edToken, custom, answers), convexcheck.InvalidAuthHeader, noKidMessage)
}

func TestVerdictJSON(t *testing.T) {
	data, err := json.Marshal(check(token(nil), oidc, served(t)))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]json.RawMessage
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if string(v["ok"]) != "true" || string(v["warnings"]) != "[]" || !strings.HasPrefix(string(v["identity"]), `{"tokenIdentifier":"`) {
		t.Errorf("%s", data)
	}
}

func TestRefusedVerdictJSON(t *testing.T) {
	data, err := json.Marshal(convexcheck.Check("x", nil, nil, now))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"identity":null`, `"provider":null`, `"warnings":[]`, `"ok":false`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

func TestNoFetcherReachesNothing(t *testing.T) {
	v := convexcheck.Check(token(nil), []convexcheck.Provider{oidc}, nil, now)
	refusedWith(t, "nil", v, convexcheck.AuthProviderDiscoveryFailed, discoveryFail)
}

func TestExpiredWhileConnected(t *testing.T) {
	if w := convexcheck.Expired(); w.Type != "AuthError" || w.Error != "Convex token identity expired" || w.AuthUpdateAttempted {
		t.Errorf("%+v", w)
	}
}
