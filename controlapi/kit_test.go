package controlapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// document is openapi.json, read by somebody else's reader.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	raw, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // tests have ports of their own
	return doc, doc.Validate(context.Background())
})

// kit is an instance of a running emulator. Every exchange through it is checked
// against openapi.json.
type kit struct {
	*testing.T
	base   string
	router routers.Router
}

// start runs an emulator in memory.
func start(t *testing.T, file *scenario.File) *kit {
	t.Helper()
	cfg := emulator.Config{File: file}
	if file != nil {
		cfg.Server = file.Server
	}
	return on(t, apitest.Start(t, cfg).URL)
}

func on(t *testing.T, base string) *kit {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &kit{t, base, router}
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends "METHOD /path body"; the path is one below /_emulator.
func (k *kit) do(line string) answer {
	k.Helper()
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	return k.send(method, path, "application/json", body)
}

func (k *kit) send(method, path, contentType, body string) answer {
	k.Helper()
	req, err := http.NewRequest(method, k.base+"/_emulator"+path, strings.NewReader(body))
	if err != nil {
		k.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.Fatal(err)
	}
	defer res.Body.Close()
	out := answer{status: res.StatusCode, header: res.Header}
	if out.body, err = io.ReadAll(res.Body); err != nil {
		k.Fatal(err)
	}
	k.check(method, path, contentType, body, out)
	return out
}

// check validates an exchange. A request that is wrong on purpose must be
// refused; it need not fit the document.
func (k *kit) check(method, path, contentType, body string, out answer) {
	k.Helper()
	req, err := http.NewRequest(method, "/_emulator"+path, strings.NewReader(body))
	if err != nil {
		k.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", contentType)
	}
	route, vars, err := k.router.FindRoute(req)
	if err != nil {
		if out.status != http.StatusNotFound && out.status != http.StatusMethodNotAllowed {
			k.Errorf("%s %s is not described and answers %d", method, path, out.status)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: vars, Route: route}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil && out.status < 300 {
		k.Errorf("%s %s was taken and does not fit the document: %v", method, path, err)
	}
	isJSON := out.header.Get("Content-Type") == "application/json"
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: out.status,
		Header: out.header, Body: io.NopCloser(bytes.NewReader(out.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !isJSON}})
	if err != nil {
		k.Errorf("%s %s answers %d, which does not fit the document: %v\n%s", method, path, out.status, err, out.body)
	}
}

// want fails unless the status is this one; it returns the body as JSON.
func (a answer) want(k *kit, status int) map[string]any {
	k.Helper()
	if a.status != status {
		k.Fatalf("answered %d, not %d: %s", a.status, status, a.body)
	}
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		k.Fatalf("%v in %s", err, a.body)
	}
	return out
}

// refused fails unless the answer is an error with this code and text.
func (a answer) refused(k *kit, status int, code, text string) {
	k.Helper()
	var out struct {
		Errors []struct{ Code, Message, LongMessage string } `json:"errors"`
	}
	if err := json.Unmarshal(a.body, &out); err != nil || len(out.Errors) == 0 {
		k.Fatalf("not an error but %d %s", a.status, a.body)
	}
	if a.status != status || out.Errors[0].Code != code || !strings.Contains(string(a.body), text) {
		k.Errorf("refused with %d, not with %d %s %q: %s", a.status, status, code, text, a.body)
	}
}

// in returns the kit of another instance.
func (k *kit) in(slug string) *kit { return &kit{k.T, k.base + "/i/" + slug, k.router} }

func contains(a answer, text string) bool { return strings.Contains(string(a.body), text) }

// awaitAttempts blocks until the newest message was tried n times.
func (k *kit) awaitAttempts(n float64) {
	k.Helper()
	for range 2000 {
		list := k.do("GET /webhooks/messages?limit=1").want(k, 200)
		newest := list["data"].([]any)[0].(map[string]any)
		for _, d := range newest["deliveries"].([]any) {
			if d.(map[string]any)["attempts"].(float64) >= n {
				return
			}
		}
	}
	k.Fatalf("the newest message was not tried %v times", n)
}

// number prints a JSON number as it goes into a query.
func number(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// svix asks Svix's own API, which pages.
func (k *kit) svix(path string) map[string]any {
	k.Helper()
	req, err := http.NewRequest("GET", k.base+path, nil)
	if err != nil {
		k.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+scenario.DefaultSecretKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.Fatal(err)
	}
	defer res.Body.Close()
	out := answer{status: res.StatusCode}
	if out.body, err = io.ReadAll(res.Body); err != nil {
		k.Fatal(err)
	}
	return out.want(k, http.StatusOK)
}
