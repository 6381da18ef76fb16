package backendapi_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

func signedIn(e *apitest.Env) {
	e.User("ada@example.com")
	e.Set("session", e.JSON(`POST /v1/sessions {"user_id":"{ada}"}`)["id"].(string))
}

func TestSessions(t *testing.T) {
	cases := []apitest.Case{{
		Name: "create", Given: given("ada@example.com"),
		Do:   `POST /v1/sessions {"user_id":"{ada}"}`,
		Want: `200 {"object":"session","user_id":"{ada}","client_id":"*","status":"active","actor":null}`,
		Emit: []string{"session.created"},
	}, {
		Name: "create without a user",
		Do:   `POST /v1/sessions {}`,
		Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"user_id"}}]}`,
	}, {
		Name: "get", Given: signedIn,
		Do:   `GET /v1/sessions/{session}`,
		Want: `200 {"id":"{session}","status":"active"}`,
	}, {
		Name: "list a user's", Given: signedIn,
		Do:   `GET /v1/sessions?user_id={ada}&status=active`,
		Want: `200 [{"id":"{session}"}]`,
	}, {
		Name: "list with a total", Given: signedIn,
		Do:   `GET /v1/sessions?user_id={ada}&paginated=true`,
		Want: `200 {"data":[{"id":"{session}"}],"total_count":1}`,
	}, {
		Name: "status that does not exist",
		Do:   `GET /v1/sessions?status=asleep`,
		Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"status"}}]}`,
	}, {
		Name: "revoke", Given: signedIn,
		Do:   `POST /v1/sessions/{session}/revoke`,
		Want: `200 {"id":"{session}","status":"revoked"}`,
		Emit: []string{"session.revoked"},
	}, {
		Name: "session token", Given: signedIn,
		Do:   `POST /v1/sessions/{session}/tokens`,
		Want: `200 {"object":"token","jwt":"*"}`,
	}, {
		Name: "template token", Given: signedIn,
		Do:   `POST /v1/sessions/{session}/tokens/convex {"expires_in_seconds":600}`,
		Want: `200 {"object":"token","jwt":"*"}`,
	}, {
		Name: "template in another spelling", Given: signedIn,
		Do:   `POST /v1/sessions/{session}/tokens/Convex`,
		Want: `404 {"errors":[{"code":"resource_not_found","message":"JWT template not found","long_message":"No JWT template exists with name: Convex"}]}`,
	}, {
		Name: "token of a revoked session", Given: func(e *apitest.Env) { signedIn(e); e.JSON(`POST /v1/sessions/{session}/revoke`) },
		Do:   `POST /v1/sessions/{session}/tokens`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "lifetime out of bounds", Given: signedIn,
		Do:   `POST /v1/sessions/{session}/tokens {"expires_in_seconds":1}`,
		Want: `422 {"errors":[{"meta":{"param_name":"expires_in_seconds"}}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}

func TestTheConvexTokenSaysWhatConvexReads(t *testing.T) {
	e := apitest.Start(t, emulator.Config{}).Instance(t)
	signedIn(e)
	jwt := e.JSON(`POST /v1/sessions/{session}/tokens/convex`)["jwt"].(string)
	claims := decodeClaims(t, jwt)
	want := `{"aud":"convex","email":"ada@example.com","email_verified":true,"iss":"` + e.Live.Issuer + `","name":null,"sub":"` + e.Get("ada") + `"}`
	if diff := apitest.Contains(claims, want); diff != "" {
		t.Errorf("%s in %s", diff, claims)
	}
	again := e.JSON(`POST /v1/sessions/{session}/tokens/convex`)["jwt"].(string)
	if again == jwt {
		t.Error("two tokens of the same second are equal: Convex's client would take the second for a refusal")
	}
}

func decodeClaims(t *testing.T, jwt string) string {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %s", jwt)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || !json.Valid(raw) {
		t.Fatalf("no claims in %s", jwt)
	}
	return string(raw)
}

func TestTemplatesAndTickets(t *testing.T) {
	template := func(e *apitest.Env) {
		e.Set("template", e.JSON(`POST /v1/jwt_templates {"name":"mine","claims":{"aud":"x"}}`)["id"].(string))
	}
	ticket := func(e *apitest.Env) {
		e.User("ada@example.com")
		e.Set("ticket", e.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)["id"].(string))
	}
	cases := []apitest.Case{{
		Name: "the template convex is there from the start",
		Do:   `GET /v1/jwt_templates`,
		Want: `200 [{"object":"jwt_template","name":"convex","lifetime":60,"allowed_clock_skew":5,"claims":{"aud":"convex","email":"{{user.primary_email_address}}"}}]`,
	}, {
		Name: "create",
		Do:   `POST /v1/jwt_templates {"name":"mine","claims":{"aud":"x","who":"{{user.id}}"},"lifetime":120}`,
		Want: `200 {"name":"mine","lifetime":120,"custom_signing_key":false,"signing_algorithm":"RS256"}`,
	}, {
		Name: "taken name",
		Do:   `POST /v1/jwt_templates {"name":"convex","claims":{}}`,
		Want: `422 {"errors":[{"meta":{"param_name":"name"}}]}`,
	}, {
		Name: "reserved claim",
		Do:   `POST /v1/jwt_templates {"name":"mine","claims":{"iss":"x"}}`,
		Want: `400 {"errors":[{"code":"jwt_template_reserved_claim"}]}`,
	}, {
		Name: "claims that are no object",
		Do:   `POST /v1/jwt_templates {"name":"mine","claims":[]}`,
		Want: `422 {"errors":[{"meta":{"param_name":"claims"}}]}`,
	}, {
		Name: "lifetime below the least",
		Do:   `POST /v1/jwt_templates {"name":"mine","claims":{},"lifetime":29}`,
		Want: `422 {"errors":[{"meta":{"param_name":"lifetime"}}]}`,
	}, {
		Name: "get", Given: template,
		Do:   `GET /v1/jwt_templates/{template}`,
		Want: `200 {"id":"{template}","name":"mine"}`,
	}, {
		Name: "update", Given: template,
		Do:   `PATCH /v1/jwt_templates/{template} {"name":"yours","claims":{"aud":"y"},"lifetime":null}`,
		Want: `200 {"id":"{template}","name":"yours","claims":{"aud":"y"}}`,
	}, {
		Name: "delete", Given: template,
		Do:   `DELETE /v1/jwt_templates/{template}`,
		Want: `200 {"object":"jwt_template","id":"{template}","deleted":true}`,
	}, {
		Name: "unknown template",
		Do:   `GET /v1/jwt_templates/jtmp_none`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "sign-in token", Given: given("ada@example.com"),
		Do:   `POST /v1/sign_in_tokens {"user_id":"{ada}","expires_in_seconds":60}`,
		Want: `200 {"object":"sign_in_token","status":"pending","user_id":"{ada}","token":"*","url":"*"}`,
	}, {
		Name: "sign-in token for nobody",
		Do:   `POST /v1/sign_in_tokens {"user_id":"user_nobody"}`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "revoke a sign-in token", Given: ticket,
		Do:   `POST /v1/sign_in_tokens/{ticket}/revoke`,
		Want: `200 {"id":"{ticket}","status":"revoked"}`,
	}, {
		Name: "revoke it twice", Given: func(e *apitest.Env) { ticket(e); e.JSON(`POST /v1/sign_in_tokens/{ticket}/revoke`) },
		Do:   `POST /v1/sign_in_tokens/{ticket}/revoke`,
		Want: `400 {"errors":[{"code":"sign_in_token_cannot_be_revoked_code"}]}`,
	}, {
		Name: "testing token",
		Do:   `POST /v1/testing_tokens`,
		Want: `200 {"object":"testing_token","token":"*"}`,
	}, {
		Name: "JWKS",
		Do:   `GET /v1/jwks`,
		Want: `200 {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","e":"AQAB"}]}`,
	}, {
		Name: "no key", As: "-",
		Do:   `GET /v1/jwks`,
		Want: `401 {"errors":[{"code":"authorization_header_format_invalid"}]}`,
	}, {
		Name: "wrong key", As: "Bearer sk_test_wrong",
		Do:   `GET /v1/users`,
		Want: `401 {"errors":[{"code":"clerk_key_invalid"}]}`,
	}, {
		Name: "not built yet",
		Do:   `POST /v1/organizations {"name":"x"}`,
		Want: `501 {"errors":[{"code":"emulator_not_implemented","meta":{"operation_id":"CreateOrganization"}}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}
