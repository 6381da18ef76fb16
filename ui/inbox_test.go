package ui

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/internal/store"
)

// send puts a message into the inbox and returns its id.
func (e *env) send(m inbox.Message) (id string) {
	e.Helper()
	err := e.db.Write(context.Background(), e.live.ID, func(tx *store.Tx) error {
		sent, err := inbox.Send(tx, e.live, m)
		if err == nil {
			id = sent.ID
		}
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return id
}

func (e *env) code(to, code string) string {
	e.Helper()
	return e.send(inbox.Message{Kind: inbox.Email, Slug: inbox.VerificationCode, To: to, Code: code})
}

func TestTheInboxShowsCodesAndIsFiltered(t *testing.T) {
	e := newEnv(t)
	empty := e.page("/inbox")
	e.says(empty, "No message yet.", "nightclerk inbox --to", "GET /_emulator/inbox?to=ada@example.com&wait=10s")
	ada := e.user("email_address", "ada@example.com", "first_name", "Ada")
	first := e.code("eve@example.com", "111111")
	e.send(inbox.Message{Kind: inbox.Email, Slug: inbox.VerificationCode, To: "ada@example.com", Code: "222222", UserID: &ada})
	e.send(inbox.Message{Kind: inbox.SMS, Slug: inbox.VerificationCode, To: "+12015550100", Code: "333333"})
	all := e.page("/inbox")
	if got := strings.Join(codes(all), " "); got != "333333 222222 111111" {
		t.Errorf("the inbox shows %s", got)
	}
	e.says(all, "to ada@example.com · Ada", "SMS 333333 is your verification code.")
	if !strings.Contains(all, `href="/users/`+ada+`"`) || !strings.Contains(all, `href="/inbox/`+first+`"`) {
		t.Error("a message does not lead to its page or to its user")
	}
	for query, want := range map[string]string{"q=ADA%40": "222222", "q=example": "", "q=%2B1201": "333333", "kind=sms": "333333", "kind=email": "222222 111111",
		"kind=email&q=e": "111111", "q=%00%FF": "333333 222222 111111", "kind=pigeon": "333333 222222 111111"} {
		if got := strings.Join(codes(e.page("/inbox?"+query)), " "); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
	}
	e.says(e.page("/inbox?q=nobody"), "No message matches.")
	e.says(e.page("/users/"+ada), "222222 is your verification code")
	e.prefix = "/i/w1"
	e.says(e.page("/inbox"), "No message yet.", "nightclerk inbox --instance w1", "GET /i/w1/_emulator/inbox")
}

func codes(page string) (out []string) {
	for _, m := range regexp.MustCompile(`<code id="code-[^"]*">([^<]*)</code>`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

// Every message is on one page, however many there are.
func TestTheInboxIsPaged(t *testing.T) {
	e := newEnv(t)
	const all = 2*mailPerPage + 1
	for i := range all {
		e.code("ada@example.com", fmt.Sprint(100000+i))
	}
	e.code("bob@example.com", "999999")
	next, seen, pages := "/inbox?q=ada", []string{}, 0
	for ; next != ""; pages++ {
		body := e.page(next)
		seen, next = append(seen, codes(body)...), ""
		for _, m := range regexp.MustCompile(`href="(\?[^"]*)">(Older|Newest)<`).FindAllStringSubmatch(body, -1) {
			if m[2] == "Older" {
				next = "/inbox" + strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		e.code("ada@example.com", "000000") // what comes meanwhile shifts nothing
	}
	if pages != 3 || len(seen) != all || seen[0] != fmt.Sprint(100000+all-1) || seen[all-1] != "100000" {
		t.Errorf("%d pages with %d messages, %s to %s", pages, len(seen), seen[0], seen[len(seen)-1])
	}
	e.says(e.page("/inbox?at=x"), "999999")
}

func TestAMessageIsShownAndDeleted(t *testing.T) {
	e := newEnv(t)
	letter := e.send(inbox.Message{Kind: inbox.Email, Slug: inbox.MagicLinkSignIn, To: "ada@example.com", Link: "http://localhost:3000/v?a=1&b=2"})
	other := e.code("bob@example.com", "123456")
	body := e.page("/inbox/" + letter)
	e.says(body, "Sign in with this link", "to ada@example.com", "Open this link to sign in:", "magic_link_sign_in")
	link := `href="http://localhost:3000/v?a=1&amp;b=2" target="_blank" rel="noreferrer"`
	if n := strings.Count(body, link); n != 3 { // the button, the link, the text
		t.Errorf("%d links that open a tab of their own:\n%s", n, body)
	}
	if list := e.page("/inbox"); !strings.Contains(list, link) {
		t.Error("the list has no link to open")
	}
	if !regexp.MustCompile(`<code id="code">123456</code><button [^>]*data-copy="code"`).MatchString(e.page("/inbox/" + other)) {
		t.Error("the code cannot be copied")
	}
	said, to := e.follow("/inbox/" + letter + "/delete")
	e.says(said, "The message was deleted.", "123456")
	if a := e.get("/inbox/" + letter); a.StatusCode != http.StatusNotFound || !strings.HasPrefix(to, "/inbox?") {
		t.Errorf("%d after the delete, which led to %s", a.StatusCode, to)
	}
	if a := e.post("/inbox/" + letter + "/delete"); a.StatusCode != http.StatusNotFound {
		t.Errorf("deleted again: %d", a.StatusCode)
	}
	said, _ = e.follow("/inbox/clear")
	e.says(said, "The inbox was cleared.", "No message yet.")
}

// An e-mail's HTML is a stranger's: its frame may lay out and open tabs, and
// nothing else; nothing of it is on the page around.
func TestTheHTMLOfAnEmailIsConfined(t *testing.T) {
	e := newEnv(t)
	letter := e.code("ada@example.com", "123456")
	const evil = `<script>alert(1)</script><img src=http://evil.example/ onerror=alert(1)><a href="javascript:alert(1)">x</a>`
	err := e.db.Write(t.Context(), e.live.ID, func(tx *store.Tx) error {
		doc := `{"ID":"` + letter + `","Kind":"email","To":"ada@example.com","Subject":"` + "\u202e" + `evil","Body":` + fmt.Sprintf("%q", evil) +
			`,"BodyPlain":` + fmt.Sprintf("%q", evil+" see https://example.com/a?b=c. javascript:alert(2)") + `,"Link":"javascript:alert(1)","Code":"` + strings.Repeat("9", 3000) + `"}`
		_, err := tx.Exec(`UPDATE inbox_message SET doc = $1 WHERE instance_id = $2 AND id = $3`, doc, tx.Instance(), letter)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page := e.page("/inbox/" + letter)
	for _, never := range []string{"<script>", "<img", `href="javascript:`, "ZgotmplZ"} {
		if strings.Contains(page+e.page("/inbox"), never) {
			t.Errorf("a page carries %s", never)
		}
	}
	e.says(page, "no web address", "javascript:alert(2)")
	if !strings.Contains(page, `<a href="https://example.com/a?b=c" target="_blank" rel="noreferrer">https://example.com/a?b=c</a>.`) {
		t.Errorf("the text has no link, or a longer one:\n%s", page)
	}
	frame := regexp.MustCompile(`<iframe [^>]*>`).FindString(page)
	if !strings.Contains(frame, `src="/inbox/`+letter+`/body"`) || !strings.Contains(frame, "sandbox=") || strings.Contains(frame, "allow-scripts") || strings.Contains(frame, "allow-same-origin") {
		t.Errorf("the frame is %s", frame)
	}
	a := e.get("/inbox/" + letter + "/body")
	csp := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'self'", "form-action 'none'", "img-src data:", "sandbox allow-popups"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%q lacks %s", csp, want)
		}
	}
	if !strings.Contains(a.body, evil) || strings.Contains(csp, "script") || strings.Contains(csp, "same-origin") || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the body is answered with %v", a.Header)
	}
}

func TestNewMailIsToldToTheInbox(t *testing.T) {
	e := newEnv(t)
	if !strings.Contains(e.page("/inbox"), `id="mail-list" data-live="message"`) {
		t.Error("the list does not follow what happens")
	}
	events := e.open("/live")
	e.code("ada@example.com", "123456")
	if got := e.next(events); got.event != "message" || !strings.Contains(got.data, "email.created") {
		t.Errorf("told %+v", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", e.server.URL+"/inbox?q=ada", nil)
	if err == nil {
		req.Header.Set(partHeader, "mail-list")
	}
	if part := e.do(req, err).body; strings.Contains(part, "<html") || strings.Join(codes(part), " ") != "123456" {
		t.Errorf("the part is:\n%s", part)
	}
}
