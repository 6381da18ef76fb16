package scenario

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func mustParse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("nightclerk.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseUser(t *testing.T) {
	f := mustParse(t, `
users:
  - id: user_1
    username: ada
    first_name: Ada
    last_name: null
    email_addresses:
      - ada@example.com
      - {id: idn_1, email_address: ada@work.example, verified: false, primary: true}
    phone_numbers: ["+15555550100"]
    password: " spaces stay "
    public_metadata: {b: 1, a: [true, null, 1.50, "x\u2028<&>\n"]}
    private_metadata:
    created_at: 2024-01-02T03:04:05.006+01:00
    banned: true
  - id: user_2
    created_at: 1704164645006
    emit: false
`)
	want := []User{{
		ID:        "user_1",
		Username:  NullString{Named: true, Value: new("ada")},
		FirstName: NullString{Named: true, Value: new("Ada")},
		LastName:  NullString{Named: true},
		EmailAddresses: []EmailAddress{
			{EmailAddress: "ada@example.com"},
			{ID: "idn_1", EmailAddress: "ada@work.example", Verified: new(false), Primary: true},
		},
		PhoneNumbers:    []PhoneNumber{{PhoneNumber: "+15555550100"}},
		Password:        " spaces stay ",
		PublicMetadata:  json.RawMessage("{\"b\":1,\"a\":[true,null,1.50,\"x\u2028<&>\\n\"]}"),
		PrivateMetadata: json.RawMessage(`{}`),
		CreatedAt:       new(UnixMilli(1704161045006)),
		Banned:          new(true),
	}, {
		ID:        "user_2",
		CreatedAt: new(UnixMilli(1704164645006)),
		Emit:      new(false),
	}}
	if diff := cmp.Diff(want, f.Default.Users); diff != "" {
		t.Error(diff)
	}
}

func TestParseInstances(t *testing.T) {
	f := mustParse(t, `
secret_key: sk_test_a
users:
instances:
  w2: {secret_key: sk_test_b, users: [{id: user_1}]}
  w1:
`)
	if f.Default.Users == nil || len(f.Default.Users) != 0 {
		t.Errorf("an empty `users:` must be a named, empty list, not %#v", f.Default.Users)
	}
	var slugs []string
	for slug, i := range f.All() {
		if f.Instance(slug) != i {
			t.Errorf("All and Instance differ for %s", slug)
		}
		slugs = append(slugs, slug)
	}
	if diff := cmp.Diff([]string{"default", "w1", "w2"}, slugs); diff != "" {
		t.Error(diff)
	}
	if f.Instances["w2"].Users[0].ID != "user_1" || f.Instances["w1"].Users != nil {
		t.Errorf("users of the instances: %+v", f.Instances)
	}
}

// TestNothing: no text, comments alone and an empty object are all the empty file.
func TestNothing(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing\n", "{}", "---\n", "%YAML 1.2\n---\n{}\n", "\ufeffserver:\r\n"} {
		if diff := cmp.Diff(&File{}, mustParse(t, text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// TestAccepted are texts that a check could refuse by mistake.
func TestAccepted(t *testing.T) {
	for _, text := range []string{
		`publishable_keys: [pk_test_bG9jYWxob3N0OjQ1NDUvLmFjY291bnRzLmRldiQ=, pk_test_ZW11LWxhdGUtMDEuY2xlcmsuYWNjb3VudHMuZGV2JA]`,
		`server: {listen: ":4545", public_host: "emulator:4545", allow_hosts: [emulator, "::1", 10.0.0.1]}`,
		`server: {listen: "[::1]:0", database_url: "postgres://u:p@db/x?sslmode=disable"}`,
		`session_token: {convex_audience: true, claims: {aud: convex}}`,
		`session_token: {convex_audience: false, claims: {aud: other}}`,
		`jwt_templates: [{name: Convex, claims: {}}, {name: convex, claims: {aud: convex, org_id: "{{org.id}}"}, lifetime: 315360000, allowed_clock_skew: 0}]`,
		`jwt_templates: [{name: a, claims: {}, issuer: "https://x.clerk.accounts.dev/"}]`,
		`webhook_endpoints: [{url: "https://x.convex.site/clerk", event_types: null}]`,
		`webhook_endpoints: [{url: "http://a/b", id: ep_1}, {url: "http://a/b", id: ep_2, description: ""}]`,
		`users: [{id: user_1, email_addresses: ["A+clerk_test@example.com"]}, {id: user_2, external_id: null, username: null}, {id: user_3, external_id: null}]`,
		`users: [{id: user_1, public_metadata: {"1": a, 2: b, users: [1, 2]}}]`,
		`{"users": [{"id": "user_1", "public_metadata": {"users": [{"id": 7}]}}], "session_token": {"claims": {"users": [1]}}}`,
		`settings: {lockout: {duration_seconds: 0}, attributes: {email_address: {enabled: false}, username: {enabled: true}}}`,
		"signing_key: generated",
	} {
		if _, err := Parse("nightclerk.yaml", []byte(text)); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// TestFreeFormKeepsUsers: metadata may have a key that is read apart elsewhere.
func TestFreeFormKeepsUsers(t *testing.T) {
	f := mustParse(t, `{"session_token": {"claims": {"users": [1, {"instances": {}}]}}}`)
	if got, want := string(f.Default.SessionToken.Claims), `{"users":[1,{"instances":{}}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSameAsJSON(t *testing.T) {
	text, err := os.ReadFile("../examples/nightclerk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fromYAML := mustParse(t, string(text))
	compact, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var indented strings.Builder
	e := json.NewEncoder(&indented)
	e.SetIndent("", "\t")
	if err := e.Encode(json.RawMessage(compact)); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{string(compact), indented.String()} {
		if diff := cmp.Diff(fromYAML, mustParse(t, form)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestExampleNamesEveryField keeps the tour complete, and its switched-off lines right.
func TestExampleNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("../examples/nightclerk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	off := regexp.MustCompile(`(?m)^( *)#(\w+: )`)
	all := off.ReplaceAllString(string(text), "$1$2")
	if all == string(text) {
		t.Error("the example has no line that is switched off")
	}
	f := mustParse(t, all)
	if f.Server.PublicHost == "" || f.Server.DatabaseURL == "" {
		t.Error("the switched-off lines were not read")
	}
	for name := range homes() {
		if !regexp.MustCompile(`\b` + name + `: |\b` + name + `:\n`).MatchString(all) {
			t.Errorf("the example does not show %s", name)
		}
	}
}
