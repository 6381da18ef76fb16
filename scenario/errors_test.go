package scenario

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const livePEM = "-----BEGIN PUBLIC KEY-----\\nMIIB\\n-----END PUBLIC KEY-----\\n"

// TestRefused: one mistake per file, with its place and a piece of what is said about it.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, at, say string }{
		// shape
		{"usres: []", "1:1", "did you mean `users`?"},
		{"users:\n  - id: user_1\n    emailAddresses: []", "3:5", "did you mean `email_addresses`?"},
		{"users:\n  - id: user_1\n    email_address: [a@b.co]", "3:5", "did you mean `email_addresses`?"},
		{"listen: localhost:1", "1:1", "`listen` belongs under `server`"},
		{"min_length: 8", "1:1", "`min_length` belongs under `settings.password`"},
		{"server: {users: []}", "1:10", "`users` belongs to the top level"},
		{"a", "1:1", "expected an object"},
		{"[]", "1:1", "the file is a list"},
		{"users: {id: user_1}", "1:8", "put `- ` before each item"},
		{"server: {allow_hosts: emulator}", "1:23", "put the value in brackets"},
		{"instances: []", "1:12", "expected an object"},
		{"users: [user_1]", "1:9", "expected an object"},
		{"users: [{id: user_1, public_metadata: [a]}]", "1:39", "`public_metadata` is a list"},
		{"users: [{id: user_1, unsafe_metadata: pro}]", "1:39", "expected an object"},
		{"issuer: http://a\nissuer: http://b", "2:1", "given twice; the first is on line 1"},
		{`{"issuer": "http://a", "issuer": "http://b"}`, "1:24", "given twice"},
		{"users: [{id: user_1, public_metadata: {a: 1, a: 2}}]", "1:46", "given twice"},
		{"jwt_templates: [{claims: {}}]", "1:17", "`name` is missing"},
		{"jwt_templates: [{name: a}]", "1:17", "`claims` is missing"},
		{"webhook_endpoints: [{}]", "1:21", "`url` is missing"},
		{"webhook_endpoints:\n  -", "2:4", "`url` is missing"},
		// scalars
		{"secret_key:", "1:12", "give a value or remove the line"},
		{"users: [{id: user_1, first_name: 12}]", "1:34", `put it in quotes: "12"`},
		{"users: [{id: user_1, phone_numbers: [+15555550100]}]", "1:38", `put it in quotes: "+15555550100"`},
		{"users: [{id: user_1, username: 0123}]", "1:32", "begins with zero"},
		{"users: [{id: user_1, banned: yes}]", "1:30", "no yes, no"},
		{"users: [{id: user_1, banned: \"true\"}]", "1:30", "remove the quotes"},
		{"session_token: {lifetime: \"60\"}", "1:27", "remove the quotes"},
		{"session_token: {lifetime: 60.5}", "1:27", "expected a whole number"},
		{"session_token: {lifetime: 29}", "1:27", "from 30 to 315360000"},
		{"jwt_templates: [{name: a, claims: {}, lifetime: 315360001}]", "1:49", "from 30 to 315360000"},
		{"jwt_templates: [{name: a, claims: {}, allowed_clock_skew: 301}]", "1:59", "from 0 to 300"},
		{"jwt_templates: [{name: a, claims: {}, allowed_clock_skew: -1}]", "1:59", "from 0 to 300"},
		{"tokens: walltime", "1:9", "did you mean `wall_time`?"},
		{"server: {webhook_schedule: slow}", "1:28", "expected fast, svix or manual"},
		{"settings: {sign_up: {mode: waitlists}}", "1:28", "did you mean `waitlist`?"},
		{"users: [{id: user_1, created_at: 1704164645}]", "1:34", "looks like seconds"},
		{"users: [{id: user_1, created_at: 2024-01-02}]", "1:34", "RFC 3339"},
		{"users: [{id: user_1, public_metadata: {a: .inf}}]", "1:43", "no number in JSON"},
		// formats
		{"users: [{email_addresses: [ada]}]", "1:28", "such as alice@example.com"},
		{"users: [{email_addresses: [ada@localhost]}]", "1:28", "such as alice@example.com"},
		{"users: [{id: user_1, phone_numbers: [\"0151234567\"]}]", "1:38", "E.164"},
		{"users: [{id: usr_1}]", "1:14", "user_ and letters or digits"},
		{"users: [{id: user_1-2}]", "1:14", "user_ and letters or digits"},
		{"users: [{id: user_1, username: \"a b\"}]", "1:32", "username"},
		{"users: [{id: user_1, image_url: ada.png}]", "1:33", "http or https URL"},
		{"users: [{id: user_1, password: \"\"}]", "1:32", "a password"},
		{"users: [{id: user_1, password: " + strings.Repeat("x", 73) + "}]", "1:32", "72 bytes"},
		{"id: user_1", "1:5", "ins_ and letters"},
		{"secret_key: sk_live_abc", "1:13", "must never see a live key"},
		{"publishable_keys: [pk_live_abc]", "1:20", "must never see a live key"},
		{"secret_key: pk_test_abc", "1:13", "goes under `publishable_keys`"},
		{"publishable_keys: [sk_test_abc]", "1:20", "goes under `secret_key`"},
		{"publishable_keys: [pk_test_bG9jYWxob3N0JA]", "1:20", "without a dot"},
		{"publishable_keys: [pk_test_bG9jYWxob3N0LmE]", "1:20", "ends in one $"},
		{"publishable_keys: [pk_test_a_b]", "1:20", "not base64"},
		{"secret_key: sk_test_a-b", "1:13", "letters or digits"},
		{"signing_key: my-key", "1:14", "as PEM"},
		{`signing_key: "` + livePEM + `"`, "1:14", "is a public key"},
		{"issuer: localhost:4545", "1:9", "http or https URL"},
		{"issuer: http://localhost:4545?a=b", "1:9", "without query"},
		{"server: {listen: localhost}", "1:18", "an address with a port"},
		{"server: {listen: \"localhost:70000\"}", "1:18", "above 65535"},
		{"server: {public_host: my.clerk.test}", "1:23", "SDKs rewrite"},
		{"server: {public_host: \"http://x\"}", "1:23", "a host in lower case"},
		{"server: {database_url: mysql://x}", "1:24", "PostgreSQL"},
		{"instances: {My: {}}", "1:13", "is not a slug"},
		{"instances: {my-clerk: {}}", "1:13", "SDKs rewrite"},
		{"instances: {default: {}}", "1:13", "at the top level"},
		{"jwt_templates: [{name: my template, claims: {}}]", "1:24", "a template name"},
		{"webhook_endpoints: [{url: \"ftp://x\"}]", "1:27", "http or https URL"},
		{"webhook_endpoints: [{url: \"http://x\", event_types: [user.craeted]}]", "1:53", "did you mean `user.created`?"},
		{"webhook_endpoints: [{url: \"http://x\", event_types: []}]", "1:39", "would never receive any"},
		{"webhook_endpoints: [{url: \"http://x\", secret: whsec_abc}]", "1:47", "not standard base64"},
		{"webhook_endpoints: [{url: \"http://x\", secret: whsec_YWJj}]", "1:47", "too short"},
		{"webhook_endpoints: [{url: \"http://x\", headers: webhook}]", "1:48", "expected svix or both"},
		{"webhook_endpoints: [{url: \"http://x\", custom_headers: {svix-id: a}}]", "1:56", "does not let an endpoint set"},
		{"webhook_endpoints: [{url: \"http://x\", custom_headers: {a: \"b\\nc\"}}]", "1:59", "one line of ASCII"},
		// more than one field
		{"users: [{id: user_1}, {id: user_1}]", "1:28", "already used at 1:14"},
		{"users: [{email_addresses: [a@b.co]}, {email_addresses: [A@B.co]}]", "1:57", "already used at 1:28"},
		{"users: [{id: user_1, phone_numbers: [\"+15555550100\", \"+15555550100\"]}]", "1:54", "already used"},
		{"users: [{id: user_1, username: ada}, {id: user_2, username: Ada}]", "1:61", "already used"},
		{"users: [{id: user_1, external_id: a}, {id: user_2, external_id: a}]", "1:65", "already used"},
		{"users: [{first_name: Ada}]", "1:9", "could not find it again"},
		{"users: [{id: user_1, password: a, password_digest: b, password_hasher: bcrypt}]", "1:35", "both given"},
		{"users: [{id: user_1, password_digest: b}]", "1:22", "without `password_hasher`"},
		{"users: [{id: user_1, password_hasher: bcrypt}]", "1:22", "without `password_digest`"},
		{"users: [{email_addresses: [{email_address: a@b.co, primary: true}, {email_address: b@b.co, primary: true}]}]", "1:101", "second primary"},
		{"jwt_templates: [{name: a, claims: {}}, {name: a, claims: {}}]", "1:47", "already used"},
		{"jwt_templates: [{name: a, claims: {iss: b}}]", "1:36", "field `issuer` beside `claims`"},
		{"session_token: {claims: {sid: b}}", "1:26", "cannot be overridden"},
		{"session_token: {claims: {aud: b}, convex_audience: true}", "1:31", "sets it to something else"},
		{"webhook_endpoints: [{url: \"http://x\"}, {url: \"http://x\"}]", "1:46", "already used"},
		{"secret_key: sk_test_a\ninstances: {b: {secret_key: sk_test_a}}", "1:13", "already used at 2:29"},
		{"instances: {b: {secret_key: " + DefaultSecretKey + "}}", "1:29", "the default instance's"},
		{"instances: {b: {id: " + DefaultInstanceID + "}}", "1:21", "the default instance's"},
		{"settings: {attributes: {username: {enabled: false, required: true}}}", "1:62", "while it is disabled"},
		{"settings: {attributes: {phone_number: {first_factors: [email_code]}}}", "1:56", "expected phone_code"},
		{"settings: {attributes: {email_address: {enabled: false}, phone_number: {enabled: false}, username: {enabled: false}}}", "1:24", "nobody could sign in"},
		{"settings: {organizations: {enabled: true}}", "1:37", "not built yet"},
		{"settings: {password: {min_length: 9, max_length: 8}}", "1:35", "greater than max_length"},
		// syntax
		{"a: b: c", "1:4", "not YAML"},
		{"users:\n\t- id: user_1", "2:1", "no tabs"},
		{"users: []\n---\nusers: []", "3:1", "one document"},
		{"users: [{id: !!int 1}]", "1:14", "the tag !!int"},
		{"? [a]\n: b", "2:1", "not YAML"},
		{"users: [{id: *a}]", "1:14", "no anchor &a above"},
		{"<<: 1", "1:5", "merges the number 1"},
		{`{"users": [],}`, "1:14", "no comma before a closing bracket"},
		{`{"users": [}`, "1:12", "not JSON"},
		{`{"users":`, "1:9", "not JSON: unexpected end"},
		{`{"users": [{"id": "user_1", "first_name": "a\u0000"}]}`, "1:43", "zero byte"},
		{"users: [{id: user_1, first_name: \"a\\0\"}]", "1:34", "zero byte"},
	} {
		_, err := Parse("nightclerk.yaml", []byte(c.text))
		var all Errors
		if !errors.As(err, &all) || len(all) != 1 {
			t.Errorf("%s\nwant one error, got %v", c.text, err)
			continue
		}
		if at := fmt.Sprintf("%d:%d", all[0].Line, all[0].Column); at != c.at || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s\nwant %s and %q, got\n%v", c.text, c.at, c.say, err)
		}
	}
}

func TestUnreadable(t *testing.T) {
	for data, say := range map[string]string{
		"issuer: \xff":                        "not UTF-8",
		"issuer: \x00":                        "zero bytes",
		strings.Repeat("\n", MaxSize+1):       "larger than 64 MiB",
		strings.Repeat("\n", maxLines+1):      "lines",
		"a: " + strings.Repeat("b", maxPiece): "in one piece",
	} {
		if _, err := Parse("x.yaml", []byte(data)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("want %q, got %v", say, err)
		}
	}
}

// TestShown is the whole of what a user sees.
func TestShown(t *testing.T) {
	_, err := Parse("nightclerk.yaml", []byte("users:\n  - id: user_1\n    emial_addresses: [ada@example.com]\n  - id: user_2\n    banned: maybe\n"))
	want := "nightclerk.yaml:3:5: unknown field `emial_addresses` (at users[0])\n" +
		"     3 |     emial_addresses: [ada@example.com]\n" +
		"       |     ^\n" +
		"  expected one of id, external_id, username, first_name, last_name, email_addresses, phone_numbers, password, password_digest, " +
		"password_hasher, public_metadata, private_metadata, unsafe_metadata, image_url, banned, locked, created_at or emit\n" +
		"  did you mean `email_addresses`?\n" +
		"nightclerk.yaml:5:13: `banned` is the text `maybe` (at users[1].banned)\n" +
		"     5 |     banned: maybe\n" +
		"       |             ^\n" +
		"  expected true or false"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestCaret(t *testing.T) {
	long := `{"users":[` + strings.Repeat(`{"id":"user_1"},`, 20000) + `{"idd":"é"}]}`
	for _, c := range []struct{ name, text, want string }{
		{"wide characters", "users: [{first_name: ééé, idd: a}]", "     1 | users: [{first_name: ééé, idd: a}]\n       |                           ^"},
		{"tabs", "{\"users\": [\t{\"idd\": 1}]}", "     1 | {\"users\": [\t{\"idd\": 1}]}\n       |            \t ^"},
		{"long line", strings.Replace(long, "user_1", "", -1), ""},
	} {
		_, err := Parse("x", []byte(c.text))
		var all Errors
		errors.As(err, &all)
		shown := all[0].Excerpt
		if c.want != "" && shown != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, shown, c.want)
		}
		if top, _, _ := strings.Cut(shown, "\n"); len([]rune(top)) > excerptWidth+9 {
			t.Errorf("%s: %d characters shown", c.name, len(top))
		}
	}
}

func TestTooManyErrors(t *testing.T) {
	_, err := Parse("x", []byte(strings.Repeat("- a\n", 3)+"a: 1\n"))
	if err == nil {
		t.Error("a list and a map at once must be refused")
	}
	_, err = Parse("x", []byte("users:\n"+strings.Repeat("  - idd: 1\n", 50)))
	var all Errors
	if !errors.As(err, &all) || len(all) != maxErrors+1 || !strings.Contains(all[maxErrors].Message, "perhaps more") {
		t.Errorf("got %d errors, the last %v", len(all), all[len(all)-1])
	}
}

// TestSecretsAreMasked: no password, key or secret of a file is in what is said about it.
func TestSecretsAreMasked(t *testing.T) {
	pem := "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
	for _, text := range []string{
		"users:\n  - {id: usr_1, password: hunter2}",
		"users:\n  - {id: usr_1, password: \"hunter2, with comma\"}",
		"users:\n  - {id: usr_1, 'password': 'hunter2'}",
		`{"users":[{"password":"hunter2\"hunter2","id":1}]}`,
		`{"users":[{"password_digest" : "hunter2","id":1}]}`,
		"users:\n  - id: user_1\n    password: [hunter2]",
		"users:\n  - id: user_1\n    password: {hunter2: hunter2}",
		"users:\n  - id: user_1\n    password:\n      - hunter2",
		"secret_key: sk_live_hunter2",
		"secret_key: hunter2",
		"secret_kye: sk_test_hunter2",
		"publishable_keys: [sk_test_hunter2]",
		"webhook_endpoints: [{url: x, secret: whsec_hunter2}]",
		"webhook_endpoints: [{url: x, secrets: whsec_hunter2}]",
		"server: {database_url: 'mysql://u:hunter2@x'}",
		"server: {database_url: postgres://u:hunter2@x, idd: 1}",
		"signing_key: |\n  -----BEGIN\n  hunter2" + pem + "\n : a",
		"signing_key: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2" + pem,
	} {
		_, err := Parse("x.yaml", []byte(text))
		if err == nil {
			t.Errorf("%s\nwas accepted", text)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s\nis told as\n%v", text, err)
		}
	}
	_, err := Parse("x.yaml", []byte("users: [{id: user_1, password: 12345678}]"))
	if err == nil || strings.Contains(err.Error(), "12345678") {
		t.Errorf("a password that is a number is told as %v", err)
	}
}
