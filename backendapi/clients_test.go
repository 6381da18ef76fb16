package backendapi_test

import (
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// visited has Ada signed in in one browser, and somebody at the form in it.
func visited(e *apitest.Env) {
	b := e.Browser()
	b.SignIn(e.User("ada@example.com"), "session")
	client := b.JSON("GET /v1/client")["response"].(map[string]any)
	e.Set("client", client["id"].(string))
}

// beginning has somebody at the sign-up form.
func beginning(e *apitest.Env) {
	out := e.Browser().JSON("POST /v1/client/sign_ups email_address=ada@example.com")
	e.Set("sign_up", out["response"].(map[string]any)["id"].(string))
	e.Set("client", out["client"].(map[string]any)["id"].(string))
}

func TestClients(t *testing.T) {
	cases := []apitest.Case{{
		Name: "get", Given: visited,
		Do: `GET /v1/clients/{client}`,
		Want: `200 {"object":"client","id":"{client}","session_ids":["{session}"],"sessions":[{"id":"{session}","client_id":"{client}"}],
			"sign_in_id":null,"sign_up_id":null,"last_active_session_id":"{session}"}`,
	}, {
		Name: "get one at the form", Given: beginning,
		Do:   `GET /v1/clients/{client}`,
		Want: `200 {"sessions":[],"sign_in_id":null,"sign_up_id":"{sign_up}","last_active_session_id":null}`,
	}, {
		Name: "get what never was",
		Do:   `GET /v1/clients/client_1`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "list", Given: visited,
		Do:   `GET /v1/clients`,
		Want: `200 [{"id":"{client}"}]`,
	}, {
		Name: "list with a total", Given: visited,
		Do:   `GET /v1/clients?paginated=true&limit=1&offset=1`,
		Want: `200 {"data":[],"total_count":1}`,
	}, {
		Name: "handshake without a nonce",
		Do:   `GET /v1/clients/handshake_payload`,
		Want: `400 {"errors":[{"code":"missing_query_parameter"}]}`,
	}, {
		Name: "handshake that never was",
		Do:   `GET /v1/clients/handshake_payload?nonce=x`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}
