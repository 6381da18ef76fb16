package apitest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/contract"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// Origin is the page that test browsers show.
const Origin = "http://localhost:3000"

// Browser asks as clerk-js does: only GET and POST on the wire, bodies as forms,
// no cookies, itself named in the query.
type Browser struct {
	*Env
	// Token is the dev browser's; empty sends none.
	Token string
	// Origin is the header of that name; empty sends none.
	Origin string
	client *http.Client
}

// Browser opens a browser that has not been to the instance before.
func (e *Env) Browser() *Browser {
	e.T.Helper()
	b := e.Stranger("")
	out := b.JSON("POST /v1/dev_browser")
	b.Token = out["id"].(string)
	return b
}

// Stranger is a browser that claims to be the one with a token.
func (e *Env) Stranger(token string) *Browser {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{Env: e, Token: token, Origin: Origin, client: &http.Client{Transport: checkedFrontend(e.T), CheckRedirect: stay}}
}

func checkedFrontend(t testing.TB) http.RoundTripper {
	if !spectest.Available(t, "fapi", spec.Version) {
		return http.DefaultTransport
	}
	return contract.Load(t).RoundTripper(t, http.DefaultTransport, spec.FrontendAPI)
}

// Do sends "METHOD /path form", where form is spelt a=b&c=d.
func (b *Browser) Do(line string) (status int, body string) {
	b.T.Helper()
	res := b.Send(line)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// Send is Do for who wants to see the headers. The caller closes the body.
func (b *Browser) Send(line string) *http.Response {
	b.T.Helper()
	req := b.request(line)
	res, err := b.client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	b.checkReadable(line, res)
	return res
}

// checkReadable checks what a browser insists on before it lets the page have an
// answer, and that the emulator sets no cookies: those of one host belong to the
// app too, whatever its port.
func (b *Browser) checkReadable(line string, res *http.Response) {
	b.T.Helper()
	h := res.Header
	if got := h.Get("Access-Control-Allow-Origin"); got != b.Origin {
		b.T.Errorf("%s: a page at %q may not read the answer: Access-Control-Allow-Origin is %q", line, b.Origin, got)
	}
	if b.Origin != "" && (h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") == "") {
		b.T.Errorf("%s: headers %v", line, h)
	}
	if cookies := res.Cookies(); len(cookies) > 0 {
		b.T.Errorf("%s: sets %v", line, cookies)
	}
}

func (b *Browser) request(line string) *http.Request {
	b.T.Helper()
	method, rest, _ := strings.Cut(b.expand(line), " ")
	path, form, _ := strings.Cut(rest, " ")
	target, err := url.Parse(b.Base + path)
	if err != nil {
		b.T.Fatal(err)
	}
	query := target.Query()
	query.Set("__clerk_api_version", "2025-11-10")
	query.Set("_clerk_js_version", "5.128.0")
	if b.Token != "" {
		query.Set("__clerk_db_jwt", b.Token)
	}
	if method != http.MethodGet && method != http.MethodPost {
		query.Set("_method", method)
		method = http.MethodPost
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequest(method, target.String(), strings.NewReader(form))
	if err != nil {
		b.T.Fatal(err)
	}
	if b.Origin != "" {
		req.Header.Set("Origin", b.Origin)
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// JSON is Do for a request that must succeed; it returns the decoded answer.
func (b *Browser) JSON(line string) map[string]any {
	b.T.Helper()
	status, body := b.Do(line)
	if status/100 != 2 {
		b.T.Fatalf("%s: %d %s", b.expand(line), status, body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		b.T.Fatalf("%s: %v in %s", line, err, body)
	}
	return out
}

// Check sends a request and wants an answer, both as in a Visit.
func (b *Browser) Check(do, want string) {
	b.T.Helper()
	status, body := b.Do(do)
	wantAnswer(b.T, b.Env, do, status, body, want)
}

// Fetch sends a request that must succeed and decodes the answer.
func Fetch(t testing.TB, req *http.Request, dst any) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(dst); err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s: %d, %v", req.URL, res.StatusCode, err)
	}
}

// SignIn signs a user in in this browser, past all forms, and names the session.
func (b *Browser) SignIn(userID, name string) string {
	b.T.Helper()
	var id string
	err := b.server.Store().Write(context.Background(), b.Live.ID, func(tx *store.Tx) error {
		client, err := sessions.EnsureClient(tx, b.Token)
		if err != nil {
			return err
		}
		s, err := sessions.Create(tx, b.Live, sessions.CreateParams{UserID: userID, ClientID: client.ID})
		if err == nil {
			id = s.ID
		}
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
	b.Set(name, id)
	return id
}

// Visit is a row of a scenario table that a browser plays.
type Visit struct {
	Name string
	// Given prepares the instance and names ids.
	Given func(b *Browser)
	// Do is the request: METHOD /path, and a form.
	Do string
	// Want and Emit are as in Case.
	Want string
	Emit []string
}

// RunVisits runs a table, each row in an instance and a browser of its own.
func RunVisits(t *testing.T, s *Server, visits []Visit) {
	t.Helper()
	for _, v := range visits {
		t.Run(v.Name, func(t *testing.T) {
			b := s.Instance(t).Browser()
			if v.Given != nil {
				v.Given(b)
			}
			mark := b.Mark()
			status, body := b.Do(v.Do)
			wantAnswer(t, b.Env, v.Do, status, body, v.Want)
			var types []string
			for _, event := range b.Events(mark) {
				types = append(types, event.Type)
			}
			if fmt.Sprint(types) != fmt.Sprint(v.Emit) {
				t.Errorf("%s left the events %v, not %v", v.Do, types, v.Emit)
			}
		})
	}
}
