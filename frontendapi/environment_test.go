package frontendapi_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
)

// scenarioOf is the default instance of a file.
func scenarioOf(t *testing.T, yaml string) *scenario.Instance {
	t.Helper()
	f, err := scenario.Parse("nightclerk.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return &f.Default
}

func TestEnvironment(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for _, c := range []struct{ name, settings, want string }{
		{"a new instance", `{}`, `{
			"auth_config":{"single_session_mode":true,"email_address":"required","phone_number":"off","first_name":"on","password":"required","identification_strategies":["email_address"],"first_factors":["email_code","password","ticket"]},
			"user_settings":{"attributes":{"email_address":{"enabled":true,"required":true,"used_for_first_factor":true,"first_factors":["email_code"],"verifications":["email_code"],"verify_at_sign_up":true},
				"password":{"enabled":true,"required":true},"phone_number":{"enabled":false,"used_for_first_factor":false},"username":{"enabled":false},"last_name":{"enabled":true,"required":false}},
				"social":{},"sign_up":{"mode":"public","captcha_enabled":false},"password_settings":{"min_length":8,"max_length":72,"disable_hibp":true},
				"attack_protection":{"user_lockout":{"enabled":true,"max_attempts":10,"duration_in_minutes":60}},"actions":{"delete_self":true}},
			"display_config":{"branded":false,"show_devmode_warning":false,"captcha_public_key":null,"preferred_sign_in_strategy":"password","instance_environment_type":"development"},
			"organization_settings":{"enabled":false}}`},
		{"codes, links and usernames", `{attributes: {password: {enabled: false}, email_address: {first_factors: [email_code, email_link]}, username: {required: true}, phone_number: {enabled: true}}, session: {single_session_mode: false}}`, `{
			"auth_config":{"single_session_mode":false,"username":"required","phone_number":"on","password":"off","identification_strategies":["email_address","phone_number","username"],"first_factors":["email_code","email_link","phone_code","ticket"]},
			"user_settings":{"attributes":{"email_address":{"first_factors":["email_code","email_link"]},"password":{"enabled":false,"required":false},
				"username":{"enabled":true,"required":true,"used_for_first_factor":true,"first_factors":[]},"phone_number":{"enabled":true,"first_factors":["phone_code"]}}},
			"display_config":{"preferred_sign_in_strategy":"otp"}}`},
		{"rules", `{sign_up: {mode: restricted}, lockout: {max_attempts: 3, duration_seconds: 120}, password: {min_length: 12, require_numbers: true}, delete_self: false}`, `{
			"user_settings":{"sign_up":{"mode":"restricted"},"password_settings":{"min_length":12,"require_numbers":true},"actions":{"delete_self":false},
				"attack_protection":{"user_lockout":{"max_attempts":3,"duration_in_minutes":2}}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.Seeded(t, scenarioOf(t, "users: []\nsettings: "+c.settings)).Stranger("")
			for _, method := range []string{"GET", "PATCH"} {
				status, body := b.Do(method + " /v1/environment")
				if diff := apitest.Contains(body, c.want); status != 200 || diff != "" {
					t.Errorf("%s: %d, %s\nin %s", method, status, diff, body)
				}
			}
		})
	}
}

// Home is the app that asks; pages that it lacks are the emulator's own, under an
// address that the browser has reached already.
func TestWhereAnEnvironmentLeads(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Stranger("")
	for _, c := range []struct{ origin, home string }{
		{"http://localhost:3000", "http://localhost:3000/"},
		{"https://app.example:8443", "https://app.example:8443/"},
		{"null", b.Base + "/"},
		{s.URL, b.Base + "/"}, // the hosted sign-in page
		{"", b.Base + "/"},
	} {
		b.Origin = c.origin
		status, body := b.Do("GET /v1/environment")
		want := fmt.Sprintf(`{"display_config":{"home_url":%q,"after_sign_in_url":%q,"after_sign_out_all_url":%q,"sign_in_url":%q,"sign_up_url":%q,"user_profile_url":%q}}`,
			c.home, c.home, c.home, b.Base+"/sign-in", b.Base+"/sign-up", b.Base+"/user")
		if diff := apitest.Contains(body, want); status != 200 || diff != "" {
			t.Errorf("origin %q: %d, %s", c.origin, status, diff)
		}
	}
}

// Over TLS the pages are where the publishable key puts them.
func TestWhereAnEnvironmentLeadsOverTLS(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	base := strings.Replace(s.URL, "http://", "https://", 1)
	res, err := client.Get(base + "/v1/environment")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var env struct {
		DisplayConfig struct {
			SignInURL string `json:"sign_in_url"`
		} `json:"display_config"`
	}
	if err := json.NewDecoder(res.Body).Decode(&env); err != nil || env.DisplayConfig.SignInURL != base+"/.accounts.dev/sign-in" {
		t.Errorf("sign_in_url is %q (%v)", env.DisplayConfig.SignInURL, err)
	}
}
