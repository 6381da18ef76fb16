package frontendapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/instance"
)

const back = "http://localhost:3000/page?b=2&a=%C3%A9&__clerk_db_jwt=dvb_old#part"

// shake performs a handshake and returns the parameter it came back with.
func shake(b *apitest.Browser, method, format string) (res *http.Response, name, value string) {
	b.T.Helper()
	b.Origin = "" // a navigation
	res = b.Send(method + " /v1/client/handshake?format=" + format + "&redirect_url=" + url.QueryEscape(back))
	res.Body.Close()
	location, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		b.T.Fatal(err)
	}
	before, added, _ := strings.Cut(location.RawQuery, "&__clerk_handshake")
	if location.Host != "localhost:3000" || before != "b=2&a=%C3%A9" || location.Fragment != "part" {
		b.T.Fatalf("%d, sent back to %s", res.StatusCode, location)
	}
	key, value, _ := strings.Cut("__clerk_handshake"+added, "=")
	return res, key, value
}

// redeem is what the app's server does with a nonce.
func redeem(e *apitest.Env, nonce string) []string {
	e.T.Helper()
	var lines []string
	for _, line := range e.JSON("GET /v1/clients/handshake_payload?nonce=" + nonce)["directives"].([]any) {
		lines = append(lines, line.(string))
	}
	return lines
}

// claims decodes a token without looking at its signature.
func claims(t testing.TB, token string, dst any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		t.Fatal(err)
	}
}

// jar applies directives as a browser does.
func jar(lines []string) map[string]string {
	cookies := map[string]string{}
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			panic(line)
		}
		cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(cookies, c.Name)
		}
	}
	return cookies
}

func TestAHandshakeGivesTheAppItsCookies(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Instance(t).Browser()
		signedIn(b)
		res, name, nonce := shake(b, "GET", "nonce")
		if res.StatusCode != 307 || name != "__clerk_handshake_nonce" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s %v", res.StatusCode, name, res.Header)
		}
		lines := redeem(b.Env, nonce)
		checkSignedIn(t, b, lines)
		if status, body := b.Env.Do("GET /v1/clients/handshake_payload?nonce=" + nonce); status != 404 {
			t.Errorf("a nonce works twice: %d %s", status, body)
		}
		_, name, token := shake(b, "GET", "token")
		var signed struct{ Handshake []string }
		claims(t, token, &signed)
		if name != "__clerk_handshake" {
			t.Errorf("it came back as %s", name)
		}
		checkSignedIn(t, b, signed.Handshake)
	})
}

// checkSignedIn wants the three cookies, plain and for each key, and nothing
// that the SDKs stumble over.
func checkSignedIn(t *testing.T, b *apitest.Browser, lines []string) {
	t.Helper()
	cookies := jar(lines)
	for _, suffix := range append([]string{""}, b.Live.CookieSuffixes()...) {
		if suffix != "" {
			suffix = "_" + suffix
		}
		var token struct {
			Iat      int64
			Azp, Sid string
		}
		claims(t, cookies["__session"+suffix], &token)
		uat, err := strconv.ParseInt(cookies["__client_uat"+suffix], 10, 64)
		if err != nil || uat == 0 || token.Iat < uat {
			t.Errorf("__client_uat%s=%s and iat %d", suffix, cookies["__client_uat"+suffix], token.Iat)
		}
		if token.Azp != "http://localhost:3000" || token.Sid != b.Get("session") || cookies["__clerk_db_jwt"+suffix] != b.Token {
			t.Errorf("%+v, browser %s", token, cookies["__clerk_db_jwt"+suffix])
		}
	}
	for _, line := range lines {
		if strings.Contains(line, "Domain") || strings.Contains(line, "Secure") || !strings.Contains(line, "Path=/") {
			t.Error(line)
		}
	}
}

func TestAHandshakeTakesTheCookiesOfWhoIsSignedOut(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	signedOut(b)
	_, _, nonce := shake(b, "GET", "nonce")
	lines := redeem(b.Env, nonce)
	last := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "__session") })
	if last < 0 || jar(lines)["__session"] != "" || jar(lines)["__client_uat"] != "0" || jar(lines)["__clerk_db_jwt"] != b.Token {
		t.Errorf("%q", lines)
	}
}

func TestAHandshakeMakesABrowserOfWhoIsNone(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for _, claimed := range []string{"", "dvb_gone"} {
		b := s.Instance(t).Stranger(claimed)
		_, _, nonce := shake(b, "GET", "nonce")
		b.Token = jar(redeem(b.Env, nonce))["__clerk_db_jwt"]
		if b.Token == claimed {
			t.Fatalf("%q is taken for a browser", claimed)
		}
		b.JSON("GET /v1/client")
	}
}

func TestAPostedHandshakeComesBackAsGet(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	if res, _, _ := shake(s.Instance(t).Browser(), "POST", "nonce"); res.StatusCode != 303 {
		t.Errorf("%d", res.StatusCode)
	}
}

// TestAHandshakeBelievesNoCookie: a page elsewhere can send the browser here,
// cookies and all, and would get the session in its own URL.
func TestAHandshakeBelievesNoCookie(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	signedIn(b)
	req, err := http.NewRequest("GET", b.Base+"/v1/client/handshake?redirect_url=http://evil.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "__clerk_db_jwt", Value: b.Token})
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	var signed struct{ Handshake []string }
	_, token, _ := strings.Cut(res.Header.Get("Location"), "__clerk_handshake=")
	claims(t, token, &signed)
	if cookies := jar(signed.Handshake); cookies["__session"] != "" || cookies["__clerk_db_jwt"] == b.Token {
		t.Errorf("%v", cookies)
	}
}

func TestABrowserIsSentToPagesOnly(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	for _, target := range []string{"", "/page", "//evil.example/", "javascript:alert(1)", "ftp://a/b", "http://", "http://user@a/", "localhost:3000/page"} {
		for _, path := range []string{"/v1/client/handshake", "/v1/client/touch"} {
			res := b.Send("GET " + path + "?redirect_url=" + url.QueryEscape(target))
			res.Body.Close()
			if res.StatusCode != 422 || res.Header.Get("Location") != "" {
				t.Errorf("%s to %q: %d %s", path, target, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
}

func TestANonceIsForItsInstanceOnly(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b, other := s.Instance(t).Browser(), s.Instance(t)
	_, _, nonce := shake(b, "GET", "nonce")
	if status, _ := other.Do("GET /v1/clients/handshake_payload?nonce=" + nonce); status != 404 {
		t.Errorf("another instance redeems it: %d", status)
	}
	redeem(b.Env, nonce)
}

func TestCookiesAreNamedAfterTheKeyAsTheAppSpellsIt(t *testing.T) {
	const bare = "pk_test_bG9jYWxob3N0OjQ1NDUvLmFjY291bnRzLmRldiQ" // of localhost:4545
	l := &instance.Live{Addresses: instance.Addresses{KeyHost: "localhost:4545"},
		Config: instance.Config{PublishableKeys: []string{"pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk"}}} // foo-bar-13.clerk.accounts.dev
	keys := l.AcceptedKeys()
	if !slices.Contains(keys, bare) || !slices.Contains(keys, bare+"=") || keys[0] != l.Config.PublishableKeys[0] {
		t.Errorf("%q", keys)
	}
	if a, b := instance.CookieSuffix(bare), instance.CookieSuffix(bare+"="); a != "tCpZP35u" || b != "vwAKg4P5" {
		t.Errorf("%s %s", a, b)
	}
}
