package ui

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/inbox"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/clock"
	"github.com/nightclerk/nightclerk/internal/ids"
	"github.com/nightclerk/nightclerk/internal/livelog"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/internal/store/storetest"
	"github.com/nightclerk/nightclerk/invitations"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/signin"
	"github.com/nightclerk/nightclerk/users"
	"github.com/nightclerk/nightclerk/webhooks"
)

// patience is how long a test waits for something that must happen.
const patience = 10 * time.Second

// env is a console over a real store, as a browser without scripts sees it.
type env struct {
	*testing.T
	db       *store.Store
	hub      *livelog.Hub
	outbox   *webhooks.Outbox
	activity *activity.Log
	registry *instance.Registry
	live     *instance.Live // the default instance
	other    *instance.Live // the instance w1
	server   *httptest.Server
	done     chan struct{}
	prefix   string // put before every path
}

func newEnv(t *testing.T) *env {
	e := &env{T: t, hub: &livelog.Hub{}, done: make(chan struct{})}
	e.outbox = webhooks.NewOutbox(e.hub)
	e.activity = activity.New(e.hub, clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	e.db = storetest.Open(t, storetest.SQLite(t, store.Options{Emit: e.outbox.Emit,
		Schemas: []store.Schema{instance.Schema, users.Schema, sessions.Schema, webhooks.Schema, inbox.Schema, signin.Schema, invitations.Schema}}))
	pool := issuer.NewPool(1, ids.Random)
	t.Cleanup(pool.Close)
	base := instance.Base{FrontendHost: "localhost:4545", Backend: "http://localhost:4545"}
	registry, err := instance.NewRegistry(t.Context(), e.db, pool, base)
	if err != nil {
		t.Fatal(err)
	}
	e.live, e.other = e.instance(registry, instance.DefaultSlug), e.instance(registry, "w1")
	e.registry = registry
	applier := scenario.NewApplier(e.db, registry, e.outbox, scenario.Default(), slog.New(slog.DiscardHandler))
	handler, err := New(Deps{DB: e.db, Instances: registry, Applier: applier, Hub: e.hub, Outbox: e.outbox, Activity: e.activity, Version: "v0-test", Done: e.done})
	if err != nil {
		t.Fatal(err)
	}
	e.server = httptest.NewServer(addressed(handler))
	t.Cleanup(func() {
		e.server.CloseClientConnections()
		e.server.Close()
	})
	return e
}

func (e *env) instance(r *instance.Registry, slug string) *instance.Live {
	e.Helper()
	p := instance.Params{Slug: slug, Config: instance.Config{Settings: instance.DefaultSettings()}}
	live, err := r.Put(e.Context(), p, func(tx *store.Tx) error {
		t := issuer.ConvexTemplate()
		_, err := instance.PutTemplate(tx, "", instance.TemplateParams{Name: &t.Name, Claims: t.Claims})
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return live
}

// addressed takes /i/<slug> off the path, as whoever mounts the console does.
func addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/i/"); ok {
			slug, path, _ := strings.Cut(rest, "/")
			r = r.WithContext(instance.WithSlug(r.Context(), slug))
			r.URL.Path, r.URL.RawPath = "/"+path, ""
		}
		next.ServeHTTP(w, r)
	})
}

// answer is what the browser got; redirects are not followed.
type answer struct {
	*http.Response
	body string
}

func (e *env) do(req *http.Request, err error) answer {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		e.Fatal(err)
	}
	return answer{res, string(body)}
}

func (e *env) get(path string) answer {
	e.Helper()
	return e.do(http.NewRequestWithContext(e.Context(), "GET", e.server.URL+e.prefix+path, nil))
}

// post sends a form of names and values.
func (e *env) post(path string, fields ...string) answer {
	e.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(e.Context(), "POST", e.server.URL+e.prefix+path, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return e.do(req, err)
}

// page is a GET that must succeed.
func (e *env) page(path string) string {
	e.Helper()
	a := e.get(path)
	if a.StatusCode != http.StatusOK {
		e.Fatalf("GET %s: %d %s", path, a.StatusCode, text(a.body))
	}
	return a.body
}

// follow posts a form that must succeed and returns the page it leads to, with
// that page's path.
func (e *env) follow(path string, fields ...string) (body, to string) {
	e.Helper()
	a := e.post(path, fields...)
	if a.StatusCode != http.StatusSeeOther {
		e.Fatalf("POST %s: %d %s", path, a.StatusCode, text(a.body))
	}
	to = strings.TrimPrefix(a.Header.Get("Location"), e.prefix)
	return e.page(to), to
}

// user creates a user by the form and returns the id.
func (e *env) user(fields ...string) string {
	e.Helper()
	_, to := e.follow("/users", fields...)
	id, _, _ := strings.Cut(strings.TrimPrefix(to, "/users/"), "?")
	return id
}

// endpoint adds an endpoint by the form and returns the id.
func (e *env) endpoint(url string) string {
	e.Helper()
	_, to := e.follow("/webhooks/endpoints", "url", url)
	id, _, _ := strings.Cut(strings.TrimPrefix(to, "/webhooks/endpoints/"), "?")
	return id
}

// messages are the instance's messages, the newest first.
func (e *env) messages() (out []*webhooks.Message) {
	e.Helper()
	e.read(func(tx *store.Tx) error {
		list, err := webhooks.ListMessages(tx, webhooks.MessageFilter{}, webhooks.Page{})
		out = list.Data
		return err
	})
	return out
}

func (e *env) read(fn func(*store.Tx) error) {
	e.Helper()
	if err := e.db.Read(e.Context(), e.live.ID, fn); err != nil {
		e.Fatal(err)
	}
}

func (e *env) setClock(v clock.Virtual) {
	e.Helper()
	err := e.db.Write(context.Background(), e.live.ID, func(tx *store.Tx) error { return tx.SetClock(v) })
	if err != nil {
		e.Fatal(err)
	}
}

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	jsonIn = regexp.MustCompile(`<span class="j-[a-z]+">([^<]*)</span>`)
)

// text is what a page says, without its markup.
func text(page string) string {
	page = jsonIn.ReplaceAllString(page, "$1")
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(page, " "))), " ")
}

// says fails unless the page says all of that, markup aside.
func (e *env) says(page string, want ...string) {
	e.Helper()
	for _, w := range want {
		if !strings.Contains(text(page), w) {
			e.Errorf("the page does not say %q:\n%s", w, text(page))
		}
	}
}

// errorOf is the message at a field of a form.
func errorOf(page, field string) string {
	m := regexp.MustCompile(`id="e-` + field + `">([^<]*)<`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}
