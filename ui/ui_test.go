package ui

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
)

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&{{.}}`

// Names come from strangers: they are shown, and are never markup.
func TestHostileNamesAreText(t *testing.T) {
	e := newEnv(t)
	endpoint := e.endpoint("http://localhost:9/" + "hook?q=<script>")
	id := e.user("first_name", hostile, "last_name", "</title></textarea>", "email_address", "a@example.com",
		"external_id", hostile, "public_metadata", `{"</pre><script>":"</script><b>"}`)
	message := e.messages()[0].ID
	letter := e.send(inbox.Message{Kind: inbox.Email, Slug: inbox.MagicLinkSignIn, To: hostile, Code: hostile, Link: "javascript:alert(1)//" + hostile, UserID: &id})
	for _, path := range []string{"/", "/users", "/users?q=" + "%22%3E%3Cscript%3Ealert(1)", "/users/" + id, "/users/" + id + "/edit", "/users/" + id + "/metadata",
		"/inbox", "/inbox/" + letter, "/inbox?q=%22%3E%3Cscript%3Ealert(1)", "/inbox?kind=%22%3E%3Cscript%3Ealert(1)", "/inbox?at=%22%3E%3Cscript%3E", "/webhooks?user=%22%3E%3Cscript%3E",
		"/tokens?user=%22%3E%3Cscript%3Ealert(1)", "/webhooks?type=%22%3E%3Cscript%3Ealert(1)", "/webhooks/messages/" + message,
		"/webhooks/endpoints/" + endpoint, "/requests?q=%22%3E%3Cscript%3Ealert(1)&client=%22%3E%3Cscript%3E&before=x", "/supported?q=%22%3E%3Cscript%3Ealert(1)", "/?done=%3Cscript%3Ealert(1)"} {
		body := e.page(path)
		for _, never := range []string{"<script>", "<img", "<b>alert", "</textarea></"} {
			if strings.Contains(body, never) {
				t.Errorf("%s carries %s", path, never)
			}
		}
	}
	e.says(e.page("/users/"+id), hostile, `"</pre><script>": "</script><b>"`)
	for path, field := range map[string]string{"/users": "email_address", "/users/" + id + "/emails": "email_address",
		"/users/" + id + "/phones": "phone_number", "/users/" + id + "/metadata": "public_metadata", "/users/" + id + "/password": "password"} {
		a := e.post(path, "first_name", hostile, field, hostile[:5])
		if b := e.post(path, "first_name", hostile, field, hostile); strings.Contains(a.body+b.body, "<script>") || a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: a refused form carries markup, or %d", path, a.StatusCode)
		}
	}
}

var (
	inline  = regexp.MustCompile(`(?i)<script(?: [^>]*)?>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:`)
	foreign = regexp.MustCompile(`(?i)<(?:script|link|img|iframe|form)[^>]*(?:src|href|action)="(?:https?:)?//`)
)

// Every answer forbids what the console does not need, and no page needs it.
func TestPagesKeepTheirPolicy(t *testing.T) {
	e := newEnv(t)
	id := e.user("email_address", "a@example.com")
	letter := e.send(inbox.Message{Kind: inbox.Email, Slug: inbox.VerificationCode, To: "a@example.com", Code: "123456"})
	for path, status := range map[string]int{"/": 200, "/users": 200, "/users/new": 200, "/users/" + id: 200, "/tokens": 200,
		"/tokens/explain": 200, "/webhooks": 200, "/webhooks/endpoints/new": 200, "/users/" + id + "/metadata": 200, "/inbox": 200, "/inbox/" + letter: 200, "/inbox/ema_0": 404, "/inbox/ema_0/body": 404, "/nowhere": 404, "/users/user_0": 404,
		"/requests": 200, "/requests/0": 404, "/supported": 200, "/webhooks/messages/msg_0": 404, "/users//x": 404, "/i/nobody/": 404, "/assets/none.css": 404} {
		a := e.get(path)
		if a.StatusCode != status || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.Contains(a.body, "<h1>") {
			t.Errorf("%s: %d %s, want a page with %d", path, a.StatusCode, a.Header.Get("Content-Type"), status)
		}
		csp := a.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		if m := inline.FindString(a.body) + foreign.FindString(a.body); m != "" {
			t.Errorf("%s has inline or foreign content: %q", path, m)
		}
	}
}

var address = regexp.MustCompile(`(?:href|action|src|data-stream)="([^"]*)"`)

// A crawl of another instance's console never leaves its prefix, and arrives
// everywhere.
func TestLinksStayBelowTheInstance(t *testing.T) {
	e := newEnv(t)
	e.prefix = "/i/w1"
	e.endpoint("http://localhost:9/")
	e.user("email_address", "a@example.com")
	seen := map[string]bool{}
	for queue := []string{"/i/w1/"}; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		body := e.page(strings.TrimPrefix(queue[0], e.prefix))
		for _, m := range address.FindAllStringSubmatch(body, -1) {
			link := strings.ReplaceAll(m[1], "&amp;", "&")
			switch {
			case strings.HasPrefix(link, "#"), strings.HasPrefix(link, "?"), strings.HasPrefix(link, "http://localhost:4545/i/w1/"):
			case queue[0] == "/i/w1/" && link == "/i/default/": // the switcher
			case queue[0] == "/i/w1/instances" && link == "/": // to another instance, on purpose
			case !strings.HasPrefix(link, "/i/w1/"):
				t.Errorf("%s links to %s", queue[0], link)
			case strings.HasPrefix(m[0], "href") && !strings.Contains(link, "/assets/"):
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("the crawl found only %v", seen)
	}
	if a := e.post("/users", "email_address", "b@example.com"); !strings.HasPrefix(a.Header.Get("Location"), "/i/w1/users/user_") {
		t.Errorf("redirected to %q", a.Header.Get("Location"))
	}
	e.prefix = ""
	e.says(e.page("/users"), "No user yet")
}

func TestAnUnknownInstanceIsSaidWithTheKnownOnes(t *testing.T) {
	e := newEnv(t)
	a := e.get("/i/nobody/users")
	e.says(a.body, "Not found", "nobody", "default", "w1")
	if strings.Contains(a.body, "/i/nobody") {
		t.Error("the page links to an instance that does not exist")
	}
}

func TestAssetsAreKeptOnlyByTheirVersion(t *testing.T) {
	e := newEnv(t)
	for _, m := range regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(e.page("/"), -1) {
		versioned, bare := e.get(m[1]), e.get(strings.Split(m[1], "?")[0])
		if !strings.Contains(versioned.Header.Get("Cache-Control"), "immutable") || strings.Contains(bare.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %q and %q", m[1], versioned.Header, bare.Header)
		}
		if typ := versioned.Header.Get("Content-Type"); versioned.StatusCode != 200 || !slices.ContainsFunc([]string{"text/css", "text/javascript", "image/svg+xml"}, func(s string) bool { return strings.HasPrefix(typ, s) }) {
			t.Errorf("%s: %d %s", m[1], versioned.StatusCode, typ)
		}
	}
}

func TestTheClockIsHardToMiss(t *testing.T) {
	e := newEnv(t)
	if strings.Contains(e.page("/users"), "clock-bar") {
		t.Error("a clock that follows wall time needs no bar")
	}
	e.setClock(clock.Virtual{OffsetMS: 3 * 24 * time.Hour.Milliseconds()})
	e.says(e.page("/users"), "The clock is shifted", "3 d ahead of wall time")
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	e.setClock(clock.Virtual{FrozenAtMS: &at})
	e.says(e.page("/webhooks"), "The clock is frozen", "2027-01-01 00:00:00 UTC")
	body, _ := e.follow("/clock/reset")
	e.says(body, "The clock follows wall time again.")
	if strings.Contains(body, "clock-bar") {
		t.Error("the bar stays after a reset")
	}
}

func TestAFormThatIsTooLargeIsRefused(t *testing.T) {
	e := newEnv(t)
	a := e.post("/users", "first_name", strings.Repeat("x", maxForm+1))
	if a.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %d", a.StatusCode)
	}
}

func TestAFailureShowsItsTraceAndNotItsCause(t *testing.T) {
	e := newEnv(t)
	err := e.db.Write(t.Context(), e.live.ID, func(tx *store.Tx) error {
		_, err := tx.Exec(`DROP TABLE search_term`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e.says(e.page("/users"), "No user yet")
	r := httptest.NewRequest("GET", "/users?q=ada", nil)
	w := httptest.NewRecorder()
	e.server.Config.Handler.ServeHTTP(w, r.WithContext(httpapi.WithRecord(r.Context(), r, &httpapi.Record{TraceID: "t1"})))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "search_term") {
		t.Errorf("%d", w.Code)
	}
	e.says(w.Body.String(), "Something failed here", "trace id t1")
}
