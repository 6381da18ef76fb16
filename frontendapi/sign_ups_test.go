package frontendapi_test

import (
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// signingUp begins a sign-up and names it.
func signingUp(form string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		b.T.Helper()
		out := b.JSON("POST /v1/client/sign_ups " + form)
		b.Set("sua", out["response"].(map[string]any)["id"].(string))
	}
}

const grace = "email_address=Grace%40example.com&password=correct-horse-battery"

// sent has a code sent to grace@example.com and names it.
func sent(form string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		signingUp(form)(b)
		b.JSON("POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_code")
		b.Set("code", mail(b.Env, "grace@example.com")["code"].(string))
		b.Set("wrong", wrongFor(b.Get("code")))
	}
}

func TestSignUps(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		apitest.RunVisits(t, s, []apitest.Visit{
			{Name: "nothing", Do: "POST /v1/client/sign_ups locale=en-US",
				Want: `200 {"response":{"status":"missing_requirements","required_fields":["email_address","password"],"optional_fields":["first_name","last_name"],
					"missing_fields":["email_address","password"],"unverified_fields":[],"verifications":{"email_address":null,"phone_number":null},"locale":"en-US","has_password":false,
					"unsafe_metadata":{}},"client":{"sign_up":{"status":"missing_requirements"}}}`},
			{Name: "address and password", Do: "POST /v1/client/sign_ups " + grace,
				Want: `200 {"response":{"status":"missing_requirements","missing_fields":[],"unverified_fields":["email_address"],"email_address":"Grace@example.com","has_password":true,"password_enabled":true,
					"verifications":{"email_address":{"next_action":"needs_prepare","supported_strategies":["email_code"]}}}}`},
			{Name: "password as a strategy", Do: "POST /v1/client/sign_ups strategy=password&captcha_token=&" + grace,
				Want: `200 {"response":{"status":"missing_requirements","missing_fields":[],"unverified_fields":["email_address"]}}`},
			{Name: "no password as a strategy", Do: "POST /v1/client/sign_ups strategy=password", Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"password"}}]}`},
			{Name: "code asked for at once", Do: "POST /v1/client/sign_ups strategy=email_code&" + grace,
				Want: `200 {"response":{"verifications":{"email_address":{"status":"unverified","next_action":"needs_attempt"}}}}`, Emit: []string{"email.created"}},
			{Name: "oauth is not built", Do: "POST /v1/client/sign_ups strategy=oauth_google", Want: `501 {"errors":[{"code":"emulator_not_implemented"}]}`},
			{Name: "code sent", Given: signingUp(grace), Do: "POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_code",
				Want: `200 {"response":{"verifications":{"email_address":{"status":"unverified","strategy":"email_code","next_action":"needs_attempt","expire_at":"*"}}}}`,
				Emit: []string{"email.created"}},
			{Name: "code", Given: sent(grace + "&first_name=Grace&unsafe_metadata=%7B%22a%22%3A1%7D"), Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}",
				Want: `200 {"response":{"status":"complete","created_user_id":"*","created_session_id":"*","unverified_fields":[],"verifications":{"email_address":{"status":"verified","next_action":""}}},
					"client":{"sign_up":null,"sessions":[{"status":"active","user":{"first_name":"Grace","password_enabled":true,"unsafe_metadata":{"a":1},
						"email_addresses":[{"email_address":"Grace@example.com","verification":{"status":"verified","strategy":"email_code","attempts":1,"expire_at":"*"}}]}}]}}`,
				Emit: []string{"user.created", "session.created"}},
			{Name: "wrong code", Given: sent(grace), Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={wrong}",
				Want: `422 {"errors":[{"code":"form_code_incorrect","meta":{"param_name":"code"}}]}`},
			{Name: "a wrong code counts", Given: func(b *apitest.Browser) {
				sent(grace)(b)
				b.Do("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={wrong}")
			}, Do: "GET /v1/client/sign_ups/{sua}", Want: `200 {"response":{"verifications":{"email_address":{"attempts":1}}}}`},
			{Name: "test address", Given: func(b *apitest.Browser) {
				signingUp("email_address=j%2Bclerk_test%40example.com&" + right)(b)
				b.JSON("POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_code")
			}, Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code=424242",
				Want: `200 {"response":{"status":"complete"}}`, Emit: []string{"user.created", "session.created"}},
			{Name: "what is missing comes later", Given: sent("email_address=grace%40example.com"), Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}",
				Want: `200 {"response":{"status":"missing_requirements","missing_fields":["password"],"unverified_fields":[]},"client":{"sign_up":{"id":"{sua}"},"sessions":[]}}`},
			{Name: "and completes", Given: func(b *apitest.Browser) {
				sent("email_address=grace%40example.com")(b)
				b.JSON("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}")
			}, Do: "PATCH /v1/client/sign_ups/{sua} " + right, Want: `200 {"response":{"status":"complete"}}`, Emit: []string{"user.created", "session.created"}},
			{Name: "another address is unverified again", Given: func(b *apitest.Browser) {
				sent("email_address=grace%40example.com")(b)
				b.JSON("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}")
			}, Do: "PATCH /v1/client/sign_ups/{sua} email_address=hopper%40example.com&" + right,
				Want: `200 {"response":{"status":"missing_requirements","unverified_fields":["email_address"],"verifications":{"email_address":{"next_action":"needs_prepare"}}}}`},
			{Name: "taken address", Given: has("ada"), Do: "POST /v1/client/sign_ups email_address=ADA%40example.com&" + right,
				Want: `422 {"errors":[{"code":"form_identifier_exists","meta":{"param_name":"email_address"}}]}`},
			{Name: "all that is wrong at once", Do: "POST /v1/client/sign_ups email_address=nonsense&username=a&password=short",
				Want: `422 {"errors":[{"code":"form_param_format_invalid","meta":{"param_name":"email_address"}},{"code":"form_username_invalid_length","meta":{"param_name":"username"}},
					{"code":"form_password_length_too_short","meta":{"param_name":"password"}}]}`},
			{Name: "metadata that is no object", Do: "POST /v1/client/sign_ups unsafe_metadata=%5B1%5D", Want: `422 {"errors":[{"meta":{"param_name":"unsafe_metadata"}}]}`},
			{Name: "a phone number is verified too", Given: sent(grace + "&phone_number=%2B15555550100"), Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}",
				Want: `200 {"response":{"status":"missing_requirements","unverified_fields":["phone_number"],"verifications":{"phone_number":{"supported_strategies":["phone_code"],"next_action":"needs_prepare"}}}}`},
			{Name: "and completes by its code", Given: func(b *apitest.Browser) {
				sent(grace + "&phone_number=%2B15555550100")(b)
				b.JSON("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}")
				b.JSON("POST /v1/client/sign_ups/{sua}/prepare_verification strategy=phone_code")
			}, Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=phone_code&code=424242",
				Want: `200 {"response":{"status":"complete"},"client":{"sessions":[{"user":{"phone_numbers":[{"phone_number":"+15555550100","verification":{"status":"verified","strategy":"phone_code"}}]}}]}}`,
				Emit: []string{"user.created", "session.created"}},
			{Name: "nothing to verify", Given: signingUp(right), Do: "POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_code", Want: `400 {"errors":[{"code":"client_state_invalid"}]}`},
			{Name: "attempt without preparation", Given: signingUp(grace), Do: "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code=424242",
				Want: `400 {"errors":[{"code":"verification_missing"}]}`},
			{Name: "somebody is signed in", Given: func(b *apitest.Browser) { has("ada")(b); b.SignIn(b.Get("ada"), "sess") },
				Do: "POST /v1/client/sign_ups " + grace, Want: `400 {"errors":[{"code":"session_exists"}]}`},
			{Name: "a stranger's sign-up", Given: func(b *apitest.Browser) { signingUp(grace)(b.Env.Browser()) },
				Do: "PATCH /v1/client/sign_ups/{sua} " + right, Want: `404 {"errors":[{"code":"resource_not_found"}]}`},
			{Name: "an older sign-up", Given: func(b *apitest.Browser) {
				signingUp(grace)(b)
				b.JSON("POST /v1/client/sign_ups " + grace)
			}, Do: "PATCH /v1/client/sign_ups/{sua} " + right, Want: `403 {"errors":[{"code":"resource_forbidden"}]}`},
			{Name: "a complete sign-up", Given: func(b *apitest.Browser) {
				sent(grace)(b)
				b.JSON("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}")
			}, Do: "PATCH /v1/client/sign_ups/{sua} first_name=G", Want: `400 {"errors":[{"code":"client_state_invalid"}]}`},
			{Name: "a day later", Given: func(b *apitest.Browser) {
				signingUp(grace)(b)
				b.Env.JSON(`POST /_emulator/clock/advance {"duration":"24h"}`)
			}, Do: "GET /v1/client/sign_ups/{sua}", Want: `200 {"response":{"status":"abandoned"}}`},
			{Name: "a sign-in ticket", Given: func(b *apitest.Browser) {
				has("ada")(b)
				b.Set("ticket", b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)["token"].(string))
			}, Do: "POST /v1/client/sign_ups strategy=ticket&ticket={ticket}", Want: `400 {"errors":[{"code":"sign_in_token_not_in_sign_in_code"}]}`},
			{Name: "no ticket", Do: "POST /v1/client/sign_ups strategy=ticket&ticket=x", Want: `400 {"errors":[{"code":"ticket_invalid_code"}]}`},
			{Name: "transfer", Do: "POST /v1/client/sign_ups transfer=true", Want: `400 {"errors":[{"code":"account_transfer_invalid"}]}`},
		})
	})
}

func TestAddressTakenWhileSigningUp(t *testing.T) {
	b := apitest.Start(t, emulator.Config{}).Instance(t).Browser()
	sent(grace)(b)
	b.User("grace@example.com")
	status, body := b.Do("POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code={code}")
	if diff := apitest.Contains(body, `{"errors":[{"code":"form_identifier_exists","meta":{"param_name":"email_address"}}]}`); status != 422 || diff != "" {
		t.Errorf("%d %s", status, body)
	}
}

func TestASignUpByLink(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Seeded(t, linking()).Browser()
		signingUp(grace)(b)
		b.JSON("POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_link&redirect_url=http%3A%2F%2Flocalhost%3A3000%2Fverify")
		mark := b.Mark()
		to := follow(b, "grace@example.com")
		out := b.JSON("GET /v1/client/sign_ups/{sua}")["response"].(map[string]any)
		if q := to.Query(); q.Get("__clerk_status") != "verified" || out["status"] != "complete" || q.Get("__clerk_created_session") != out["created_session_id"] {
			t.Errorf("%s, %v", to, out)
		}
		user := b.Env.JSON("GET /v1/users/" + out["created_user_id"].(string))
		address := user["email_addresses"].([]any)[0].(map[string]any)
		if v := address["verification"].(map[string]any); v["strategy"] != "email_link" || v["status"] != "verified" {
			t.Errorf("the Backend API says that the address is %v", v)
		}
		if events := b.Events(mark); len(events) != 2 || events[0].Type != "user.created" || events[1].Type != "session.created" {
			t.Errorf("events %v", events)
		}
	})
}

func TestWhoMaySignUp(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for mode, code := range map[string]string{"restricted": "sign_up_mode_restricted", "waitlist": "sign_up_restricted_waitlist"} {
		seed := &scenario.Instance{Users: []scenario.User{}}
		seed.Settings.SignUp.Mode = mode
		status, body := s.Seeded(t, seed).Browser().Do("POST /v1/client/sign_ups " + grace)
		if diff := apitest.Contains(body, `{"errors":[{"code":"`+code+`"}]}`); status != 403 || diff != "" {
			t.Errorf("%s: %d %s", mode, status, body)
		}
	}
}

func TestWhereNothingIsVerifiedASignUpTakesOneStep(t *testing.T) {
	no, yes := false, true
	seed := &scenario.Instance{Users: []scenario.User{}}
	seed.Settings.Attributes.EmailAddress.VerifyAtSignUp = &no
	seed.Settings.Attributes.EmailAddress.Required = &no
	seed.Settings.Attributes.Username.Enabled = &yes
	b := apitest.Start(t, emulator.Config{}).Seeded(t, seed).Browser()
	out := b.JSON("POST /v1/client/sign_ups password=correct-horse-battery")["response"].(map[string]any)
	if missing := out["missing_fields"].([]any); len(missing) != 3 {
		t.Errorf("without any identifier %v is missing", missing)
	}
	out = b.JSON("POST /v1/client/sign_ups username=lovelace&email_address=l%40example.com&" + right)["response"].(map[string]any)
	if out["status"] != "complete" {
		t.Fatalf("%v", out)
	}
	b.JSON("DELETE /v1/client/sessions")
	b.JSON("POST /v1/client/sign_ins identifier=l%40example.com&" + right)
}
