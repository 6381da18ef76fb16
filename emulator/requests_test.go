package emulator_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// send makes a request with headers and returns status and body.
func send(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

const formType = "application/x-www-form-urlencoded"

var traceLink = regexp.MustCompile(`/requests/([0-9a-f]{32})`)

// Everything that a browser does to sign in is in the log, and nothing of it that
// opens anything.
func TestTheLogOfRequestsHasNoSecrets(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	_, made := send(t, "POST", s.URL+"/v1/dev_browser", "")
	browser := regexp.MustCompile(`dvb_[0-9A-Za-z]+`).FindString(made)
	const password = "correct-horse-battery"
	query := "?__clerk_db_jwt=" + browser + "&_clerk_js_version=5.1.0"
	_, signedIn := send(t, "POST", s.URL+"/v1/client/sign_ins"+query, "strategy=password&identifier=alice@example.com&password="+password,
		"Content-Type", formType, "Origin", "http://localhost:5173")
	session := regexp.MustCompile(`sess_[0-9A-Za-z]+`).FindString(signedIn)
	_, minted := send(t, "POST", s.URL+"/v1/client/sessions/"+session+"/tokens/convex"+query, "", "Content-Type", formType)
	token := regexp.MustCompile(`eyJ[^"]+`).FindString(minted)
	send(t, "POST", s.URL+"/v1/users", `{"email_address":["x@example.com"],"password":"`+password+`-2"}`,
		"Content-Type", "application/json", "Authorization", "Bearer "+scenario.DefaultSecretKey)
	if browser == "" || session == "" || token == "" {
		t.Fatalf("%s\n%s\n%s", made, signedIn, minted)
	}
	list := logged(t, s.URL+"/requests", 4)
	var all strings.Builder
	for _, m := range traceLink.FindAllStringSubmatch(list, -1) {
		all.WriteString(page(t, s.URL+"/requests/"+m[1]))
	}
	for _, secret := range []string{browser, password, token, strings.Split(token, ".")[2], scenario.DefaultSecretKey} {
		if strings.Contains(all.String()+list, secret) {
			t.Errorf("the log says %s", secret)
		}
	}
	for _, want := range []string{"createSignIn", "alice@example.com", "[masked]", "CLERK_DB_JWT", "CLERK_SECRET_KEY", "5.1.0", "http://localhost:5173",
		"[masked token of user_2alice", "client_"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
}

// logged waits until a list shows so many requests, which are kept only after they
// are answered, and returns the page.
func logged(t *testing.T, url string, n int) (body string) {
	t.Helper()
	apitest.Eventually(t, "the requests to be in the log", func() bool {
		body = page(t, url)
		return len(traceLink.FindAllString(body, -1)) == n
	})
	return body
}

func page(t *testing.T, url string) string {
	t.Helper()
	status, body := send(t, "GET", url, "")
	if status != http.StatusOK {
		t.Fatalf("%s: %d", url, status)
	}
	return body
}

// A request is in the log of the instance whose key it has, or else of the one it
// addresses, and in no other's; a reset forgets it.
func TestRequestsBelongToOneInstance(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e := s.Instance(t)
	here := s.URL + "/i/" + e.Live.Slug
	key := []string{"Authorization", "Bearer " + e.Live.SecretKey}
	send(t, "GET", s.URL+"/v1/organizations", "", key...) // not built, and found by its key
	send(t, "GET", s.URL+"/v1/users", "", key...)
	send(t, "GET", here+"/v1/users", "", "Authorization", "Bearer sk_test_nobodysnobodysnobodysnobody")
	send(t, "GET", here+"/.well-known/jwks.json", "")
	send(t, "OPTIONS", here+"/v1/client", "", "Origin", "http://localhost:5173", "Access-Control-Request-Method", "POST")
	logged(t, here+"/requests", 4)
	for _, c := range []struct {
		query string
		want  int
	}{{"?status=unsupported", 1}, {"?status=4xx", 1}, {"?door=issuer", 1}, {"?q=GetUserList", 2}} {
		if n := len(traceLink.FindAllString(page(t, here+"/requests"+c.query), -1)); n != c.want {
			t.Errorf("/requests%s shows %d, not %d", c.query, n, c.want)
		}
	}
	if body := page(t, s.URL+"/requests"); traceLink.MatchString(body) {
		t.Error("the default instance shows another's")
	}
	if body := page(t, here+"/supported"); !strings.Contains(body, "1 time, last") {
		t.Error("what was asked for and is not built is not told")
	}
	trace := traceLink.FindStringSubmatch(page(t, here+"/requests"))[1]
	if status, _ := send(t, "GET", s.URL+"/requests/"+trace, ""); status != 404 {
		t.Errorf("another instance's request answers %d", status)
	}
	send(t, "POST", here+"/_emulator/reset", "")
	if body := page(t, here+"/requests"); traceLink.MatchString(body) {
		t.Error("a reset leaves requests")
	}
	if status, _ := send(t, "GET", here+"/requests/"+trace, ""); status != 404 {
		t.Errorf("after a reset a request answers %d", status)
	}
}

var firstSteps = regexp.MustCompile(`(\d) of 5 seen`)

// The list on Home fills itself by what the app does.
func TestTheFirstStepsFillThemselves(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	e := s.Default(t)
	hook := listen(t, func(http.ResponseWriter, *http.Request) {})
	seen := func(n string) {
		t.Helper()
		apitest.Eventually(t, n+" steps to be seen", func() bool { return firstSteps.FindStringSubmatch(page(t, s.URL+"/"))[1] == n })
	}
	seen("0")
	send(t, "GET", s.URL+"/npm/@clerk/clerk-js@5/dist/clerk.browser.js", "") // is missing
	page(t, s.URL+"/.well-known/jwks.json")
	seen("1")
	control(t, e, `POST /_emulator/seed {"webhook_endpoints":[{"url":"`+hook+`"}]}`)
	e.User("new@example.com")
	seen("2")
	_, made := send(t, "POST", s.URL+"/v1/dev_browser", "")
	query := "?__clerk_db_jwt=" + url.QueryEscape(regexp.MustCompile(`dvb_[0-9A-Za-z]+`).FindString(made))
	_, signedIn := send(t, "POST", s.URL+"/v1/client/sign_ins"+query, "strategy=password&identifier=alice@example.com&password=correct-horse-battery",
		"Content-Type", formType)
	session := regexp.MustCompile(`sess_[0-9A-Za-z]+`).FindString(signedIn)
	seen("3")
	send(t, "POST", s.URL+"/v1/client/sessions/"+session+"/tokens"+query, "") // of another kind
	logged(t, s.URL+"/requests?q=createSessionToken", 1)
	seen("3")
	send(t, "POST", s.URL+"/v1/client/sessions/"+session+"/tokens/convex"+query, "")
	seen("4")
}
