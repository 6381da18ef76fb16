package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/activity"
)

// request puts a request into the log of the default instance.
func (e *env) request(n byte, change func(r *activity.Entry)) *activity.Entry {
	r := &activity.Entry{TraceID: strings.Repeat(string("0123456789abcdef"[n%16]), 32), Door: "backend", Operation: "GetUserList", Method: "GET", Path: "/v1/users",
		Status: 200, At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Duration: 1234 * time.Microsecond, Detail: &activity.Detail{Host: "localhost:4545"}}
	change(r)
	e.activity.Add(e.live.ID, r)
	return r
}

func TestRequestsAreListedAndShown(t *testing.T) {
	e := newEnv(t)
	e.says(e.page("/requests"), "No request yet")
	r := e.request(1, func(r *activity.Entry) {
		r.Method, r.Path, r.Operation, r.Status, r.ErrorCode, r.Client = "PATCH", "/v1/client", "updateClient", 422, "form_code_incorrect", "client_1"
		r.Door = "frontend"
		r.Detail.Query, _ = activity.Query("__clerk_db_jwt=dvb_abcdefghijkl&_method=PATCH&q=" + "it%27s+%24HOME")
		r.Detail.Request = activity.RequestBody("application/x-www-form-urlencoded", []byte("identifier=a%27b&password=hunter22"))
		r.Detail.Answer = activity.AnswerBody("application/json", []byte(`{"errors":[{"code":"form_code_incorrect"}],"user_id":"user_2grace00000000"}`))
		r.Detail.UserAgent = hostile
	})
	e.says(e.page("/requests"), "422", "PATCH /v1/client", "updateClient", "form_code_incorrect", "Frontend API · 1.2 ms", "03:04:05.006 UTC")
	shown := e.page("/requests/" + r.TraceID)
	e.says(shown, "Unprocessable Entity", "user_2grace00000000", "client_1", "identifier a'b", "password [masked]", `"code": "form_code_incorrect"`,
		`curl -i -X PATCH 'http://localhost:4545/v1/client?__clerk_db_jwt='"$CLERK_DB_JWT"'&q=it%27s+%24HOME'`,
		`--data-urlencode 'identifier=a'\''b'`, `--data-urlencode 'password='"$PASSWORD"`)
	if strings.Contains(shown, "<script>alert") || strings.Contains(shown, "hunter22") {
		t.Error("the page has what it must not have")
	}
	e.says(e.page("/requests?status=2xx"), "No request fits")
	for _, link := range []string{"?client=client_1", "?user=user_2grace00000000", "?q=updateClient"} {
		if !strings.Contains(shown, `href="/requests`+link+`"`) {
			t.Errorf("the page does not lead to %s", link)
		}
		e.says(e.page("/requests"+link), "PATCH /v1/client")
	}
	e.prefix = "/i/w1"
	if a := e.get("/requests/" + r.TraceID); a.StatusCode != 404 {
		t.Errorf("another instance's request: %d", a.StatusCode)
	}
}

func TestRequestsArePaged(t *testing.T) {
	e := newEnv(t)
	for n := range byte(2*requestsPage + 1) {
		e.request(n, func(r *activity.Entry) { r.Path = "/v1/users/" + string(rune('A'+n/10)) + string(rune('0'+n%10)) })
	}
	next := regexp.MustCompile(`href="(\?before=\d+)">Older`)
	rows := regexp.MustCompile(`GET (/v1/users/\S\d)`)
	seen := map[string]bool{}
	for path, pages := "/requests", 1; ; pages++ {
		body := e.page(path)
		for _, m := range rows.FindAllStringSubmatch(text(body), -1) {
			seen[m[1]] = true
		}
		m := next.FindStringSubmatch(body)
		if m == nil {
			if pages != 3 || len(seen) != 2*requestsPage+1 {
				t.Errorf("%d requests on %d pages", len(seen), pages)
			}
			return
		}
		path = "/requests" + m[1]
	}
}

func TestSupportedOperations(t *testing.T) {
	e := newEnv(t)
	all := e.page("/supported")
	e.says(all, "of Clerk's 451 published operations", "whatever your app has asked for in this run is built", "Waitlist Entries Backend API · 0 of 6", "Known to SDKs only")
	e.says(e.page("/supported?q=waitlistentry&api=backend"), "DELETE /v1/waitlist_entries/{waitlist_entry_id}")
	e.says(e.page("/supported?state=built"), "No operation of Clerk's fits") // this console was given no tables
	r := e.request(2, func(r *activity.Entry) { r.Operation, r.Status, r.Path = "CreateRole", 501, "/v1/x" })
	e.request(3, func(r *activity.Entry) { r.Operation, r.Status = "CreateRole", 501 })
	body := e.page("/supported")
	e.says(body, "Not built CreateRole Backend API", "2 times, last")
	if strings.Index(body, "All operations") < strings.Index(body, "2 times") || !strings.Contains(body, "/requests/"+strings.Repeat("3", 32)) {
		t.Error("what was asked for does not come first, or does not lead to the last request")
	}
	e.says(e.page("/requests/"+r.TraceID), "This operation is not built")
}

// The chart says the same as its table, and both move with what happens.
func TestHomeShowsWhatHappens(t *testing.T) {
	e := newEnv(t)
	e.says(e.page("/"), "Nothing happened yet", "0 of 5 seen")
	for range 3 {
		e.activity.Count(e.live.ID, activity.Tokens)
	}
	e.activity.Mark(e.live.ID, "jwks", strings.Repeat("a", 32))
	body := e.page("/")
	e.says(body, "3 Tokens", "1 of 5 seen", "now 0 3 0 0")
	for _, want := range []string{`aria-label="Tokens in the last 15 minutes: 3, at most 3 in 15 seconds"`, `<rect x="295" y="0" width="4" height="40"/>`, `/requests/aaaa`, `href="/i/w1/">w1`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
