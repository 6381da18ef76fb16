package backendapi_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/scenario"
)

// handshakeCookies are the cookies that an app gets for a browser.
func handshakeCookies(b *apitest.Browser) map[string]*http.Cookie {
	b.T.Helper()
	b.Origin = "" // a navigation
	res := b.Send("GET /v1/client/handshake?format=nonce&redirect_url=" + url.QueryEscape(apitest.Origin+"/"))
	res.Body.Close()
	to, err := res.Location()
	if err != nil {
		b.T.Fatal(err)
	}
	var lines []string
	for _, line := range b.Env.JSON("GET /v1/clients/handshake_payload?nonce=" + to.Query().Get("__clerk_handshake_nonce"))["directives"].([]any) {
		lines = append(lines, line.(string))
	}
	return parse(b, lines)
}

func parse(b *apitest.Browser, lines []string) map[string]*http.Cookie {
	b.T.Helper()
	out := map[string]*http.Cookie{}
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			b.T.Fatal(err)
		}
		out[c.Name] = c
	}
	return out
}

// signedCookies is handshakeCookies for an app whose server reads them out of a
// token.
func signedCookies(b *apitest.Browser) map[string]*http.Cookie {
	b.T.Helper()
	b.Origin = ""
	res := b.Send("GET /v1/client/handshake?redirect_url=" + url.QueryEscape(apitest.Origin+"/"))
	res.Body.Close()
	to, err := res.Location()
	if err != nil {
		b.T.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(to.Query().Get("__clerk_handshake"), ".")[1])
	if err != nil {
		b.T.Fatal(err)
	}
	var signed struct{ Handshake []string }
	if err := json.Unmarshal(payload, &signed); err != nil {
		b.T.Fatal(err)
	}
	return parse(b, signed.Handshake)
}

// old names a session token of some time ago, with other claims if any.
func old(e *apitest.Env, name string, age time.Duration, claims map[string]json.RawMessage) {
	e.T.Helper()
	token, err := issuer.MintSession(issuer.Request{Key: e.Live.Keys.Current(), Issuer: e.Live.Issuer, Origin: apitest.Origin, Now: time.Now().Add(-age), Random: rand.Reader,
		Claims: claims}, &issuer.Subject{User: issuer.User{ID: e.Get("ada")}, Session: &issuer.Session{ID: e.Get("session")}}, issuer.SessionOptions{})
	if err != nil {
		e.T.Fatal(err)
	}
	e.Set(name, token)
}

// away has Ada signed in in a browser of an app, with a token that ran out.
func away(e *apitest.Env) {
	e.T.Helper()
	b := e.Browser()
	b.SignIn(e.User("ada@example.com"), "session")
	suffix := e.Live.CookieSuffixes()[0]
	e.Set("refresh", handshakeCookies(b)["__refresh_"+suffix].Value)
	e.Set("suffix", suffix)
	old(e, "expired", 5*time.Minute, nil)
}

// awayWith is away with a session token that has another claim.
func awayWith(claim, value string) func(*apitest.Env) {
	return func(e *apitest.Env) {
		away(e)
		old(e, "expired", 5*time.Minute, map[string]json.RawMessage{claim: json.RawMessage(value)})
	}
}

const (
	refreshing = `POST /v1/sessions/{session}/refresh {"expired_token":"{expired}","refresh_token":"{refresh}","request_origin":"http://localhost:3000"}`
	asCookies  = `POST /v1/sessions/{session}/refresh?suffixed_cookies=true {"expired_token":"{expired}","refresh_token":"{refresh}","request_origin":"http://localhost:3000","format":"cookie","request_originating_ip":null,"request_headers":{"accept":["text/html"]}}`
)

func TestRefreshSession(t *testing.T) {
	refused := func(code string) string { return `401 {"errors":[{"code":"` + code + `"}]}` }
	cases := []apitest.Case{{
		Name: "refresh", Given: away, Do: refreshing, Want: `200 {"object":"token","jwt":"*"}`,
	}, {
		Name: "the refresh token stays good", Given: func(e *apitest.Env) { away(e); e.JSON(refreshing); old(e, "expired", time.Minute, nil) },
		Do: refreshing, Want: `200 {"object":"token"}`,
	}, {
		Name: "a session token is refreshed once", Given: func(e *apitest.Env) { away(e); e.JSON(refreshing) },
		Do: refreshing, Want: refused("session_refresh_expired_session_token_consumed"),
	}, {
		Name: "every app of the browser has a refresh token", Given: func(e *apitest.Env) {
			b := e.Browser()
			b.SignIn(e.User("ada@example.com"), "session")
			e.Set("refresh", handshakeCookies(b)["__refresh_"+e.Live.CookieSuffixes()[0]].Value)
			handshakeCookies(b)
			old(e, "expired", time.Minute, nil)
		}, Do: refreshing, Want: `200 {"object":"token"}`,
	}, {
		Name: "from a handshake by token", Given: func(e *apitest.Env) {
			b := e.Browser()
			b.SignIn(e.User("ada@example.com"), "session")
			e.Set("refresh", signedCookies(b)["__refresh_"+e.Live.CookieSuffixes()[0]].Value)
			old(e, "expired", time.Minute, nil)
		}, Do: refreshing, Want: `200 {"object":"token"}`,
	}, {
		Name: "without the session token", Given: away, Do: `POST /v1/sessions/{session}/refresh {"refresh_token":"{refresh}","request_origin":"http://localhost:3000"}`,
		Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"expired_token"}}]}`,
	}, {
		Name: "in another form", Given: away, Do: strings.Replace(refreshing, `{"expired`, `{"format":"xml","expired`, 1),
		Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"format"}}]}`,
	}, {
		Name: "tampered refresh token", Given: away, Do: strings.Replace(refreshing, "{refresh}", "{refresh}x", 1), Want: refused("refresh_token_not_found"),
	}, {
		Name: "another session's refresh token", Given: func(e *apitest.Env) {
			away(e)
			other := e.Browser()
			other.SignIn(e.User("bob@example.com"), "other")
			e.Set("refresh", handshakeCookies(other)["__refresh_"+e.Get("suffix")].Value)
		}, Do: refreshing, Want: refused("refresh_token_not_found"),
	}, {
		Name: "tampered session token", Given: away, Do: strings.Replace(refreshing, "{expired}", "{expired}x", 1), Want: refused("expired_session_token_invalid"),
	}, {
		Name: "a template's token", Given: func(e *apitest.Env) {
			away(e)
			e.Set("expired", e.JSON("POST /v1/sessions/{session}/tokens/convex")["jwt"].(string))
		},
		Do: refreshing, Want: refused("expired_session_token_invalid"),
	}, {
		Name: "another session's token", Given: awayWith("sid", `"sess_1"`), Do: refreshing, Want: refused("refresh_sid_mismatch"),
	}, {
		Name: "a token of no session", Given: awayWith("sid", `""`), Do: refreshing, Want: refused("expired_session_token_missing_sid"),
	}, {
		Name: "another page's token", Given: awayWith("azp", `"http://localhost:5173"`), Do: refreshing, Want: refused("refresh_request_origin_azp_mismatch"),
	}, {
		Name: "a token of no page", Given: awayWith("azp", `""`), Do: refreshing, Want: refused("expired_session_token_missing_azp"),
	}, {
		Name: "a token of no age", Given: awayWith("iat", `0`), Do: refreshing, Want: refused("session_refresh_expired_session_token_missing_iat"),
	}, {
		Name: "an old token", Given: func(e *apitest.Env) { away(e); old(e, "expired", 25*time.Hour, nil) }, Do: refreshing, Want: refused("session_refresh_expired_session_token_too_old"),
	}, {
		Name: "no origin", Given: away, Do: strings.Replace(refreshing, `"http://localhost:3000"`, `"localhost"`, 1), Want: refused("refresh_request_origin_invalid"),
	}, {
		Name: "revoked", Given: func(e *apitest.Env) { away(e); e.JSON("POST /v1/sessions/{session}/revoke") }, Do: refreshing, Want: refused("session_refresh_inactive_session"),
	}, {
		Name: "run out", Given: func(e *apitest.Env) { away(e); later(e) }, Do: refreshing, Want: refused("session_refresh_inactive_session"),
	}, {
		Name: "deleted", Given: func(e *apitest.Env) { away(e); e.JSON("DELETE /v1/users/{ada}") }, Do: refreshing, Want: refused("session_refresh_session_not_found"),
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}

func TestRefreshingByCookies(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	away(e)
	var names []string
	for _, line := range e.JSON(asCookies)["cookies"].([]any) {
		c, err := http.ParseSetCookie(line.(string))
		if err != nil || c.MaxAge <= 0 || c.Path != "/" || c.HttpOnly || c.Secure {
			t.Errorf("%v: %v", line, err)
		}
		claims, err := e.Live.Keys.ReadSession(c.Value)
		if err != nil || claims.SessionID != e.Get("session") || claims.AuthorizedParty != apitest.Origin {
			t.Errorf("%s is %+v, %v", c.Name, claims, err)
		}
		names = append(names, c.Name)
	}
	if want := append([]string{"__session"}, prefixed("__session_", e.Live.CookieSuffixes())...); strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%v, not %v", names, want)
	}
	old(e, "expired", time.Minute, nil)
	if list := e.JSON(strings.Replace(asCookies, "?suffixed_cookies=true", "", 1))["cookies"].([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
}

func prefixed(prefix string, list []string) (out []string) {
	for _, s := range list {
		out = append(out, prefix+s)
	}
	return out
}

func TestRefreshIsActivity(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	away(e)
	before := e.JSON("GET /v1/sessions/{session}")["last_active_at"].(float64)
	e.JSON(`POST /_emulator/clock/advance {"duration":"1h"}`)
	e.JSON(refreshing)
	if after := e.JSON("GET /v1/sessions/{session}")["last_active_at"].(float64); after-before < 3600*1000 {
		t.Errorf("last active %v, then %v", before, after)
	}
}

func TestRefreshCookies(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	for _, c := range handshakeCookies(b) {
		if strings.HasPrefix(c.Name, "__refresh") && (c.Value != "" || c.MaxAge >= 0) {
			t.Errorf("nobody is signed in, and yet %s", c)
		}
	}
	b.SignIn(b.User("ada@example.com"), "session")
	cookies := handshakeCookies(b)
	for _, suffix := range b.Live.CookieSuffixes() {
		if c := cookies["__refresh_"+suffix]; c == nil || !c.HttpOnly || c.MaxAge <= 0 || len(c.Value) < 32 || c.Path != "/" {
			t.Errorf("__refresh_%s: %v", suffix, c)
		}
	}
	if cookies["__refresh"] != nil {
		t.Error("the SDKs read no __refresh without a suffix, and a second instance would overwrite it")
	}

	no := false
	seed := &scenario.Instance{Users: []scenario.User{}}
	seed.Settings.Session.RefreshCookie = &no
	off := s.Seeded(t, seed)
	b = off.Browser()
	b.SignIn(off.User("ada@example.com"), "session")
	for _, c := range handshakeCookies(b) {
		if strings.HasPrefix(c.Name, "__refresh") && c.Value != "" {
			t.Errorf("switched off, and yet %s", c)
		}
	}
	off.Set("refresh", "x")
	old(off, "expired", time.Minute, nil)
	off.Check(refreshing, `401 {"errors":[{"code":"feature_not_enabled"}]}`)
}

func TestAnotherInstanceRefreshesNothing(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e, other := s.Instance(t), s.Instance(t)
	away(e)
	for _, name := range []string{"session", "refresh", "expired"} {
		other.Set(name, e.Get(name))
	}
	other.Check(refreshing, `401 {"errors":[{"code":"expired_session_token_invalid"}]}`)
	other.Set("ada", "user_1")
	old(other, "expired", time.Minute, nil)
	other.Check(refreshing, `401 {"errors":[{"code":"session_refresh_session_not_found"}]}`)
}
