package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/spec"
)

// Answers that the tests below change in one place.
const (
	testingToken = `{"object":"testing_token","token":"1-abc","expires_at":1718000000}`
	refusal      = `{"errors":[{"code":"form_param_missing","message":"is missing","long_message":"email_address must be included"}],"clerk_trace_id":"abc"}`
	notFound     = `{"errors":[{"code":"resource_not_found","message":"not found","long_message":"No user was found"}]}`
	notBuilt     = `{"errors":[{"code":"emulator_not_implemented","message":"Not implemented","long_message":"See SUPPORTED.md"}]}`
	invitation   = `{"object":"invitation","id":"inv_1","email_address":"ada@example.com","public_metadata":{},"status":"pending","created_at":1,"updated_at":1}`
	user         = `{"id":"user_1","object":"user","username":null,"first_name":"Ada","last_name":null,"image_url":"","has_image":false,
		"primary_email_address_id":"idn_1","primary_phone_number_id":null,"primary_web3_wallet_id":null,"password_enabled":true,
		"two_factor_enabled":false,"totp_enabled":false,"backup_code_enabled":false,"phone_numbers":[],"web3_wallets":[],
		"email_addresses":[{"id":"idn_1","object":"email_address","email_address":"ada@example.com","reserved":false,"linked_to":[],
			"verification":{"object":"verification_admin","status":"verified","strategy":"admin","attempts":null,"expire_at":null},
			"created_at":1,"updated_at":1}],
		"passkeys":[],"external_accounts":[],"saml_accounts":[],"enterprise_accounts":[],"public_metadata":{},"external_id":null,
		"last_sign_in_at":null,"banned":false,"locked":false,"lockout_expires_in_seconds":null,"verification_attempts_remaining":100,
		"created_at":1700000000000,"updated_at":1700000000000,"delete_self_enabled":true,"create_organization_enabled":true,
		"last_active_at":null,"mfa_enabled_at":null,"mfa_disabled_at":null,"legal_accepted_at":null}`
)

func without(body, part string) string { return replace(body, part, "") }

func replace(body, old, new string) string {
	if !strings.Contains(body, old) {
		panic("the body has no " + old)
	}
	return strings.Replace(body, old, new, 1)
}

type exchangeCase struct {
	name     string
	do       string // method and path
	send     string // request body
	sendType string // its type, JSON when empty
	status   int
	answer   string
	typ      string // of the answer, JSON when empty
	want     []string
}

func TestBackendExchanges(t *testing.T) {
	run(t, spec.BackendAPI, []exchangeCase{
		{
			name: "right", do: "POST /v1/testing_tokens", status: 200, answer: testingToken,
		}, {
			name: "right, nested", do: "GET /v1/users?limit=10&email_address=ada@example.com&email_address=bob@example.com",
			status: 200, answer: "[" + user + "]",
		}, {
			name: "required field missing", do: "POST /v1/testing_tokens", status: 200,
			answer: without(testingToken, `"token":"1-abc",`),
			want:   []string{`CreateTestingToken (POST /v1/testing_tokens) answered 200: response /token: property "token" is missing`},
		}, {
			name: "two faults", do: "POST /v1/testing_tokens", status: 200, answer: `{"object":"token","token":1,"expires_at":1}`,
			want: []string{`response /object: value is not one of the allowed values ["testing_token"], got "token"`, `response /token: value must be a string, got 1`},
		}, {
			name: "extra field of a closed object", do: "GET /v1/users/count", status: 200,
			answer: `{"object":"total_count","total_count":1,"totalCount":1}`,
			want:   []string{`GetUsersCount (GET /v1/users/count) answered 200: response: property "totalCount" is unsupported`},
		}, {
			name: "deep fault", do: "GET /v1/users", status: 200,
			answer: "[" + replace(user, `"status":"verified"`, `"status":"done"`) + "]",
			want:   []string{`response /0/email_addresses/0/verification/status: value is not one of the allowed values ["verified"], got "done"`},
		}, {
			name: "null where none is allowed", do: "GET /v1/users/user_1", status: 200,
			answer: replace(user, `"banned":false`, `"banned":null`),
			want:   []string{`GetUser (GET /v1/users/{user_id}) answered 200: response /banned: Value is not nullable`},
		}, {
			name: "not JSON", do: "GET /v1/users/count", status: 200, answer: `{"object":`,
			want: []string{"response: is not JSON"},
		}, {
			name: "two values", do: "GET /v1/users/count", status: 200, answer: `{"object":"total_count","total_count":1}{}`,
			want: []string{"something follows the value"},
		}, {
			name: "content type with charset", do: "POST /v1/testing_tokens", status: 200, answer: testingToken,
			typ: "application/json; charset=utf-8", want: []string{`Content-Type "application/json; charset=utf-8" is not one of [application/json]`},
		}, {
			name: "page of a list that can be asked for", do: "GET /v1/invitations?paginated=true", status: 200,
			answer: `{"data":[` + invitation + `],"total_count":1}`,
		}, {
			name: "fault inside a page", do: "GET /v1/invitations?paginated=true", status: 200,
			answer: `{"data":[` + replace(invitation, `"pending"`, `"open"`) + `],"total_count":1}`,
			want:   []string{"response /data/0/status"},
		}, {
			name: "page that nobody asked for", do: "GET /v1/invitations", status: 200, answer: `{"data":[],"total_count":0}`,
			want: []string{"value must be an array"},
		}, {
			name: "alias without /v1", do: "POST /api_keys/verify", send: `{"secret":"ak_1"}`, status: 418,
			want: []string{"verifyApiKey (POST /api_keys/verify) answered 418: response: status 418 is not documented"},
		},
	})
}

func TestBackendRequestsAndRefusals(t *testing.T) {
	run(t, spec.BackendAPI, []exchangeCase{
		{
			name: "right body", do: "POST /v1/invitations", send: `{"email_address":"ada@example.com"}`, status: 200, answer: invitation,
		}, {
			name: "wrong body accepted", do: "POST /v1/invitations", send: `{"email_address":7}`, status: 200, answer: invitation,
			want: []string{"request body /email_address: value must be a string, got 7"},
		}, {
			name: "wrong body refused", do: "POST /v1/invitations", send: `{"email_address":7}`, status: 422, answer: refusal,
		}, {
			name: "body of the wrong type accepted", do: "POST /v1/invitations", send: "email_address=ada@example.com", sendType: formType,
			status: 200, answer: invitation, want: []string{`request body: Content-Type "application/x-www-form-urlencoded" is not one of [application/json]`},
		}, {
			name: "required body missing", do: "POST /v1/users/ban", status: 200, answer: "[]",
			want: []string{"request body: is required but missing"},
		}, {
			name: "wrong parameter accepted", do: "GET /v1/users?limit=ten", status: 200, answer: "[]",
			want: []string{"query parameter limit"},
		}, {
			name: "wrong parameter refused", do: "GET /v1/users?limit=ten", status: 422, answer: refusal,
		}, {
			name: "refusal of the wrong shape", do: "POST /v1/invitations", status: 422, answer: `{"errors":[{"code":"form_param_missing","message":"x","meta":null}]}`,
			want: []string{`response /errors/0/long_message: property "long_message" is missing`, "response /errors/0/meta: Value is not nullable"},
		}, {
			name: "undocumented status", do: "POST /v1/testing_tokens", status: 201, answer: testingToken,
			want: []string{"response: status 201 is not documented; documented are 200"},
		}, {
			name: "failure", do: "POST /v1/testing_tokens", status: 500, answer: refusal, want: []string{"status 500 is not documented"},
		}, {
			name: "key refused where the document forgets it", do: "GET /v1/users/count", status: 401, answer: refusal,
		}, {
			name: "such a refusal of the wrong shape", do: "GET /v1/users/count", status: 401, answer: `{"error":"no"}`,
			want: []string{`response /errors: property "errors" is missing`},
		}, {
			name: "unknown id where the document forgets it", do: "POST /v1/users/user_1/ban", status: 404, answer: notFound,
		}, {
			name: "404 for another reason", do: "POST /v1/users/user_1/ban", status: 404, answer: refusal, want: []string{"status 404 is not documented"},
		}, {
			name: "404 of a list", do: "GET /v1/users", status: 404, answer: notFound, want: []string{"status 404 is not documented"},
		}, {
			name: "error without a documented body", do: "POST /v1/users/user_1/verify_password", status: 422, answer: `{"errors":[]}`,
		}, {
			name: "text in its place", do: "POST /v1/users/user_1/verify_password", status: 422, answer: `no`, typ: "text/plain",
			want: []string{`Content-Type "text/plain" of an error is not application/json`},
		}, {
			name: "the emulator's own refusal", do: "POST /v1/testing_tokens", status: 404,
			answer: replace(notFound, "resource_not_found", "emulator_instance_unknown"),
		}, {
			name: "501 of another kind", do: "POST /v1/testing_tokens", status: 501, answer: notFound, want: []string{"status 501 is not documented"},
		},
	})
}

func TestFrontendExchanges(t *testing.T) {
	const emptyClient = `{"response":null,"client":null}`
	run(t, spec.FrontendAPI, []exchangeCase{
		{
			name: "publishable key's path prefix", do: "GET /.accounts.dev/v1/client", status: 200, answer: emptyClient,
		}, {
			name: "instance and other key's prefix", do: "GET /i/blue-2/demo.clerk.accounts.dev/v1/client", status: 200, answer: `{"response":null}`,
			want: []string{`getClient (GET /v1/client) answered 200: response /client: property "client" is missing`},
		}, {
			name: "tunnelled method", do: "POST /v1/environment?_method=PATCH&__clerk_api_version=2026-08-20", send: "origin=x", sendType: formType,
			status: 200, answer: `{"maintenance_mode":0}`,
			want: []string{
				"updateEnvironment (PATCH /v1/environment) answered 200: header parameter Origin: value is required but missing",
				"response /maintenance_mode: value must be a boolean",
			},
		}, {
			name: "trailing slash", do: "POST /v1/me/email_addresses/", send: "email_address=", sendType: formType, status: 422, answer: `{"errors":[{}]}`,
			want: []string{
				"createEmailAddresses (POST /v1/me/email_addresses) answered 422: response /errors/0/message",
				"/errors/0/long_message", "/errors/0/code",
			},
		}, {
			name: "redirect", do: "GET /v1/client/handshake?redirect_url=http%3A%2F%2Flocalhost%3A3000%2F", status: 307,
		}, {
			name: "boolean in a form", do: "POST /v1/me/oauth/consent/abc", send: "consented=true&organization_id=", sendType: formType, status: 303,
		}, {
			name: "word for a boolean", do: "POST /v1/me/oauth/consent/abc", send: "consented=yes", sendType: formType, status: 303,
			want: []string{`request body /consented: value must be a boolean, got "yes"`},
		}, {
			name: "JSON for a form", do: "POST /v1/me/oauth/consent/abc", send: `{"consented":true}`, status: 303,
			want: []string{`Content-Type "application/json" is not one of [application/x-www-form-urlencoded]`},
		}, {
			name: "OAuth error", do: "POST /oauth/token_info", status: 401, answer: `{"error":"invalid_client"}`,
		}, {
			name: "HTML where the document has it", do: "GET /v1/client/handshake", status: 422, answer: "<p>", typ: "text/html; charset=utf-8",
		}, {
			name: "parameter that ends in .xml", do: "GET /v1/saml/metadata/samlc_1.xml", status: 418,
			want: []string{"samlMetadata (GET /v1/saml/metadata/{saml_connection_id}.xml) answered 418"},
		},
	})
}

// run sends each request through the checking transport to a server that gives
// the answer of the case.
func run(t *testing.T, api spec.API, cases []exchangeCase) {
	checker := Load(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			notes := &recorder{TB: t}
			res, got := exchange(t, checker.RoundTripper(notes, nil, api), c)
			notes.expect(t, c.want...)
			if res.StatusCode != c.status || got != c.answer {
				t.Errorf("the client received %d %q, the server sent %d %q", res.StatusCode, got, c.status, c.answer)
			}
		})
	}
}

func exchange(t *testing.T, rt http.RoundTripper, c exchangeCase) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent, _ := io.ReadAll(r.Body); string(sent) != c.send {
			t.Errorf("the server received %q, the client sent %q", sent, c.send)
		}
		w.Header().Set("Content-Type", orJSON(c.typ))
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, c.answer)
	}))
	defer server.Close()
	method, path, _ := strings.Cut(c.do, " ")
	req, err := http.NewRequest(method, server.URL+path, strings.NewReader(c.send))
	if err != nil {
		t.Fatal(err)
	}
	if c.send != "" {
		req.Header.Set("Content-Type", orJSON(c.sendType))
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

func orJSON(contentType string) string {
	if contentType == "" {
		return jsonType
	}
	return contentType
}

// An event stream must reach its reader before it ends.
func TestStreamsPass(t *testing.T) {
	read := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "data")
		w.(http.Flusher).Flush()
		<-read
	}))
	defer server.Close()
	client := &http.Client{Transport: Load(t).RoundTripper(t, nil, spec.BackendAPI)}
	res, err := client.Get(server.URL + "/_emulator/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 4)); err != nil {
		t.Error(err)
	}
	close(read)
}
