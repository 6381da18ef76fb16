package frontendapi_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/users"
)

// begin begins a sign-in and names it.
func begin(b *apitest.Browser, identifier string) {
	b.T.Helper()
	out := b.JSON("POST /v1/client/sign_ins identifier=" + url.QueryEscape(identifier))
	b.Set("sia", out["response"].(map[string]any)["id"].(string))
}

// mail returns the newest message to somebody.
func mail(e *apitest.Env, to string) map[string]any {
	e.T.Helper()
	list := e.JSON("GET /_emulator/inbox?to=" + url.QueryEscape(to))["data"].([]any)
	if len(list) == 0 {
		e.T.Fatalf("nothing was sent to %s", to)
	}
	return list[0].(map[string]any)
}

func has(names ...string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		for _, name := range names {
			b.User(name + "@example.com")
		}
	}
}

func begun(identifier string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		b.User("ada@example.com")
		begin(b, identifier)
	}
}

// prepared has a code sent to ada@example.com and names it.
func prepared(strategy string) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		begun("ada@example.com")(b)
		b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=" + strategy)
		b.Set("code", mail(b.Env, "ada@example.com")["code"].(string))
		b.Set("wrong", wrongFor(b.Get("code")))
	}
}

func wrongFor(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

const right = "password=correct-horse-battery"

func TestSignIns(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		apitest.RunVisits(t, s, []apitest.Visit{
			{Name: "identifier alone", Given: has("ada"), Do: "POST /v1/client/sign_ins identifier=ADA%40example.com&locale=en-US&timezone=UTC",
				Want: `200 {"response":{"status":"needs_first_factor","identifier":"ada@example.com","supported_identifiers":["email_address","phone_number","username"],
					"supported_first_factors":[{"strategy":"password"},{"strategy":"email_code","safe_identifier":"ada@example.com","primary":true},{"strategy":"reset_password_email_code"}],
					"user_data":{"first_name":null},"first_factor_verification":null},"client":{"sign_in":{"status":"needs_first_factor"},"sessions":[]}}`},
			{Name: "nothing", Do: "POST /v1/client/sign_ins",
				Want: `200 {"response":{"status":"needs_identifier","supported_first_factors":null,"identifier":null}}`},
			{Name: "in one step", Given: has("ada"), Do: "POST /v1/client/sign_ins strategy=password&identifier=ada%40example.com&" + right,
				Want: `200 {"response":{"status":"complete","created_session_id":"*","first_factor_verification":{"status":"verified","strategy":"password"}},
					"client":{"sign_in":null,"last_authentication_strategy":"password","sessions":[{"status":"active","last_active_token":{"jwt":"*"},"user":{"id":"{ada}"}}]}}`, Emit: []string{"session.created"}},
			{Name: "in one step with a wrong password", Given: has("ada"), Do: "POST /v1/client/sign_ins strategy=password&identifier=ada%40example.com&password=x",
				Want: `422 {"errors":[{"code":"form_password_incorrect","meta":{"param_name":"password"}}]}`},
			{Name: "unknown", Do: "POST /v1/client/sign_ins identifier=nobody%40example.com",
				Want: `422 {"errors":[{"code":"form_identifier_not_found","meta":{"param_name":"identifier"}}]}`},
			{Name: "a user id names nobody here", Given: has("ada"), Do: "POST /v1/client/sign_ins identifier={ada}",
				Want: `422 {"errors":[{"code":"form_identifier_not_found"}]}`},
			{Name: "password", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password&" + right,
				Want: `200 {"response":{"id":"{sia}","status":"complete","created_session_id":"*"},"client":{"sign_in":null,"sessions":[{"status":"active"}]}}`, Emit: []string{"session.created"}},
			{Name: "wrong password", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password&password=x",
				Want: `422 {"errors":[{"code":"form_password_incorrect","meta":{"param_name":"password"}}]}`},
			{Name: "no password given", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password",
				Want: `422 {"errors":[{"code":"form_param_missing","meta":{"param_name":"password"}}]}`},
			{Name: "password of a user without one", Given: func(b *apitest.Browser) {
				b.Env.JSON(`POST /v1/users {"email_address":["bob@example.com"],"skip_password_requirement":true}`)
				begin(b, "bob@example.com")
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password&" + right,
				Want: `400 {"errors":[{"code":"strategy_for_user_invalid"}]}`},
			{Name: "code sent", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_code",
				Want: `200 {"response":{"status":"needs_first_factor","first_factor_verification":{"object":"verification_otp","status":"unverified","strategy":"email_code","expire_at":"*"}}}`,
				Emit: []string{"email.created"}},
			{Name: "code", Given: prepared("email_code"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={code}",
				Want: `200 {"response":{"status":"complete","first_factor_verification":{"status":"verified","attempts":1}},"client":{"last_authentication_strategy":"email_code"}}`, Emit: []string{"session.created"}},
			{Name: "a code proves an address that was reserved", Given: func(b *apitest.Browser) {
				b.Env.JSON(`POST /v1/users {"email_address":["r@example.com"],"email_address_identification_status":["reserved"],"skip_password_requirement":true}`)
				begin(b, "r@example.com")
				b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_code")
				b.Set("code", mail(b.Env, "r@example.com")["code"].(string))
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={code}",
				Want: `200 {"client":{"sessions":[{"user":{"email_addresses":[{"reserved":false,"verification":{"status":"verified","strategy":"email_code","attempts":1}}]}}]}}`,
				Emit: []string{"user.updated", "session.created"}},
			{Name: "wrong code", Given: prepared("email_code"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={wrong}",
				Want: `422 {"errors":[{"code":"form_code_incorrect","meta":{"param_name":"code"}}]}`},
			{Name: "a wrong code counts", Given: func(b *apitest.Browser) {
				prepared("email_code")(b)
				b.Do("POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={wrong}")
			}, Do: "GET /v1/client/sign_ins/{sia}", Want: `200 {"response":{"first_factor_verification":{"status":"unverified","attempts":1}}}`},
			{Name: "too many wrong codes", Given: func(b *apitest.Browser) {
				prepared("email_code")(b)
				for range 3 {
					b.Do("POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={wrong}")
				}
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={code}",
				Want: `400 {"errors":[{"code":"verification_failed"}]}`},
			{Name: "a new code replaces the old", Given: func(b *apitest.Browser) {
				prepared("email_code")(b)
				for b.Get("code") == b.Get("old") || b.Get("old") == "" {
					b.Set("old", b.Get("code"))
					b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_code")
					b.Set("code", mail(b.Env, "ada@example.com")["code"].(string))
				}
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={old}",
				Want: `422 {"errors":[{"code":"form_code_incorrect"}]}`},
			{Name: "old code", Given: func(b *apitest.Browser) {
				prepared("email_code")(b)
				b.Env.JSON(`POST /_emulator/clock/advance {"duration":"10m"}`)
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code={code}",
				Want: `400 {"errors":[{"code":"verification_expired"}]}`},
			{Name: "code without preparation", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code=424242",
				Want: `400 {"errors":[{"code":"verification_missing"}]}`},
			{Name: "another strategy than prepared", Given: prepared("email_code"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=phone_code&code={code}",
				Want: `400 {"errors":[{"code":"verification_strategy_invalid"}]}`},
			{Name: "strategy that the user lacks", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=phone_code",
				Want: `400 {"errors":[{"code":"strategy_for_user_invalid"}]}`},
			{Name: "link where the instance has none", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_link&redirect_url=http%3A%2F%2Flocalhost%3A3000",
				Want: `400 {"errors":[{"code":"strategy_for_user_invalid"}]}`},
			{Name: "oauth is not built", Do: "POST /v1/client/sign_ins strategy=oauth_google&redirect_url=http%3A%2F%2Flocalhost%3A3000", Want: `501 {"errors":[{"code":"emulator_not_implemented"}]}`},
			{Name: "test address", Given: func(b *apitest.Browser) {
				b.User("jane+clerk_test@example.com")
				begin(b, "jane+clerk_test@example.com")
				b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_code")
				if list := b.Env.JSON("GET /_emulator/inbox")["data"].([]any); len(list) != 0 {
					b.T.Errorf("sent to nobody: %v", list)
				}
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=email_code&code=424242",
				Want: `200 {"response":{"status":"complete"}}`, Emit: []string{"session.created"}},
			{Name: "phone number", Given: func(b *apitest.Browser) {
				b.Env.JSON(`POST /v1/users {"phone_number":["+15555550100"],"email_address":["p@example.com"],"skip_password_requirement":true}`)
				begin(b, "+1 (555) 555-0100")
			}, Do: "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=phone_code",
				Want: `200 {"response":{"supported_first_factors":[{"strategy":"email_code","safe_identifier":"p*****@example.com"},{"strategy":"phone_code","safe_identifier":"+15555550100"}]}}`},
			{Name: "text message", Given: func(b *apitest.Browser) {
				b.Env.JSON(`POST /v1/users {"phone_number":["+302101234567"],"email_address":["p@example.com"],"skip_password_requirement":true}`)
				begin(b, "+302101234567")
			}, Do: "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=phone_code", Want: `200`, Emit: []string{"sms.created"}},
			{Name: "username", Given: func(b *apitest.Browser) {
				b.Env.JSON(`POST /v1/users {"username":"lovelace","email_address":["l@example.com"],"password":"correct-horse-battery"}`)
			}, Do: "POST /v1/client/sign_ins identifier=Lovelace&" + right, Want: `200 {"response":{"status":"complete","identifier":"lovelace"}}`, Emit: []string{"session.created"}},
			{Name: "code asked for at once", Given: has("ada"), Do: "POST /v1/client/sign_ins strategy=email_code&identifier=ada%40example.com",
				Want: `200 {"response":{"status":"needs_first_factor","first_factor_verification":{"strategy":"email_code","status":"unverified"}}}`, Emit: []string{"email.created"}},
			{Name: "somebody is signed in", Given: func(b *apitest.Browser) { has("ada", "bob")(b); b.SignIn(b.Get("ada"), "sess") },
				Do: "POST /v1/client/sign_ins identifier=bob%40example.com", Want: `400 {"errors":[{"code":"session_exists"}]}`},
			{Name: "banned", Given: func(b *apitest.Browser) {
				b.User("ada@example.com")
				b.Env.JSON("POST /v1/users/{ada}/ban")
			}, Do: "POST /v1/client/sign_ins identifier=ada%40example.com&" + right, Want: `403 {"errors":[{"code":"user_banned"}]}`},
			{Name: "locked", Given: func(b *apitest.Browser) {
				b.User("ada@example.com")
				b.Env.JSON("POST /v1/users/{ada}/lock")
			}, Do: "POST /v1/client/sign_ins identifier=ada%40example.com&" + right,
				Want: `403 {"errors":[{"code":"user_locked","meta":{"lockout_expires_in_seconds":"*"}}]}`},
			{Name: "a stranger's sign-in", Given: func(b *apitest.Browser) {
				b.User("ada@example.com")
				begin(b.Env.Browser(), "ada@example.com")
			}, Do: "GET /v1/client/sign_ins/{sia}", Want: `404 {"errors":[{"code":"resource_not_found"}]}`},
			{Name: "an older sign-in", Given: func(b *apitest.Browser) {
				begun("ada@example.com")(b)
				b.JSON("POST /v1/client/sign_ins identifier=ada%40example.com")
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password&" + right, Want: `403 {"errors":[{"code":"resource_forbidden"}]}`},
			{Name: "after a day", Given: func(b *apitest.Browser) {
				begun("ada@example.com")(b)
				b.Env.JSON(`POST /_emulator/clock/advance {"duration":"24h"}`)
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=password&" + right, Want: `400 {"errors":[{"code":"client_state_invalid"}]}`},
			{Name: "no new password is needed", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/reset_password password=another-horse",
				Want: `400 {"errors":[{"code":"client_state_invalid"}]}`},
			{Name: "reset code", Given: prepared("reset_password_email_code"), Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=reset_password_email_code&code={code}",
				Want: `200 {"response":{"status":"needs_new_password"},"client":{"sign_in":{"status":"needs_new_password"},"sessions":[]}}`},
			{Name: "new password too short", Given: resetting, Do: "POST /v1/client/sign_ins/{sia}/reset_password password=short",
				Want: `422 {"errors":[{"code":"form_password_length_too_short","meta":{"param_name":"password"}}]}`},
			{Name: "new password", Given: func(b *apitest.Browser) {
				resetting(b)
				b.Env.JSON(`POST /v1/sessions {"user_id":"{ada}"}`)
			}, Do: "POST /v1/client/sign_ins/{sia}/reset_password password=another-horse&sign_out_of_other_sessions=true",
				Want: `200 {"response":{"status":"complete","created_session_id":"*"}}`, Emit: []string{"user.updated", "session.revoked", "session.created"}},
			{Name: "reset code and new password together", Given: prepared("reset_password_email_code"),
				Do:   "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=reset_password_email_code&code={code}&password=another-horse",
				Want: `200 {"response":{"status":"complete"}}`, Emit: []string{"user.updated", "session.created"}},
			{Name: "a bad new password leaves the code good", Given: func(b *apitest.Browser) {
				prepared("reset_password_email_code")(b)
				b.Do("POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=reset_password_email_code&code={code}&password=x")
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=reset_password_email_code&code={code}",
				Want: `200 {"response":{"status":"needs_new_password","first_factor_verification":{"attempts":1}}}`},
			{Name: "a password that must be reset", Given: func(b *apitest.Browser) {
				b.User("ada@example.com")
				compromise(s, b)
			}, Do: "POST /v1/client/sign_ins identifier=ada%40example.com&" + right, Want: `422 {"errors":[{"code":"form_password_compromised","meta":{"param_name":"password"}}]}`},
			{Name: "no browser", Given: func(b *apitest.Browser) { b.Token = "dvb_gone" }, Do: "POST /v1/client/sign_ins identifier=ada%40example.com",
				Want: `401 {"errors":[{"code":"dev_browser_unauthenticated"}]}`},
		})
	})
}

// compromise says that Ada's password must be reset, which no operation does yet.
func compromise(s *apitest.Server, b *apitest.Browser) {
	b.T.Helper()
	err := s.Store().Write(context.Background(), b.Live.ID, func(tx *store.Tx) error {
		_, err := users.SetPasswordCompromised(tx, b.Live.Rules(), b.Get("ada"), true)
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
}

func resetting(b *apitest.Browser) {
	prepared("reset_password_email_code")(b)
	b.JSON("POST /v1/client/sign_ins/{sia}/attempt_first_factor strategy=reset_password_email_code&code={code}")
}

func TestTenWrongPasswordsLockTheUserForAnHour(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Instance(t).Browser()
		b.User("ada@example.com")
		var status int
		var body string
		for range 10 {
			status, body = b.Do("POST /v1/client/sign_ins identifier=ada%40example.com&password=wrong")
		}
		if status != 403 || apitest.Contains(body, `{"errors":[{"code":"user_locked","meta":{"lockout_expires_in_seconds":3600}}]}`) != "" {
			t.Fatalf("the tenth is answered with %d %s", status, body)
		}
		if status, body := b.Do("POST /v1/client/sign_ins identifier=ada%40example.com&" + right); status != 403 {
			t.Errorf("the right password is answered with %d %s", status, body)
		}
		b.Env.JSON(`POST /_emulator/clock/advance {"duration":"1h"}`)
		b.JSON("POST /v1/client/sign_ins identifier=ada%40example.com&" + right)
	})
}

func TestTicketsSignInOnce(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Instance(t).Browser()
		b.User("ada@example.com")
		ticket := b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)
		b.Set("ticket", ticket["token"].(string))
		res := b.Send("GET /v1/tickets/accept?ticket={ticket}")
		res.Body.Close()
		to, err := url.Parse(res.Header.Get("Location"))
		if err != nil || res.StatusCode != 303 || to.Query().Get("__clerk_ticket") != b.Get("ticket") || to.Query().Get("__clerk_status") != "sign_in" {
			t.Errorf("%d to %s", res.StatusCode, to)
		}
		first := b.Env.Browser().JSON("POST /v1/client/sign_ins strategy=ticket&ticket={ticket}")
		if response := first["response"].(map[string]any); response["status"] != "complete" {
			t.Errorf("%v", response)
		}
		b.Set("revoked", b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)["token"].(string))
		id := b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)
		b.Set("revoked", id["token"].(string))
		b.Env.JSON("POST /v1/sign_in_tokens/" + id["id"].(string) + "/revoke")
		b.Set("old", b.Env.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}","expires_in_seconds":60}`)["token"].(string))
		b.Env.JSON(`POST /_emulator/clock/advance {"duration":"1m"}`)
		for name, code := range map[string]string{"{ticket}": "sign_in_token_already_used_code", "{revoked}": "sign_in_token_revoked_code",
			"{old}": "ticket_expired_code", "nonsense": "ticket_invalid_code"} {
			status, body := b.Do("POST /v1/client/sign_ins strategy=ticket&ticket=" + name)
			if status != 400 || !strings.Contains(body, fmt.Sprintf("%q", code)) {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
	})
}

// linking is an instance that proves e-mail addresses by links.
func linking() *scenario.Instance {
	out := &scenario.Instance{Users: []scenario.User{}}
	links := []string{"email_link"}
	out.Settings.Attributes.EmailAddress.FirstFactors, out.Settings.Attributes.EmailAddress.Verifications = links, links
	return out
}

// follow follows the link of the newest mail in a browser that is not known.
func follow(b *apitest.Browser, to string) *url.URL {
	b.T.Helper()
	link, ours := strings.CutPrefix(mail(b.Env, to)["link"].(string), b.Base)
	if !ours {
		b.T.Fatalf("the link leads elsewhere than where it was asked for: %s", link)
	}
	other := b.Env.Stranger("")
	other.Origin = ""
	res := other.Send("GET " + link)
	defer res.Body.Close()
	landing, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != 303 {
		b.T.Fatalf("%s leads to %d %s", link, res.StatusCode, landing)
	}
	return landing
}

func TestALinkSignsInWhereItWasAskedFor(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		b := s.Seeded(t, linking()).Browser()
		b.User("ada@example.com")
		begin(b, "ada@example.com")
		const prepare = "POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_link&redirect_url=http%3A%2F%2Flocalhost%3A3000%2Fverify%3Fa%3Db%23%2Fpart"
		b.JSON(prepare)
		stale := mail(b.Env, "ada@example.com")["link"]
		b.JSON(prepare)
		if stale == mail(b.Env, "ada@example.com")["link"] {
			t.Error("two links are the same")
		}
		to := follow(b, "ada@example.com")
		if q := to.Query(); to.Host != "localhost:3000" || to.Fragment != "/part" || q.Get("a") != "b" || q.Get("__clerk_status") != "verified" || q.Get("__clerk_created_session") == "" {
			t.Errorf("the link leads to %s", to)
		}
		polled := b.JSON("GET /v1/client/sign_ins/{sia}")
		if list := polled["client"].(map[string]any)["sessions"].([]any); len(list) != 1 {
			t.Errorf("the tab that waits is told of the sessions %v", list)
		}
		out := polled["response"].(map[string]any)
		if out["status"] != "complete" || out["created_session_id"] != to.Query().Get("__clerk_created_session") {
			t.Errorf("the sign-in is %v", out)
		}
		if sessions := b.JSON("GET /v1/client")["response"].(map[string]any)["sessions"].([]any); len(sessions) != 1 {
			t.Errorf("the browser has %v", sessions)
		}
		if again := follow(b, "ada@example.com"); again.Query().Get("__clerk_status") != "failed" {
			t.Errorf("the second time it leads to %s", again)
		}
	})
}

func TestALinkExpires(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Seeded(t, linking()).Browser()
	b.User("ada@example.com")
	begin(b, "ada@example.com")
	b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_link&redirect_url=http%3A%2F%2Flocalhost%3A3000")
	b.Env.JSON(`POST /_emulator/clock/advance {"duration":"10m"}`)
	if to := follow(b, "ada@example.com"); to.Query().Get("__clerk_status") != "expired" {
		t.Errorf("it leads to %s", to)
	}
	out := b.JSON("GET /v1/client/sign_ins/{sia}")["response"].(map[string]any)
	if out["first_factor_verification"].(map[string]any)["status"] != "expired" {
		t.Errorf("%v", out)
	}
	if status, body := b.Do("GET /v1/verify?token=sia_x.y"); status != 400 || !strings.Contains(body, "verification_link_token_invalid") {
		t.Errorf("%d %s", status, body)
	}
}

func TestSeveralSessionsInOneBrowser(t *testing.T) {
	seed := &scenario.Instance{Users: []scenario.User{}}
	no := false
	seed.Settings.Session.SingleSessionMode = &no
	b := apitest.Start(t, emulator.Config{}).Seeded(t, seed).Browser()
	b.User("bob@example.com")
	b.SignIn(b.User("ada@example.com"), "sess")
	status, body := b.Do("POST /v1/client/sign_ins identifier=ada%40example.com")
	if diff := apitest.Contains(body, `{"errors":[{"code":"identifier_already_signed_in","meta":{"session_id":"`+b.Get("sess")+`"}}]}`); status != 400 || diff != "" {
		t.Errorf("%d %s", status, body)
	}
	out := b.JSON("POST /v1/client/sign_ins identifier=bob%40example.com&" + right)
	if list := out["client"].(map[string]any)["sessions"].([]any); len(list) != 2 {
		t.Errorf("sessions %v", list)
	}
}

func TestAResetForgetsAttemptsAndMail(t *testing.T) {
	b := apitest.Start(t, emulator.Config{}).Instance(t).Browser()
	prepared("email_code")(b)
	b.Env.JSON("POST /_emulator/reset")
	if list := b.Env.JSON("GET /_emulator/inbox")["data"].([]any); len(list) != 0 {
		t.Errorf("the inbox has %v", list)
	}
	fresh := b.Env.Browser()
	if status, body := fresh.Do("GET /v1/client/sign_ins/{sia}"); status != 404 {
		t.Errorf("%d %s", status, body)
	}
}

// atOnce has browsers send the same request together and counts the answers by
// status.
func atOnce(e *apitest.Env, many int, line string, given func(*apitest.Browser)) map[int]int {
	e.T.Helper()
	ready := make([]*apitest.Browser, many)
	lines := make([]string, many)
	for i := range ready {
		ready[i], lines[i] = e.Browser(), line
		if given != nil {
			given(ready[i])
			lines[i] = strings.ReplaceAll(line, "{sua}", e.Get("sua"))
		}
	}
	statuses := make(chan int, many)
	for i, b := range ready {
		go func() {
			status, _ := b.Do(lines[i])
			statuses <- status
		}()
	}
	counted := map[int]int{}
	for range many {
		counted[<-statuses]++
	}
	return counted
}

func TestOfManyAtOnceOneWinsAndEveryFailureCounts(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		e := s.Instance(t)
		e.User("ada@example.com")
		e.Set("ticket", e.JSON(`POST /v1/sign_in_tokens {"user_id":"{ada}"}`)["token"].(string))
		if got := atOnce(e, 8, "POST /v1/client/sign_ins strategy=ticket&ticket={ticket}", nil); got[200] != 1 || got[400] != 7 {
			t.Errorf("one ticket is answered with %v", got)
		}
		got := atOnce(e, 6, "POST /v1/client/sign_ups/{sua}/attempt_verification strategy=email_code&code=424242", func(b *apitest.Browser) {
			signingUp("email_address=g%2Bclerk_test%40example.com&" + right)(b)
			b.JSON("POST /v1/client/sign_ups/{sua}/prepare_verification strategy=email_code")
		})
		if got[200] != 1 || got[422] != 5 {
			t.Errorf("one address is answered with %v", got)
		}
		if got := atOnce(e, 10, "POST /v1/client/sign_ins identifier=ada%40example.com&password=wrong", nil); got[422] != 9 || got[403] != 1 {
			t.Errorf("ten wrong passwords are answered with %v", got)
		}
	})
}
