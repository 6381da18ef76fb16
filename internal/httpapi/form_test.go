package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

// nullable is a field that tells absent from null, as the nouns have some.
type nullable struct {
	Given bool
	Value *bool
}

func (n *nullable) UnmarshalJSON(raw []byte) error {
	n.Given = true
	return json.Unmarshal(raw, &n.Value)
}

type formParams struct {
	ID           string          `path:"id" json:"-"`
	Debug        string          `query:"debug" json:"-"`
	Password     string          `json:"password"`
	Organization *string         `json:"active_organization_id"`
	Transfer     bool            `json:"transfer"`
	SignOut      *bool           `json:"sign_out_of_other_sessions"`
	Count        int64           `json:"count"`
	Scopes       []string        `json:"additional_scope"`
	Metadata     json.RawMessage `json:"unsafe_metadata"`
	Legal        nullable        `json:"legal"`
}

func decodeFormBody(contentType, body string) (in formParams, err error) {
	r := httptest.NewRequest("POST", "/", nil)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	c := &Call{R: r, Vars: map[string]string{"id": "sia_1"}, Query: url.Values{"debug": {"skip_cache"}}, Body: []byte(body)}
	err = c.DecodeForm(&in)
	return in, err
}

func TestAFormIsDecodedByTheTagsOfJSON(t *testing.T) {
	yes, empty := true, ""
	rest := formParams{ID: "sia_1", Debug: "skip_cache"}
	with := func(fn func(*formParams)) formParams { p := rest; fn(&p); return p }
	for body, want := range map[string]formParams{
		"":                                         rest,
		"password=a%26b+%C3%A9":                    with(func(p *formParams) { p.Password = "a&b é" }),
		"captcha_token=x&locale=en":                rest, // not ours to refuse
		"active_organization_id=":                  with(func(p *formParams) { p.Organization = &empty }),
		"transfer=true&count=12":                   with(func(p *formParams) { p.Transfer, p.Count = true, 12 }),
		"transfer=&count=":                         rest,
		"sign_out_of_other_sessions":               rest,
		"sign_out_of_other_sessions=true":          with(func(p *formParams) { p.SignOut = &yes }),
		"additional_scope=a&additional_scope=b":    with(func(p *formParams) { p.Scopes = []string{"a", "b"} }),
		"additional_scope[]=a":                     with(func(p *formParams) { p.Scopes = []string{"a"} }),
		"unsafe_metadata=%7B%22a%22%3A%5B1%5D%7D":  with(func(p *formParams) { p.Metadata = json.RawMessage(`{"a":[1]}`) }),
		"legal=true":                               with(func(p *formParams) { p.Legal = nullable{true, &yes} }),
		"legal=":                                   with(func(p *formParams) { p.Legal = nullable{true, nil} }),
		"id=sia_2&-=x&debug=y&password=x&ID=sia_3": with(func(p *formParams) { p.Password = "x" }),
	} {
		got, err := decodeFormBody(formContentType+"; charset=utf-8", body)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestAFormThatCannotBeIsRefused(t *testing.T) {
	for body, code := range map[string]string{
		"transfer=perhaps":         "form_param_type_invalid",
		"count=1.5":                "form_param_type_invalid",
		"legal=perhaps":            "form_param_value_invalid",
		"unsafe_metadata=%7B":      "form_param_type_invalid",
		"password=%ff":             "form_param_value_invalid",
		"password=%00":             "form_param_value_invalid",
		"password=%zz":             "malformed_request_parameters",
		"count=a&transfer=perhaps": "form_param_type_invalid",
	} {
		if _, err := decodeFormBody(formContentType, body); !apierr.HasCode(err, code) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := decodeFormBody("application/json", `{"password":"x"}`); !apierr.HasCode(err, "unsupported_content_type") {
		t.Errorf("JSON: %v", err)
	}
}

func TestARedirectHasNoBodyAndIsNotKept(t *testing.T) {
	a := &Adapter{MaxBody: 8, Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	a.Serve("x", func(*Call) (any, error) {
		return Redirect{Code: http.StatusTemporaryRedirect, Location: "http://a/?b"}, nil
	}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 307 || w.Header().Get("Location") != "http://a/?b" || w.Header().Get("Cache-Control") != "no-store" || w.Body.Len() != 0 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func FuzzDecodeForm(f *testing.F) {
	f.Add("password=a&unsafe_metadata={}&legal=&additional_scope=a")
	f.Add("a=%zz&count=9999999999999999999")
	f.Fuzz(func(t *testing.T, body string) {
		in, err := decodeFormBody(formContentType, body)
		if err == nil && in.Metadata != nil && !json.Valid(in.Metadata) {
			t.Errorf("%q becomes metadata %s", body, in.Metadata)
		}
		if err == nil && (strings.ContainsRune(in.Password, 0) || in.ID != "sia_1") {
			t.Errorf("%q: %+v", body, in)
		}
	})
}
