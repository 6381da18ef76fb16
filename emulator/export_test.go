package emulator_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
)

// elaborate has something unusual about everything that a file can name.
const elaborate = `
session_issuer: frontend_api
session_token: {lifetime: 90, claims: {meta: "{{user.public_metadata}}", list: [1, two, {three: null}]}, convex_audience: true}
settings:
  attributes:
    email_address: {required: false, first_factors: [email_link], verifications: [email_code, email_link], verify_at_sign_up: false}
    phone_number: {enabled: true, used_for_first_factor: false}
    username: {required: true}
    password: {required: false}
    last_name: {required: true}
  password: {min_length: 10, require_numbers: true}
  sign_up: {mode: waitlist, legal_consent_enabled: true}
  lockout: {max_attempts: 3, duration_seconds: 0}
  session: {single_session_mode: false, lifetime_seconds: 3600, inactivity_seconds: 600, refresh_cookie: false}
  test_mode: false
  delete_self: false
jwt_templates:
  - {name: other, lifetime: 300, allowed_clock_skew: 0, issuer: "http://other.example", claims: {role: "{{user.public_metadata.role || 'none'}}", "odd \"key\": #": "\U0001F600 line\nbreak"}}
users:
  - {id: user_2ada, email_addresses: [ada@example.com, {email_address: ada@work.example, verified: false}], phone_numbers: ["+15555550100"],
     username: "0123_", first_name: "no", last_name: "- x: #y", password: correct-horse-battery, public_metadata: {a: "1", b: [true]}, locked: true, created_at: 1700000000000}
  - {id: user_2bob, email_addresses: [bob@example.com], external_id: "null", banned: true}
webhook_endpoints:
  - {id: ep_2x, url: "http://127.0.0.1:9/one?x=1", event_types: [user.created], secret: whsec_bmlnaHRjbGVyay1sb2NhbC13ZWJob29rMg==, headers: both, disabled: true, custom_headers: {X-A: "b: c"}, timeout: 2s, description: "yes"}
  - {url: "http://127.0.0.1:9/two", ordered: true, keep_enabled: true, rate_limit: 7, schedule: svix}
webhook_faults:
  - {action: delay, by: 5s, endpoint: ep_2x, probability: 0.25, seed: x}
  - {action: duplicate, types: [user.*], times: 2, gap: 1s, count: 1}
webhooks: {held: true, answer_after: 2s}
`

func parse(t *testing.T, text string) *scenario.File {
	t.Helper()
	f, err := scenario.Parse("nightclerk.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

// exported asks for the file with everything, or what shapes the instance.
func exported(t *testing.T, s *apitest.Server, body string) string {
	t.Helper()
	res, err := http.Post(s.URL+"/_emulator/export", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/yaml") {
		t.Fatalf("%d %s %v", res.StatusCode, raw, err)
	}
	return string(raw)
}

// A start with an export is the instance again: exporting that gives the same
// file, and what browsers are told is the same.
func TestAnExportStartsTheSameInstanceAgain(t *testing.T) {
	for name, text := range map[string]string{"elaborate": elaborate, "nothing unusual": "users: []", "the example": exampleFile(t)} {
		t.Run(name, func(t *testing.T) {
			first := apitest.Start(t, emulator.Config{File: parse(t, text)})
			live, err := first.Instances().BySlug(t.Context(), "default")
			if err != nil {
				t.Fatal(err)
			}
			if name == "elaborate" { // and something that was changed by hand
				_, err = first.Instances().Change(t.Context(), live.ID, func(tx *store.Tx) error {
					return instance.SetSettings(tx, func(s *instance.Settings) error {
						s.Users.Lockout.MaxAttempts = 0
						return s.SetPresence("phone_number", instance.ByAPI)
					})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			file := exported(t, first, `{"users":100,"secrets":true}`)
			second := apitest.Start(t, emulator.Config{File: parse(t, file)})
			if again := exported(t, second, `{"users":100,"secrets":true}`); again != file {
				t.Errorf("the export became\n%s\ninstead of\n%s", again, file)
			}
			for _, path := range []string{"/v1/environment", "/.well-known/jwks.json"} {
				if a, b := fetched(t, first, path), fetched(t, second, path); a != b {
					t.Errorf("%s became\n%s\ninstead of\n%s", path, b, a)
				}
			}
		})
	}
}

func TestAnExportHasSecretsOnlyWhenAskedFor(t *testing.T) {
	s := apitest.Start(t, emulator.Config{File: parse(t, elaborate)})
	whole, plain := exported(t, s, `{"users":100,"secrets":true}`), exported(t, s, `{"users":100}`)
	for _, secret := range []string{"whsec_bmlnaHRjbGVyay1sb2NhbC13ZWJob29rMg==", "X-A", "password_digest: \"$2"} {
		if !strings.Contains(whole, secret) || strings.Contains(plain, secret) {
			t.Errorf("%s: in the whole file %v, in the plain one %v", secret, strings.Contains(whole, secret), strings.Contains(plain, secret))
		}
	}
	parse(t, plain)
	res, err := http.Get(s.URL + "/_emulator/export?secrets=true")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 422 {
		t.Errorf("secrets by GET: %d", res.StatusCode)
	}
}

// fetched is what the instance serves, without what depends on the port.
func fetched(t *testing.T, s *apitest.Server, path string) string {
	t.Helper()
	res, err := http.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %d %s %v", path, res.StatusCode, raw, err)
	}
	return string(bytes.ReplaceAll(raw, []byte(s.URL), nil))
}

func TestACopyIsTheSameUnderOtherKeys(t *testing.T) {
	s := apitest.Start(t, emulator.Config{File: parse(t, elaborate)})
	from, err := s.Instances().BySlug(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	to, err := s.Applier().Copy(t.Context(), from, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if to.ID == from.ID || to.SecretKey == from.SecretKey || to.Config.WebhookSecret == from.Config.WebhookSecret || to.Keys.Current() == from.Keys.Current() {
		t.Error("the copy shares a key with what it was copied of")
	}
	var files []string
	for _, l := range []*instance.Live{from, to} {
		err := s.Store().Read(t.Context(), l.ID, func(tx *store.Tx) error {
			e, err := scenario.Export(tx, l, scenario.ExportOptions{Users: 100})
			e.Instance.ID, e.Instance.SigningKey, e.Slug = "", "", ""
			files = append(files, string(e.YAML()))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files[0] != files[1] {
		t.Errorf("the copy is\n%s\nand not\n%s", files[1], files[0])
	}
	if n := fetched(t, s, "/i/copy/_emulator/webhooks/messages"); !strings.Contains(n, `"data":[]`) {
		t.Errorf("copying told of changes: %s", n)
	}
}

// What is changed by hand outlives a start unless the file names it; a reset
// takes it back.
func TestAStartKeepsWhatTheFileDoesNotName(t *testing.T) {
	folder := t.TempDir()
	start := func() *apitest.Server {
		return apitest.Start(t, emulator.Config{File: parse(t, "settings: {sign_up: {mode: restricted}}"), Server: scenario.Server{Data: folder}})
	}
	s := start()
	live, _ := s.Instances().BySlug(t.Context(), "default")
	live, err := s.Instances().Change(t.Context(), live.ID, func(tx *store.Tx) error {
		if err := instance.SetSettings(tx, func(s *instance.Settings) error { s.SignUpMode, s.SessionLifetime = "waitlist", 99; return nil }); err != nil {
			return err
		}
		convex, err := instance.TemplateByName(tx, "convex")
		if err == nil {
			_, err = instance.PutTemplate(tx, convex.ID, instance.TemplateParams{Lifetime: new(int64(77))})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	live, err = s.Instances().RotateKey(t.Context(), live.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s = start()
	now, err := s.Instances().BySlug(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	convex, err := now.Template("convex")
	if err != nil {
		t.Fatal(err)
	}
	if set := now.Config.Settings; set.SignUpMode != "restricted" || set.SessionLifetime != 99 || convex.Lifetime != 77 || now.Keys.Current().KID() != live.Keys.Current().KID() {
		t.Errorf("after a start: %s, %d s, template %d s, key %s", set.SignUpMode, set.SessionLifetime, convex.Lifetime, now.Keys.Current().KID())
	}
	if now, err = s.Applier().Reset(t.Context(), "default"); err != nil || now.Config.Settings.SessionLifetime != 0 {
		t.Errorf("a reset leaves %d s, %v", now.Config.Settings.SessionLifetime, err)
	}
}

// exampleFile is the tour of every field; its server section concerns the
// process.
func exampleFile(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../examples/nightclerk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
