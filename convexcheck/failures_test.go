package convexcheck_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/convexcheck"
)

// TestRoutingRefusals are the rows of the failure table before any crypto, alike for both kinds.
func TestRoutingRefusals(t *testing.T) {
	for _, p := range []convexcheck.Provider{oidc, custom} {
		shown := "[OIDC(domain=http://localhost:4545, app_id=convex)]"
		if p.Type == convexcheck.CustomJWT {
			shown = "[CustomJWT(issuer=http://localhost:4545, app_id=convex)]"
		}
		for name, tt := range map[string]struct {
			token   string
			code    convexcheck.Code
			message string
		}{
			"wrong aud":         {token(obj{"aud": "other"}), convexcheck.NoAuthProvider, noMatch + shown},
			"no aud":            {token(obj{"aud": drop}), convexcheck.NoAuthProvider, noMatch + shown},
			"null aud":          {token(obj{"aud": nil}), convexcheck.NoAuthProvider, noMatch + shown},
			"wrong iss":         {token(obj{"iss": "https://other.example"}), convexcheck.NoAuthProvider, noMatch + shown},
			"127.0.0.1":         {token(obj{"iss": "http://127.0.0.1:4545"}), convexcheck.NoAuthProvider, noMatch + shown},
			"https":             {token(obj{"iss": "https://localhost:4545"}), convexcheck.NoAuthProvider, noMatch + shown},
			"no port":           {token(obj{"iss": "http://localhost"}), convexcheck.NoAuthProvider, noMatch + shown},
			"upper case":        {token(obj{"iss": "http://LOCALHOST:4545"}), convexcheck.NoAuthProvider, noMatch + shown},
			"not a JWT":         {"hello", convexcheck.InvalidAuthHeader, parseMessage},
			"empty":             {"", convexcheck.InvalidAuthHeader, parseMessage},
			"not base64":        {"a.b!.c", convexcheck.InvalidAuthHeader, parseMessage},
			"not an object":     {"a." + b64([]byte(`["a"]`)) + ".c", convexcheck.InvalidAuthHeader, parseMessage},
			"not UTF-8":         {"a." + b64([]byte("{\"a\":\"\xff\"}")) + ".c", convexcheck.InvalidAuthHeader, parseMessage},
			"string exp":        {token(obj{"exp": "1710784259"}), convexcheck.InvalidAuthHeader, parseMessage},
			"negative nbf":      {token(obj{"nbf": -1}), convexcheck.InvalidAuthHeader, parseMessage},
			"numeric jti":       {token(obj{"jti": 5}), convexcheck.InvalidAuthHeader, parseMessage},
			"numeric iss":       {token(obj{"iss": 5}), convexcheck.InvalidAuthHeader, parseMessage},
			"boolean sub":       {token(obj{"sub": true}), convexcheck.InvalidAuthHeader, parseMessage},
			"aud with a number": {token(obj{"aud": []any{"convex", 1}}), convexcheck.InvalidAuthHeader, parseMessage},
			"object iat":        {token(obj{"iat": obj{}}), convexcheck.InvalidAuthHeader, parseMessage},
			"sub twice":         {signRaw(signingKey(), header.json(), []byte(`{"sub":"a","sub":"b"}`)), convexcheck.InvalidAuthHeader, parseMessage},
			"no iss":            {token(obj{"iss": drop}), convexcheck.InvalidAuthHeader, missingIss},
			"null iss":          {token(obj{"iss": nil}), convexcheck.InvalidAuthHeader, missingIss},
		} {
			v := check(tt.token, p, served(t))
			refusedWith(t, string(p.Type)+" "+name, v, tt.code, tt.message)
			if v.Status != 401 {
				t.Errorf("%s: status %d", name, v.Status)
			}
		}
	}
}

const missingIss = "Missing issuer claim ('iss') in JWT payload. The JWT must include an 'iss' claim that matches one of your configured auth providers."

func TestNoProviders(t *testing.T) {
	v := convexcheck.Check(token(nil), nil, served(t), now)
	refusedWith(t, "no providers", v, convexcheck.NoAuthProvider,
		"No auth provider found matching the given token (no providers configured). Check convex/auth.config.ts.")
	if !strings.Contains(v.Fix, "npx convex dev") {
		t.Errorf("fix %q", v.Fix)
	}
}

func TestRedactedMessages(t *testing.T) {
	v := check(token(obj{"aud": "x"}), oidc, served(t))
	if v.Redacted != "No auth provider found matching the given token" {
		t.Errorf("%q", v.Redacted)
	}
	v = check(headed(obj{"kid": "zz"}), custom, served(t))
	if v.Redacted != "Could not decode token. The JWT's 'kid' (key ID) header doesn't match any key in the provider's JWKS, or the JWT signature is invalid." {
		t.Errorf("%q", v.Redacted)
	}
	v = check(token(obj{"exp": 1}), oidc, served(t))
	if v.Redacted != v.Message {
		t.Errorf("%q is not what %q is elsewhere", v.Redacted, v.Message)
	}
}

func TestRoutingAccepts(t *testing.T) {
	for name, tt := range map[string]struct {
		token    string
		provider convexcheck.Provider
	}{
		"aud as a list of one":      {token(obj{"aud": []string{"convex"}}), oidc},
		"slash in the config":       {token(nil), convexcheck.Provider{Type: convexcheck.OIDC, Domain: iss + "//", ApplicationID: app("convex")}},
		"fractional times":          {token(obj{"iat": raw("1710784199.5"), "exp": raw("1710784259.25")}), oidc},
		"null nbf and jti":          {token(obj{"nbf": nil, "jti": nil}), oidc},
		"slash in iss":              {token(obj{"iss": iss + "/"}), custom},
		"no applicationID, no aud":  {token(obj{"aud": drop}), withoutApplication()},
		"no applicationID, any aud": {token(obj{"aud": []string{"a", "b"}}), withoutApplication()},
	} {
		accepted(t, name, check(tt.token, tt.provider, served(t)))
	}
}

func withoutApplication() convexcheck.Provider {
	p := custom
	p.ApplicationID = nil
	return p
}

// Only the first provider that matches is tried: its refusal stands although the second would accept.
func TestFirstMatchDecides(t *testing.T) {
	answers := served(t)
	answers[docURL] = convexcheck.Answer{Status: 500, Body: []byte("x")}
	v := convexcheck.Check(token(nil), []convexcheck.Provider{oidc, custom}, answers, now)
	if v.OK || v.Code != convexcheck.AuthProviderDiscoveryFailed {
		t.Errorf("got %v %s", v.OK, v.Code)
	}
	v = convexcheck.Check(token(nil), []convexcheck.Provider{custom, oidc}, answers, now)
	accepted(t, "customJwt first", v)
	other := convexcheck.Provider{Type: convexcheck.OIDC, Domain: iss, ApplicationID: app("other")}
	v = convexcheck.Check(token(nil), []convexcheck.Provider{other, custom}, answers, now)
	accepted(t, "the first does not match", v)
	if v.Provider == nil || v.Provider.Type != convexcheck.CustomJWT {
		t.Errorf("provider %v", v.Provider)
	}
}

// TestOIDCClaims are the rows that type or verify claims, for an OIDC provider.
func TestOIDCClaims(t *testing.T) {
	const id, un = convexcheck.InvalidAuthHeader, convexcheck.Unauthenticated
	for name, tt := range map[string]struct {
		changes obj
		code    convexcheck.Code // "" for accepted
	}{
		"no exp":                    {obj{"exp": drop}, id},
		"no iat":                    {obj{"iat": drop}, id},
		"no sub":                    {obj{"sub": drop}, id},
		"null sub":                  {obj{"sub": nil}, id},
		"email_verified a string":   {obj{"email_verified": "true"}, id},
		"updated_at numeric string": {obj{"updated_at": "1710784199"}, id},
		"updated_at empty":          {obj{"updated_at": ""}, id},
		"updated_at boolean":        {obj{"updated_at": true}, id},
		"updated_at microseconds":   {obj{"updated_at": 1710784199000000}, id},
		"name a number":             {obj{"name": 5}, id},
		"azp a list":                {obj{"azp": []any{}}, id},
		"acr a number":              {obj{"acr": 1}, id},
		"amr a string":              {obj{"amr": "pwd"}, id},
		"auth_time a word":          {obj{"auth_time": "now"}, id},
		"nonce a number":            {obj{"nonce": 1}, id},
		"address a string":          {obj{"address": "Main Street"}, id},
		"address.formatted 5":       {obj{"address": obj{"formatted": 5}}, id},
		"phone_number a number":     {obj{"phone_number": 49}, id},
		"middle_name a list":        {obj{"middle_name": []any{}}, id},
		"localized name a number":   {obj{"name#fr": 5}, id},
		"localized e-mail":          {obj{"email#fr": "a@b.c"}, id},
		"second audience":           {obj{"aud": []string{"convex", "x"}}, un},
		"expired this second":       {obj{"exp": 1710784199}, un},
		"expired":                   {obj{"exp": 1710784198}, un},
		"nulls everywhere": {obj{"name": nil, "email_verified": nil, "updated_at": nil, "address": nil, "azp": nil,
			"amr": nil, "auth_time": nil, "nickname": nil, "name#fr": nil}, ""},
		"updated_at RFC 3339": {obj{"updated_at": "2024-03-18T17:49:59Z"}, ""},
		"updated_at fraction": {obj{"updated_at": raw("1710784199.5")}, ""},
		"updated_at ms":       {obj{"updated_at": 1710784199000}, ""},
		"iat in the future":   {obj{"iat": 1710794199}, ""},
		"nbf in the future":   {obj{"nbf": 1710794199}, ""},
		"one second left":     {obj{"exp": 1710784200}, ""},
		"localized name":      {obj{"name#fr": "Alix"}, ""},
		"acr, amr, auth_time": {obj{"acr": "a", "amr": []string{"pwd"}, "auth_time": 1710784199, "nonce": "n"}, ""},
		"session token v2 claims": {obj{"azp": "http://localhost:3000", "fva": []int{1, -1}, "o": obj{"id": "org_1"}, "pla": "u:free",
			"sid": "sess_1", "sts": "active", "v": 2}, ""},
	} {
		v := check(token(tt.changes), oidc, served(t))
		switch tt.code {
		case "":
			accepted(t, name, v)
		case id:
			refusedWith(t, name, v, id, idTokenMessage)
		default:
			refusedWith(t, name, v, un, verifyMessage)
		}
	}
}

// TestDiscoveryStatusMap is the map of issuer statuses and how each reaches a client.
func TestDiscoveryStatusMap(t *testing.T) {
	for _, tt := range []struct {
		issuer, convex, closeCode int
		line, frame               string
	}{
		{201, 400, 0, "201 Created", "AuthError"},
		{302, 400, 0, "302 Found", "AuthError"},
		{400, 400, 0, "400 Bad Request", "AuthError"},
		{401, 401, 0, "401 Unauthorized", "AuthError"},
		{403, 403, 0, "403 Forbidden", "AuthError"},
		{404, 404, 1000, "404 Not Found", ""},
		{418, 400, 0, "418 I'm a teapot", "AuthError"},
		{421, 421, 1013, "421 Misdirected Request", ""},
		{425, 425, 1013, "425 Too Early", ""},
		{429, 429, 1013, "429 Too Many Requests", ""},
		{499, 400, 0, "499 <unknown status code>", "AuthError"},
		{500, 503, 1013, "500 Internal Server Error", ""},
		{502, 503, 1013, "502 Bad Gateway", ""},
		{503, 503, 1013, "503 Service Unavailable", ""},
	} {
		for _, at := range []string{docURL, jwksURL} {
			answers := served(t)
			answers[at] = convexcheck.Answer{Status: tt.issuer, ContentType: "text/html", Body: []byte("<p>no\xff</p>")}
			v := check(token(nil), oidc, answers)
			name := fmt.Sprintf("%s answers %d", at, tt.issuer)
			refusedWith(t, name, v, convexcheck.AuthProviderDiscoveryFailed, discoveryFail+": "+tt.line+" <p>no\uFFFD</p>")
			if v.Status != tt.convex {
				t.Errorf("%s: status %d, want %d", name, v.Status, tt.convex)
			}
			w := v.WebSocket
			if w.Type != tt.frame || w.CloseCode != tt.closeCode || w.AuthUpdateAttempted != (tt.frame != "") {
				t.Errorf("%s: websocket %+v", name, w)
			}
			if tt.frame != "" && w.Error != v.Message || tt.frame == "" && w.CloseReason != "AuthProviderDiscoveryFailed" {
				t.Errorf("%s: websocket %+v", name, w)
			}
		}
	}
}

// An iss without a scheme matches a provider but cannot be fetched: an error without a name.
func TestIssuerWithoutScheme(t *testing.T) {
	p := convexcheck.Provider{Type: convexcheck.OIDC, Domain: "https://issuer.example", ApplicationID: app("convex")}
	v := check(token(obj{"iss": "issuer.example"}), p, nil)
	refusedWith(t, "no scheme", v, convexcheck.InternalServerError, "Your request couldn't be completed. Try again later.")
	if v.Status != 500 || v.WebSocket.CloseCode != 1011 || v.WebSocket.CloseReason != "InternalServerError" {
		t.Errorf("%d %+v", v.Status, v.WebSocket)
	}
	// customJwt never fetches iss: the same token is fine there
	custom := custom
	custom.Issuer = "https://issuer.example"
	accepted(t, "customJwt", check(token(obj{"iss": "issuer.example"}), custom, served(t)))
}

func TestHTTPBody(t *testing.T) {
	body, err := check(token(obj{"exp": 1}), oidc, served(t)).HTTPBody()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got["code"] != "Unauthenticated" || got["message"] != verifyMessage {
		t.Errorf("%s", body)
	}
}
