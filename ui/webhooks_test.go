package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// app is a webhook handler that answers with the status it is given.
func app(t *testing.T, status *atomic.Int64) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		fmt.Fprint(w, `{"said":"<b>no</b>"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/api/webhooks"
}

// dispatch sends what is due until the test ends.
func (e *env) dispatch() {
	d := webhooks.NewDispatcher(e.db, e.outbox, webhooks.Options{Schedule: webhooks.ScheduleManual})
	go d.Run(context.Background())
	e.Cleanup(d.Close)
}

// until waits until a page says something, looking again after every event.
func (e *env) until(path, want string) string {
	e.Helper()
	reader := e.hub.Subscribe(e.live.ID, 0)
	defer reader.Close()
	deadline := time.After(patience)
	for {
		body := e.page(path)
		if strings.Contains(text(body), want) {
			return body
		}
		select {
		case <-reader.C:
		case <-deadline:
			e.Fatalf("%s never said %q:\n%s", path, want, text(body))
		}
	}
}

func TestAFailedDeliveryIsExplainedAndResent(t *testing.T) {
	e := newEnv(t)
	e.dispatch()
	var status atomic.Int64
	status.Store(404)
	e.endpoint(app(t, &status))
	e.user("email_address", "ada@example.com")
	path := "/webhooks/messages/" + e.messages()[0].ID
	body := e.until(path, "Failed 404")
	e.says(body, "user.created Failed", "There is no route at /api/webhooks", `"said": "<b>no</b>"`, "1 attempt", `"type": "user.created"`)
	e.says(e.page("/webhooks?status=fail"), "Failed user.created")
	e.says(e.page("/"), "1 Failed deliveries See why")

	status.Store(204)
	endpoint := regexp.MustCompile(`name="endpoint" value="(ep_\w+)"`).FindStringSubmatch(body)[1]
	body, _ = e.follow(path+"/resend", "endpoint", endpoint)
	e.says(body, "One more attempt is on its way.")
	e.says(e.until(path, "user.created Delivered"), "Delivered 204", "sent by hand", "2 attempts", "Failed 404")
	e.says(e.page("/webhooks?status=fail"), "No message matches.")
	e.says(e.page("/webhooks?type=user.created&status=success"), "Delivered user.created")
}

func TestAMessageNobodyGotCanBeSent(t *testing.T) {
	e := newEnv(t)
	e.user("email_address", "ada@example.com")
	path := "/webhooks/messages/" + e.messages()[0].ID
	e.says(e.page(path), "user.created Not sent", "There was no endpoint when this happened", "There is no endpoint to send to.")
	e.says(e.page("/webhooks?status=unsent"), "Not sent user.created")
	e.dispatch()
	var status atomic.Int64
	status.Store(200)
	id := e.endpoint(app(t, &status))
	e.says(e.page(path), "was not among the receivers")
	e.follow(path+"/resend", "endpoint", id)
	e.until(path, "user.created Delivered")
	if a := e.post(path+"/resend", "endpoint", "ep_0"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown endpoint: %d", a.StatusCode)
	}
}

func TestEndpointsAreAddedChangedAndDeleted(t *testing.T) {
	e := newEnv(t)
	e.says(e.page("/webhooks"), "No endpoint yet. Add one, e.g. http://localhost:3211/clerk-users-webhook")
	id := e.endpoint("http://localhost:9/hook")
	path := "/webhooks/endpoints/" + id
	body := e.page(path)
	secret := regexp.MustCompile(`whsec_[\w+/=]+`).FindString(body)
	if secret == "" || !strings.Contains(body, "<details class=\"reveal\"") || strings.Contains(e.page("/webhooks"), secret) {
		t.Error("the secret must be on the endpoint's page, folded, and nowhere else")
	}
	body, _ = e.follow(path, "url", "http://localhost:9/other", "which", "some", "eventTypes", "user.created", "eventTypes", "user.deleted")
	e.says(body, "The endpoint was saved.", "http://localhost:9/other")
	e.says(e.page("/webhooks"), "user.created, user.deleted")
	body, _ = e.follow(path + "/disable")
	e.says(body, "Disabled")
	body, _ = e.follow(path + "/enable")
	e.says(body, "Enabled")
	body, to := e.follow(path + "/delete")
	e.says(body, "The endpoint was deleted.", "No endpoint yet.")
	if to != "/webhooks?done=endpoint-deleted" {
		t.Errorf("led to %s", to)
	}
	if a := e.get(path); a.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted endpoint answers %d", a.StatusCode)
	}
}

func TestWrongEndpointFormsChangeNothing(t *testing.T) {
	e := newEnv(t)
	id := e.endpoint("http://localhost:9/hook")
	for _, c := range []struct{ path, field, value, want string }{
		{"/webhooks/endpoints", "url", "localhost:3000", "http"},
		{"/webhooks/endpoints", "url", "", "absolute URL"},
		{"/webhooks/endpoints", "secret", "whsec_short", "base64"},
		{"/webhooks/endpoints", "which", "some", ""},
		{"/webhooks/endpoints/" + id, "url", "ftp://x/", "schemes"},
	} {
		form := map[string]string{"url": "http://localhost:8/", c.field: c.value}
		a := e.post(c.path, "url", form["url"], "secret", form["secret"], "which", form["which"])
		field := strings.Replace(c.field, "which", "eventTypes", 1)
		if msg := errorOf(a.body, field); a.StatusCode != http.StatusUnprocessableEntity || msg == "" || !strings.Contains(msg, c.want) {
			t.Errorf("%s %s=%q: %d %q", c.path, c.field, c.value, a.StatusCode, msg)
		}
	}
	e.read(func(tx *store.Tx) error {
		list, err := webhooks.ListEndpoints(tx, webhooks.Page{}, true)
		if len(list.Data) != 1 || list.Data[0].URL != "http://localhost:9/hook" {
			t.Errorf("the endpoints became %+v", list.Data)
		}
		return err
	})
}

// Paging shows everybody once, however many there are, and keeps the filter.
func TestPagesLeadThroughTheWholeList(t *testing.T) {
	e := newEnv(t)
	const n = 120
	err := e.db.Write(t.Context(), e.live.ID, func(tx *store.Tx) error {
		var list []users.CreateParams
		for i := range n {
			list = append(list, users.CreateParams{EmailAddress: []string{fmt.Sprintf("user%d@example.com", i)}})
		}
		_, err := users.CreateMany(tx, e.live.Rules(), list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, next, row string }{
		{"/users?q=user", "Next page", `data-key="(user_\w+)"`},
		{"/webhooks?type=user.created", "Older", `data-key="(msg_\w+)"`},
	} {
		seen := map[string]bool{}
		link := regexp.MustCompile(`href="(\?[^"]*)">` + c.next)
		base, _, _ := strings.Cut(c.path, "?")
		for path := c.path; path != ""; {
			body := e.page(path)
			for _, m := range regexp.MustCompile(c.row).FindAllStringSubmatch(body, -1) {
				if seen[m[1]] {
					t.Fatalf("%s shows %s twice", c.path, m[1])
				}
				seen[m[1]] = true
			}
			path = ""
			if m := link.FindStringSubmatch(body); m != nil {
				path = base + strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		if len(seen) != n {
			t.Errorf("%s shows %d of %d", c.path, len(seen), n)
		}
	}
}
