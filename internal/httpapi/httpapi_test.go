package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/spec"
)

type params struct {
	ID       string          `path:"user_id" json:"-"`
	Limit    *int            `query:"limit" json:"-"`
	Emails   []string        `query:"email_address" json:"-"`
	Name     *string         `json:"first_name"`
	Count    int             `json:"count"`
	Metadata json.RawMessage `json:"public_metadata"`
}

func adapter() *Adapter {
	log := slog.New(slog.DiscardHandler)
	return &Adapter{MaxBody: 256, Log: log, WriteError: WriteClerkError(log)}
}

// table has one built operation; its handler answers what it was given.
func table(handle func(*Call, params) (any, error)) http.Handler {
	return Join(spec.BackendAPI, []Route{{Op: "UpdateUser", Method: "PATCH", Path: "/v1/users/{user_id}", Handle: func(c *Call) (any, error) {
		var in params
		if err := c.Decode(&in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}}}).Handler(adapter())
}

func do(t *testing.T, h http.Handler, method, target, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header()["Content-Type"]; w.Code != 204 && (len(got) != 1 || got[0] != "application/json") {
		t.Errorf("%s %s: Content-Type %q", method, target, got)
	}
	out, _ := io.ReadAll(w.Body)
	return w.Code, string(out)
}

func TestARequestIsDecodedByItsTags(t *testing.T) {
	h := table(func(_ *Call, in params) (any, error) { return in, nil })
	code, body := do(t, h, "PATCH", "/v1/users/user_1%2F2?limit=3&email_address=a&email_address[]=b", `{"first_name":"<é>","count":2,"public_metadata":{"n":12345678901234567890}}`)
	want := `{"first_name":"<é>","count":2,"public_metadata":{"n":12345678901234567890}}`
	if code != 200 || body != want {
		t.Errorf("%d %s", code, body)
	}
	h = table(func(_ *Call, in params) (any, error) { return []any{in.ID, *in.Limit, in.Emails}, nil })
	if _, body := do(t, h, "PATCH", "/v1/users/user_1%2F2?limit=3&email_address=a&email_address[]=b", ""); body != `["user_1/2",3,["a","b"]]` {
		t.Error(body)
	}
}

func TestBadInputNamesTheField(t *testing.T) {
	reached := false
	h := table(func(*Call, params) (any, error) { reached = true; return nil, nil })
	for name, c := range map[string]struct {
		target, body string
		status       int
		code, param  string
	}{
		"no JSON":           {"/v1/users/u", `{"first_name":`, 400, "request_body_invalid", ""},
		"two values":        {"/v1/users/u", `{} {}`, 400, "request_body_invalid", ""},
		"no object":         {"/v1/users/u", `[1]`, 400, "request_body_invalid", ""},
		"bad UTF-8":         {"/v1/users/u", "{\"first_name\":\"\xff\"}", 400, "request_body_invalid", ""},
		"unknown field":     {"/v1/users/u", `{"firstName":"x"}`, 422, "form_param_unknown", "firstName"},
		"wrong type":        {"/v1/users/u", `{"count":"2"}`, 422, "form_param_value_invalid", "count"},
		"fraction":          {"/v1/users/u", `{"count":2.5}`, 422, "form_param_value_invalid", "count"},
		"NUL":               {"/v1/users/u", `{"first_name":"a\u0000"}`, 422, "form_param_value_invalid", "first_name"},
		"NUL in metadata":   {"/v1/users/u", `{"public_metadata":{"a":["\\\u0000"]}}`, 422, "form_param_value_invalid", "public_metadata"},
		"too large":         {"/v1/users/u", `{"first_name":"` + strings.Repeat("x", 300) + `"}`, 413, "request_body_too_large", ""},
		"limit not integer": {"/v1/users/u?limit=ten", `{}`, 422, "form_param_type_invalid", "limit"},
		"bad escape":        {"/v1/users/u?limit=%25zz%zz", `{}`, 400, "malformed_request_parameters", ""},
		"NUL in path":       {"/v1/users/a%00b", `{}`, 400, "malformed_request_parameters", ""},
	} {
		status, body := do(t, h, "PATCH", c.target, c.body)
		var got struct {
			Errors []struct {
				Code string
				Meta map[string]string
			}
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Errors) != 1 {
			t.Errorf("%s: %v in %s", name, err, body)
			continue
		}
		if e := got.Errors[0]; status != c.status || e.Code != c.code || e.Meta["param_name"] != c.param {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if reached {
		t.Error("a bad request reached the handler")
	}
	if _, body := do(t, h, "PATCH", "/v1/users/u", `{"first_name":"a\\u0000","count":1}`); !reached {
		t.Errorf("an escaped backslash was taken for a NUL: %s", body)
	}
}

func TestWhatIsNotBuiltNotThereOrNotAllowed(t *testing.T) {
	h := table(func(*Call, params) (any, error) { return nil, errors.New("secret cause") })
	for target, want := range map[string]string{
		"POST /v1/organizations":         `501 emulator_not_implemented`,
		"GET /v1/nonsense":               `404 resource_not_found`,
		"GET /":                          `404 resource_not_found`,
		"GET /v1/users/../users":         `404 resource_not_found`,
		"PUT /v1/users":                  `405 method_not_allowed`,
		"PATCH /v1/users/u":              `500 internal_clerk_error`,
		"GET /api_keys/ak_1":             `501 emulator_not_implemented`,
		"GET /v1/users//":                `404 resource_not_found`,
		"GET /v1/users/count":            `501 emulator_not_implemented`,
		"DELETE /v1/users/u/e/e/e/e/e/e": `404 resource_not_found`,
	} {
		method, path, _ := strings.Cut(target, " ")
		status, body := do(t, h, method, path, "")
		var got struct{ Errors []struct{ Code string } }
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %s", target, body)
		}
		if answer := strings.Join([]string{itoa(status), got.Errors[0].Code}, " "); answer != want || strings.Contains(body, "secret") {
			t.Errorf("%s: %s", target, body)
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestSeveralErrorsAreToldAtOnce(t *testing.T) {
	h := table(func(*Call, params) (any, error) {
		return nil, apierr.Join(apierr.FormMissingParameter("a"), nil, apierr.FormMissingParameter("b"))
	})
	if status, body := do(t, h, "PATCH", "/v1/users/u", "{}"); status != 422 || strings.Count(body, "form_param_missing") != 2 {
		t.Errorf("%d %s", status, body)
	}
}
