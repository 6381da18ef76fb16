package ui

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

var jwt = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)

func TestAMintedTokenIsShownAndJudged(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com", "first_name", "Ada")
	for _, who := range []string{id, "ada@example.com", " ADA@example.com "} {
		a := e.post("/tokens", "user", who, "template", "convex")
		e.says(a.body, `"aud": "convex"`, `"alg": "RS256"`, "Convex accepts this token", `"email": "ada@example.com"`,
			`"tokenIdentifier": "http://localhost:4545|`+id+`"`, "iat", "exp in ")
		if a.StatusCode != http.StatusOK || a.Header.Get("Location") != "" || jwt.FindString(a.body) == "" {
			t.Errorf("%q: answered %d", who, a.StatusCode)
		}
	}
}

func TestTheTimesOfATokenAreToldByWallTime(t *testing.T) {
	d := decode(unsigned(`{"exp":1060,"iat":1000,"nbf":"soon"}`), 1_005_000)
	want := []claimTime{
		{"iat", "1970-01-01 00:16:40.000 UTC", "5 s ago", true},
		{"exp", "1970-01-01 00:17:40.000 UTC", "in 55 s", false},
	}
	if !slices.Equal(d.Times, want) {
		t.Errorf("got %+v", d.Times)
	}
}

func TestEveryFaultIsExplained(t *testing.T) {
	e := newEnv(t)
	e.user("email_address", "ada@example.com")
	for fault, want := range map[string]string{
		"alg-es256": "Failed here The algorithm", "bad-signature": "Failed here The signature", "expired": "Failed here The token is valid now",
		"iss-trailing-slash": "Failed here The document's issuer", "multi-aud": "Failed here aud is this application alone",
		"no-aud": "Failed here A provider in auth.config.ts", "short-lived": "Convex accepts", "unknown-kid": "Failed here The key set has the token's key",
		"wrong-aud": "Failed here A provider", "wrong-iss": "Failed here A provider",
	} {
		a := e.post("/tokens", "user", "ada@example.com", "template", "convex", "fault", fault)
		if !strings.Contains(text(a.body), want) {
			t.Errorf("%s: no %q in:\n%s", fault, want, text(a.body))
		}
	}
}

func TestWrongMintFormsMintNothing(t *testing.T) {
	e := newEnv(t)
	e.user("email_address", "ada@example.com")
	for _, c := range []struct{ field, value, want string }{
		{"user", "nobody@example.com", "no such user"},
		{"user", "", "no such user"},
		{"expires_in_seconds", "soon", "whole number of seconds"},
		{"expires_in_seconds", "-1", "whole number of seconds"},
	} {
		form := map[string]string{"user": "ada@example.com", "template": "convex", c.field: c.value}
		a := e.post("/tokens", "user", form["user"], "template", form["template"], "expires_in_seconds", form["expires_in_seconds"])
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(errorOf(a.body, c.field), c.want) || jwt.MatchString(a.body) {
			t.Errorf("%s=%q: %d %q", c.field, c.value, a.StatusCode, errorOf(a.body, c.field))
		}
	}
	a := e.post("/tokens", "user", "ada@example.com", "template", "Convex")
	e.says(a.body, "Convex") // compared exactly, as Clerk does
	if a.StatusCode != http.StatusUnprocessableEntity || jwt.MatchString(a.body) {
		t.Errorf("a misspelt template: %d", a.StatusCode)
	}
}

func TestASessionTokenNeedsASession(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "ada@example.com")
	a := e.post("/tokens", "user", id, "template", "")
	if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(errorOf(a.body, "user"), "no active session") {
		t.Errorf("%d %q", a.StatusCode, errorOf(a.body, "user"))
	}
	for range 2 {
		e.says(e.post("/tokens", "user", id, "template", "", "sign_in", "yes").body, `"sid": "sess_`)
	}
	e.read(func(tx *store.Tx) error {
		n, err := sessions.Count(tx, sessions.Filter{UserID: id})
		if n != 1 {
			t.Errorf("%d sessions were started, not one", n)
		}
		return err
	})
}

func TestExplainingAToken(t *testing.T) {
	e := newEnv(t)
	e.user("email_address", "ada@example.com")
	good := jwt.FindString(e.post("/tokens", "user", "ada@example.com", "template", "convex").body)
	foreign := `{"providers":[{"domain":"https://elsewhere.example.com","applicationID":"convex"}]}`
	for _, c := range []struct {
		token, providers string
		status           int
		want             []string
	}{
		{good, "", 200, []string{"Convex accepts this token", `"aud": "convex"`}},
		{"  Bearer " + good + "\n", "", 200, []string{"Convex accepts this token"}},
		{good, foreign, 200, []string{"Convex refuses this token", "NoAuthProvider", "Not reached"}},
		{"abc", "", 200, []string{"Failed here", "three parts"}},
		{"a.b.c", "", 200, []string{"Failed here", "not base64url of JSON"}},
		{"", "", 422, []string{"Paste a token"}},
		{good, "{}", 422, []string{"Convex would refuse to push this", "missing field"}},
		{good, `{"providers":[{"domain":"http://localhost:4545","applicationId":"convex"}]}`, 422, []string{"capital I, capital D"}},
	} {
		a := e.post("/tokens/explain", "token", c.token, "providers", c.providers)
		if a.StatusCode != c.status {
			t.Errorf("%.20q: %d", c.token, a.StatusCode)
		}
		e.says(a.body, c.want...)
	}
	if strings.Contains(e.page("/tokens/explain?token="+good), good) {
		t.Error("a token in an address is taken")
	}
}

// A token of somebody else must not make the console send requests.
func TestAForeignIssuerIsNotAsked(t *testing.T) {
	e := newEnv(t)
	var asked bool
	e.prefix = ""
	elsewhere := listener(t, func() { asked = true })
	claims := `{"iss":"` + elsewhere + `","aud":"convex","sub":"x","exp":99999999999,"iat":1}`
	a := e.post("/tokens/explain", "token", unsigned(claims), "providers", `{"providers":[{"domain":"`+elsewhere+`","applicationID":"convex"}]}`)
	e.says(a.body, "Failed here The discovery document", "asks nobody else for keys")
	if asked {
		t.Error("the issuer was asked")
	}
}
