package controlapi_test

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/controlapi"
	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

func TestReadySaysSo(t *testing.T) {
	k := start(t, nil)
	if out := k.do("GET /ready").want(k, 200); out["status"] != "ready" {
		t.Errorf("answers %v", out)
	}
}

// The list is what the doors really have: an operation that it calls supported
// does not answer 501, and one that it does not does.
func TestOperationsAreHonest(t *testing.T) {
	k := start(t, nil)
	out := k.do("GET /operations").want(k, 200)
	tried := map[bool]int{}
	for _, item := range out["data"].([]any) {
		op := item.(map[string]any)
		supported := op["supported"].(bool)
		if op["api"] != "backend" || op["method"] != "GET" || tried[supported] == 5 {
			continue
		}
		tried[supported]++
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(op["path"].(string), "x")
		req, _ := http.NewRequest("GET", k.base+path, nil)
		req.Header.Set("Authorization", "Bearer "+k.do("GET /env").want(k, 200)["secret_key"].(string))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if (res.StatusCode == http.StatusNotImplemented) == supported {
			t.Errorf("%s: supported is %v and it answers %d", op["operation_id"], supported, res.StatusCode)
		}
	}
	if tried[true] < 3 || tried[false] < 3 {
		t.Errorf("tried %v", tried)
	}
	create := find(out, "CreateUser")
	if create["supported"] != true || create["emits"].([]any)[0] != "user.created" {
		t.Errorf("CreateUser is listed as %v", create)
	}
}

func find(out map[string]any, id string) map[string]any {
	for _, item := range out["data"].([]any) {
		if op := item.(map[string]any); op["operation_id"] == id {
			return op
		}
	}
	return nil
}

func TestMetricsCountWhatHappened(t *testing.T) {
	k := receiving(t, http.StatusOK)
	k.do("GET /env").want(k, 200)
	k.do("GET /nonsense/../..").refused(k, 404, "resource_not_found", "openapi.json")
	k.do(`POST /tokens {"user":"alice@example.com","template":"convex"}`).want(k, 200)
	out := k.do(`POST /trigger {"type":"user.deleted"}`).want(k, 200)
	k.do("GET /wait?type=user.deleted&since="+number(out["since"])).want(k, 200)
	text := string(k.do("GET /metrics").body)
	for _, want := range []string{
		`nightclerk_http_requests_total{door="control",operation="getEnv",status="200"} 1`,
		`nightclerk_http_requests_total{door="control",operation="none",status="404"} 1`,
		`nightclerk_tokens_minted_total{kind="template"} 1`,
		`nightclerk_webhook_messages_total{type="user.deleted"} 1`,
		`nightclerk_instances 1`, `nightclerk_store_up 1`, `nightclerk_build_info{version=`,
		`nightclerk_http_request_duration_seconds_bucket{door="control",le="1"}`, `go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if !regexp.MustCompile(`nightclerk_webhook_attempts_total\{outcome="success"\} [1-9]`).MatchString(text) {
		t.Error("the metrics lack the attempts")
	}
	if strings.Contains(text, "nonsense") {
		t.Error("a made-up path became a label")
	}
}

// What Prometheus is told of a family stands before its first sample, once, and
// no text can end a label.
func TestMetricsAreDescribed(t *testing.T) {
	k := on(t, apitest.Start(t, emulator.Config{Version: "v1\"\\\n}"}).URL)
	k.do("GET /env").want(k, 200)
	k.do(`POST /tokens {"user":"alice@example.com"}`).want(k, 200)
	text := string(k.do("GET /metrics").body)
	for _, want := range []string{
		"# HELP nightclerk_http_request_duration_seconds Time to answer a request, by door.\n# TYPE nightclerk_http_request_duration_seconds histogram\n" +
			`nightclerk_http_request_duration_seconds_bucket{door="control",le="0.0005"} `,
		"# HELP nightclerk_http_requests_total Requests answered, by door, operation and status.\n# TYPE nightclerk_http_requests_total counter\nnightclerk_http_requests_total{",
		"# TYPE nightclerk_instances gauge\nnightclerk_instances 1\n",
		`nightclerk_build_info{version="v1\"\\\n}"} 1` + "\n", "\nprocess_open_fds ", "\nprocess_resident_memory_bytes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "# TYPE nightclerk_http_requests_total"); n != 1 {
		t.Errorf("the family is described %d times", n)
	}
}

func TestFilesAreServed(t *testing.T) {
	k := start(t, nil)
	if ca := k.do("GET /ca.pem"); ca.status != 200 || !contains(ca, "BEGIN CERTIFICATE") || contains(ca, "PRIVATE") {
		t.Errorf("ca.pem answers %d %s", ca.status, ca.body)
	}
	if doc := k.do("GET /openapi.json").want(k, 200); doc["openapi"] != "3.0.3" {
		t.Errorf("the document is %v", doc["openapi"])
	}
	k.do("DELETE /env").refused(k, 405, "method_not_allowed", "DELETE")
}

// Anybody can ask for the picture of any name: what comes out is one well-formed
// drawing without a way to run anything.
func TestAvatarsAreDrawnOfHostileNames(t *testing.T) {
	k := start(t, nil)
	name := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	plain := k.do("GET /avatars/" + name(`{"type":"default","rid":"user_1","initials":"AE"}`) + "?width=80")
	if plain.header.Get("Content-Type") != "image/svg+xml" || !contains(plain, ">AE<") || !strings.Contains(plain.header.Get("Cache-Control"), "immutable") {
		t.Errorf("drawn as %v %s", plain.header, plain.body)
	}
	if csp := plain.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || plain.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("it may do %q", csp)
	}
	for _, hostile := range []string{
		name(`{"rid":"a","initials":"<script>alert(1)</script>"}`), name(`{"rid":"\"/><script>","initials":"\"'&"}`),
		name(`{"rid":"a","initials":"\u202e\u0000"}`), "%3Cscript%3E", "..%2F..%2Fetc", name(`[1]`), strings.Repeat("A", 5000), "%FF%FE",
	} {
		out := k.do("GET /avatars/" + hostile)
		if out.status != 200 && out.status != 400 {
			t.Errorf("%s answers %d", hostile, out.status)
		}
		if out.status == 200 && (contains(out, "script") || elements(t, string(out.body)) != 3) {
			t.Errorf("%s draws %s", hostile, out.body)
		}
	}
}

// elements counts them; it fails on what is not well-formed.
func elements(t *testing.T, svg string) (n int) {
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if _, ok := token.(xml.StartElement); ok {
			n++
		}
	}
}

func FuzzAvatar(f *testing.F) {
	f.Add("user_1")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"rid":"x","initials":"<&"}`)))
	f.Fuzz(func(t *testing.T, name string) {
		if elements(t, controlapi.Draw(name)) != 3 {
			t.Errorf("%q draws something else", name)
		}
	})
}

func TestInitialsAreLetters(t *testing.T) {
	for text, want := range map[string]string{"AE": "AE", "zoë": "ZO", "👩‍🚀é": "É", "<&>": "", "": "", "ß1": "ß1", "日本": "日本"} {
		if got := controlapi.Letters(text); got != want {
			t.Errorf("%q gives %q, not %q", text, got, want)
		}
	}
}
