package portal_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

func get(t *testing.T, url, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// Wherever a redirect of an SDK leads, the page asks the instance that it came
// for, under the address that the browser has already reached.
func TestPagesWhereSDKsRedirectTo(t *testing.T) {
	s := apitest.Start(t, emulator.Config{File: &scenario.File{Instances: map[string]*scenario.Instance{"w1": {}}}})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	slugKey := func(e *apitest.Env) string { return e.Live.PublishableKey() }
	first, err := s.Instances().BySlug(t.Context(), "w1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, host, component, prefix, key string }{
		{"/sign-in?redirect_url=http%3A%2F%2Flocalhost%3A3000", "", "SignIn", "", slugKey(s.Default(t))},
		{"/.accounts.dev/sign-in/factor-one", "", "SignIn", "/.accounts.dev", slugKey(s.Default(t))},
		{"/__clerk/sign-up/", "", "SignUp", "/__clerk", slugKey(s.Default(t))},
		{"/.accounts.dev/waitlist", "", "Waitlist", "/.accounts.dev", slugKey(s.Default(t))},
		{"/i/w1/user", "", "UserProfile", "/i/w1", first.PublishableKey()},
		{"/i/w1/.accounts.dev/sign-in", "", "SignIn", "/i/w1/.accounts.dev", first.PublishableKey()},
		{"/.accounts.dev/sign-in", "w1.localhost" + port, "SignIn", "/.accounts.dev", first.PublishableKey()},
		{"/sign-in", "container-name" + port, "SignIn", "", slugKey(s.Default(t))}, // hosts like the Frontend API's
	} {
		res, body := get(t, s.URL+c.path, c.host)
		for _, want := range []string{`data-component="` + c.component + `"`, `data-prefix="` + c.prefix + `"`, `data-publishable-key="` + c.key + `"`,
			`src="` + c.prefix + `/portal/portal.js"`} {
			if res.StatusCode != 200 || !strings.Contains(body, want) {
				t.Errorf("%s%s: %d, no %s in %s", c.host, c.path, res.StatusCode, want, body)
			}
		}
		if len(res.Cookies()) > 0 {
			t.Errorf("%s sets %v, which the app on this host would send too", c.path, res.Cookies())
		}
	}
	if res, body := get(t, s.URL+"/i/nobody/sign-in", ""); res.StatusCode != 404 || !strings.Contains(body, "w1") {
		t.Errorf("an unknown instance: %d %s", res.StatusCode, body)
	}
}

// Nothing in an address becomes part of the page, and the page runs nothing but
// the files of this host.
func TestAPageRunsOnlyItsOwnScripts(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for _, path := range []string{`/sign-in/%22%3E%3Cscript%3E`, `/sign-in?redirect_url=javascript:alert(1)`, `/.accounts.dev/sign-in/%3Cb%3E`} {
		res, body := get(t, s.URL+path, "")
		if strings.Contains(body, "alert") || strings.Count(body, "<script") != 1 || strings.Contains(body, "<b>") {
			t.Errorf("%s: %s", path, body)
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !regexp.MustCompile(`(^|; )script-src 'self'(;|$)`).MatchString(policy) || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("policy %q", policy)
		}
	}
	for path, contentType := range map[string]string{"/portal/portal.js": "text/javascript", "/portal/portal.css": "text/css"} {
		if res, _ := get(t, s.URL+path, ""); res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), contentType) {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
	if res, _ := get(t, s.URL+"/portal/..%2fpage.html", ""); res.StatusCode != 404 {
		t.Errorf("a file outside: %d", res.StatusCode)
	}
}
