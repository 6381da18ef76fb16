package backendapi_test

import (
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

func given(emails ...string) func(*apitest.Env) {
	return func(e *apitest.Env) {
		for _, email := range emails {
			e.User(email)
		}
	}
}

func TestUsers(t *testing.T) {
	cases := []apitest.Case{{
		Name: "create with everything a sign-up form has",
		Do: `POST /v1/users {"email_address":["Ada@Example.com"],"phone_number":["+15555550100"],"username":"ada_l","first_name":"Ada","last_name":"Lovelace",` +
			`"external_id":"ext-1","password":"correct-horse-battery","public_metadata":{"plan":"pro"},"private_metadata":{"n":1.5},"unsafe_metadata":{"é":null}}`,
		Want: `200 {"object":"user","first_name":"Ada","username":"ada_l","external_id":"ext-1","password_enabled":true,"public_metadata":{"plan":"pro"},` +
			`"private_metadata":{"n":1.5},"email_addresses":[{"email_address":"Ada@Example.com","verification":{"status":"verified","strategy":"admin"}}],` +
			`"phone_numbers":[{"phone_number":"+15555550100"}],"banned":false,"locked":false,"last_sign_in_at":null,"image_url":"*","primary_email_address_id":"*"}`,
		Emit: []string{"user.created"},
	}, {
		Name: "names are null and present when unset",
		Do:   `POST /v1/users {"email_address":["a@example.com"]}`,
		Want: `200 {"first_name":null,"last_name":null,"username":null,"external_id":null,"password_enabled":false}`,
		Emit: []string{"user.created"},
	}, {
		Name: "taken address", Given: given("ada@example.com"),
		Do:   `POST /v1/users {"email_address":["ADA@example.com"]}`,
		Want: `422 {"errors":[{"code":"form_identifier_exists","message":"*","long_message":"*","meta":{"param_name":"email_address"}}],"clerk_trace_id":"*"}`,
	}, {
		Name: "several mistakes are told at once",
		Do:   `POST /v1/users {"email_address":["no"],"phone_number":["555"],"public_metadata":[1]}`,
		Want: `422 {"errors":[{"code":"form_param_format_invalid"},{"code":"form_param_format_invalid"},{"meta":{"param_name":"public_metadata"}}]}`,
	}, {
		Name: "nothing to sign in with",
		Do:   `POST /v1/users {}`,
		Want: `422 {"errors":[{"code":"form_data_missing"}]}`,
	}, {
		Name: "unknown parameter",
		Do:   `POST /v1/users {"email":"a@example.com"}`,
		Want: `422 {"errors":[{"code":"form_param_unknown","meta":{"param_name":"email"}}]}`,
	}, {
		Name: "short password",
		Do:   `POST /v1/users {"email_address":["a@example.com"],"password":"short"}`,
		Want: `422 {"errors":[{"code":"form_password_length_too_short","meta":{"param_name":"password"}}]}`,
	}, {
		Name: "text with NUL",
		Do:   `POST /v1/users {"email_address":["a@example.com"],"first_name":"a\u0000b"}`,
		Want: `422 {"errors":[{"code":"form_param_value_invalid","meta":{"param_name":"first_name"}}]}`,
	}, {
		Name: "unknown user",
		Do:   `GET /v1/users/user_nobody`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "update", Given: given("ada@example.com"),
		Do:   `PATCH /v1/users/{ada} {"first_name":"Ada","last_name":null,"username":"ada_l"}`,
		Want: `200 {"id":"{ada}","first_name":"Ada","last_name":null,"username":"ada_l"}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "username of another", Given: func(e *apitest.Env) {
			given("ada@example.com", "bob@example.com")(e)
			e.JSON(`PATCH /v1/users/{ada} {"username":"ada_l"}`)
		},
		Do:   `PATCH /v1/users/{bob} {"username":"ADA_L"}`,
		Want: `422 {"errors":[{"code":"form_identifier_exists","meta":{"param_name":"username"}}]}`,
	}, {
		Name: "metadata merges deeply and null removes", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`PATCH /v1/users/{ada}/metadata {"public_metadata":{"a":{"x":1,"y":2},"b":3}}`)
		},
		Do:   `PATCH /v1/users/{ada}/metadata {"public_metadata":{"a":{"x":null,"z":4},"b":null}}`,
		Want: `200 {"public_metadata":{"a":{"y":2,"z":4}}}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "ban revokes the sessions", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`POST /v1/sessions {"user_id":"{ada}"}`)
		},
		Do:   `POST /v1/users/{ada}/ban`,
		Want: `200 {"banned":true}`,
		Emit: []string{"user.updated", "session.revoked"},
	}, {
		Name: "a banned user gets no session", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`POST /v1/users/{ada}/ban`)
		},
		Do:   `POST /v1/sessions {"user_id":"{ada}"}`,
		Want: `403 {"errors":[{"code":"user_banned"}]}`,
	}, {
		Name: "ban of many is all or none", Given: given("ada@example.com"),
		Do:   `POST /v1/users/ban {"user_ids":["{ada}","user_nobody"]}`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "unban", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`POST /v1/users/{ada}/ban`)
		},
		Do:   `POST /v1/users/{ada}/unban`,
		Want: `200 {"banned":false}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "lock", Given: given("ada@example.com"),
		Do:   `POST /v1/users/{ada}/lock`,
		Want: `200 {"locked":true}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "unlock", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`POST /v1/users/{ada}/lock`)
		},
		Do:   `POST /v1/users/{ada}/unlock`,
		Want: `200 {"locked":false,"lockout_expires_in_seconds":null}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "right password", Given: given("ada@example.com"),
		Do:   `POST /v1/users/{ada}/verify_password {"password":"correct-horse-battery"}`,
		Want: `200 {"verified":true}`,
	}, {
		Name: "wrong password", Given: given("ada@example.com"),
		Do:   `POST /v1/users/{ada}/verify_password {"password":"wrong"}`,
		Want: `422 {"errors":[{"code":"incorrect_password"}]}`,
	}, {
		Name: "no password", Given: func(e *apitest.Env) {
			e.Set("ada", e.JSON(`POST /v1/users {"email_address":["ada@example.com"]}`)["id"].(string))
		},
		Do:   `POST /v1/users/{ada}/verify_password {"password":"x"}`,
		Want: `400 {"errors":[{"code":"no_password_set"}]}`,
	}, {
		Name: "delete ends the sessions first", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`POST /v1/sessions {"user_id":"{ada}"}`)
		},
		Do:   `DELETE /v1/users/{ada}`,
		Want: `200 {"object":"user","id":"{ada}","deleted":true}`,
		Emit: []string{"session.removed", "user.deleted"},
	}, {
		Name: "delete twice", Given: func(e *apitest.Env) {
			e.User("ada@example.com")
			e.JSON(`DELETE /v1/users/{ada}`)
		},
		Do:   `DELETE /v1/users/{ada}`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "list, newest first", Given: given("ada@example.com", "bob@example.com"),
		Do:   `GET /v1/users`,
		Want: `200 [{"id":"{bob}"},{"id":"{ada}"}]`,
	}, {
		Name: "list by address", Given: given("ada@example.com", "bob@example.com"),
		Do:   `GET /v1/users?email_address=ADA@example.com&email_address=none@example.com`,
		Want: `200 [{"id":"{ada}"}]`,
	}, {
		Name: "list a page in order", Given: given("ada@example.com", "bob@example.com", "cy@example.com"),
		Do:   `GET /v1/users?order_by=%2Bcreated_at&limit=1&offset=1`,
		Want: `200 [{"id":"{bob}"}]`,
	}, {
		Name: "count with the same filters", Given: given("ada@example.com", "bob@example.com"),
		Do:   `GET /v1/users/count?query=ada`,
		Want: `200 {"object":"total_count","total_count":1}`,
	}, {
		Name: "negative limit",
		Do:   `GET /v1/users?limit=-1`,
		Want: `422 {"errors":[{"meta":{"param_name":"limit"}}]}`,
	}, {
		Name: "limit beyond the most",
		Do:   `GET /v1/users?limit=501`,
		Want: `422 {"errors":[{"meta":{"param_name":"limit"}}]}`,
	}, {
		Name: "order that does not exist",
		Do:   `GET /v1/users?order_by=password`,
		Want: `422 {"errors":[{"meta":{"param_name":"order_by"}}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}

func TestIdentifications(t *testing.T) {
	ada := given("ada@example.com")
	second := func(e *apitest.Env) {
		ada(e)
		e.Set("second", e.JSON(`POST /v1/email_addresses {"user_id":"{ada}","email_address":"two@example.com","verified":true}`)["id"].(string))
	}
	phone := func(e *apitest.Env) {
		ada(e)
		e.Set("phone", e.JSON(`POST /v1/phone_numbers {"user_id":"{ada}","phone_number":"+15555550100","verified":true}`)["id"].(string))
	}
	cases := []apitest.Case{{
		Name: "add an unverified address", Given: ada,
		Do:   `POST /v1/email_addresses {"user_id":"{ada}","email_address":"two@example.com"}`,
		Want: `200 {"object":"email_address","email_address":"two@example.com","reserved":false,"linked_to":[]}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "add to nobody",
		Do:   `POST /v1/email_addresses {"user_id":"user_nobody","email_address":"two@example.com"}`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "make primary", Given: second,
		Do:   `PATCH /v1/email_addresses/{second} {"primary":true}`,
		Want: `200 {"id":"{second}"}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "get", Given: second,
		Do:   `GET /v1/email_addresses/{second}`,
		Want: `200 {"email_address":"two@example.com","verification":{"status":"verified"}}`,
	}, {
		Name: "delete", Given: second,
		Do:   `DELETE /v1/email_addresses/{second}`,
		Want: `200 {"object":"email_address","id":"{second}","deleted":true}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "replace all", Given: second,
		Do:   `PUT /v1/users/{ada}/email_address {"email_address":"three@example.com"}`,
		Want: `200 {"email_address":"three@example.com"}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "add a phone number", Given: ada,
		Do:   `POST /v1/phone_numbers {"user_id":"{ada}","phone_number":"+15555550100","verified":true,"primary":true}`,
		Want: `200 {"object":"phone_number","phone_number":"+15555550100","reserved_for_second_factor":false}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "phone number of another", Given: func(e *apitest.Env) { phone(e); e.User("bob@example.com") },
		Do:   `POST /v1/phone_numbers {"user_id":"{bob}","phone_number":"+15555550100"}`,
		Want: `422 {"errors":[{"code":"form_identifier_exists","meta":{"param_name":"phone_number"}}]}`,
	}, {
		Name: "phone as second factor", Given: phone,
		Do:   `PATCH /v1/phone_numbers/{phone} {"reserved_for_second_factor":true}`,
		Want: `200 {"reserved_for_second_factor":true}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "get a phone number", Given: phone,
		Do:   `GET /v1/phone_numbers/{phone}`,
		Want: `200 {"phone_number":"+15555550100"}`,
	}, {
		Name: "delete a phone number", Given: phone,
		Do:   `DELETE /v1/phone_numbers/{phone}`,
		Want: `200 {"object":"phone_number","deleted":true}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "replace phone numbers", Given: phone,
		Do:   `PUT /v1/users/{ada}/phone_number {"phone_number":"+15555550101"}`,
		Want: `200 {"phone_number":"+15555550101"}`,
		Emit: []string{"user.updated"},
	}, {
		Name: "an address is no phone number", Given: second,
		Do:   `GET /v1/phone_numbers/{second}`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.Run(t, s, cases) })
}
