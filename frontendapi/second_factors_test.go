package frontendapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// twoFactors has Ada sign in with her password, who has every second factor, and
// names what her app shows.
func twoFactors(s *apitest.Server) func(*apitest.Browser) {
	return func(b *apitest.Browser) {
		b.T.Helper()
		b.Set("ada", b.Env.JSON(`POST /v1/users {"email_address":["ada@example.com"],"password":"correct-horse-battery",
			"totp_secret":"GEZDGNBVGY3TQOJQ","backup_codes":["first-code","second-code"]}`)["id"].(string))
		b.Env.JSON(`POST /v1/phone_numbers {"user_id":"{ada}","phone_number":"+302101234567","verified":true,"reserved_for_second_factor":true}`)
		err := s.Store().Read(context.Background(), b.Live.ID, func(tx *store.Tx) error {
			u, err := users.Get(tx, b.Live.Rules(), b.Get("ada"))
			if err == nil {
				b.Set("totp", u.TOTP(time.Now()))
				b.Set("wrong", wrongFor(b.Get("totp")))
			}
			return err
		})
		if err != nil {
			b.T.Fatal(err)
		}
		half(b)
	}
}

// half has Ada prove her password.
func half(b *apitest.Browser) {
	out := b.JSON("POST /v1/client/sign_ins identifier=ada%40example.com&" + right)
	b.Set("sia", out["response"].(map[string]any)["id"].(string))
}

func TestSecondFactors(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		given := twoFactors(s)
		apitest.RunVisits(t, s, []apitest.Visit{
			{Name: "asked for", Given: given, Do: "GET /v1/client/sign_ins/{sia}",
				Want: `200 {"response":{"status":"needs_second_factor","created_session_id":null,"supported_second_factors":[{"strategy":"totp"},
					{"strategy":"phone_code","safe_identifier":"+30*****67","default":true},{"strategy":"backup_code"}]}}`},
			{Name: "code sent", Given: given, Do: "POST /v1/client/sign_ins/{sia}/prepare_second_factor strategy=phone_code",
				Want: `200 {"response":{"second_factor_verification":{"status":"unverified","strategy":"phone_code"}}}`, Emit: []string{"sms.created"}},
			{Name: "code", Given: func(b *apitest.Browser) {
				given(b)
				b.JSON("POST /v1/client/sign_ins/{sia}/prepare_second_factor")
				b.Set("code", mail(b.Env, "+302101234567")["code"].(string))
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=phone_code&code={code}",
				Want: `200 {"response":{"status":"complete"},"client":{"sessions":[{"factor_verification_age":[0,0]}]}}`, Emit: []string{"session.created"}},
			{Name: "code without preparation", Given: given, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=phone_code&code=123456",
				Want: `400 {"errors":[{"code":"verification_missing"}]}`},
			{Name: "authenticator app", Given: given, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=totp&code={totp}",
				Want: `200 {"response":{"status":"complete","second_factor_verification":{"status":"verified","strategy":"totp"}}}`, Emit: []string{"session.created"}},
			{Name: "wrong code of the app", Given: given, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=totp&code={wrong}",
				Want: `422 {"errors":[{"code":"form_code_incorrect","meta":{"param_name":"code"}}]}`},
			{Name: "backup code", Given: given, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=backup_code&code=second-code",
				Want: `200 {"response":{"status":"complete","second_factor_verification":{"status":"verified","strategy":"backup_code"}}}`, Emit: []string{"session.created"}},
			{Name: "backup code again", Given: func(b *apitest.Browser) {
				given(b)
				b.JSON("POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=backup_code&code=second-code")
				b.JSON("DELETE /v1/client/sessions")
				half(b)
			}, Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=backup_code&code=second-code",
				Want: `422 {"errors":[{"code":"form_code_incorrect"}]}`},
			{Name: "before the first", Given: begun("ada@example.com"), Do: "POST /v1/client/sign_ins/{sia}/attempt_second_factor strategy=totp&code=123456",
				Want: `400 {"errors":[{"code":"client_state_invalid"}]}`},
		})
	})
}
