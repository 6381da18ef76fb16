package controlapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/scenario"
)

// appClaims are those that Clerk's SDKs look at.
type appClaims struct {
	Azp, Sid, Sub string
	Iat, Exp      int64
}

func claimsOf(k *kit, token string) (out appClaims) {
	k.Helper()
	raw, err := json.Marshal(payload(k.T, token))
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		k.Fatal(err)
	}
	return out
}

// values are the cookies by name. Each must be as Playwright takes it, and in
// the header as well.
func values(k *kit, out map[string]any, domain string) map[string]string {
	k.Helper()
	all := map[string]string{}
	var pairs []string
	for _, one := range out["cookies"].([]any) {
		c := one.(map[string]any)
		if c["domain"] != domain || c["path"] != "/" || c["sameSite"] != "Lax" || c["httpOnly"] != false || c["secure"] != false {
			k.Errorf("a cookie of no use: %v", c)
		}
		name, value := c["name"].(string), c["value"].(string)
		all[name] = value
		pairs = append(pairs, name+"="+value)
	}
	if header := strings.Join(pairs, "; "); out["cookie_header"] != header {
		k.Errorf("the header is %v, not %s", out["cookie_header"], header)
	}
	return all
}

func TestSessionCookiesAreThoseOfABrowserThatIsSignedIn(t *testing.T) {
	k := start(t, nil)
	out := k.do(`POST /session_cookies {"user":"alice@example.com","app":"http://localhost:3000/a?b=c"}`).want(k, 200)
	cookies := values(k, out, "localhost")
	bare, padded := k.keys()
	for _, suffix := range []string{"", "_" + instance.CookieSuffix(bare), "_" + instance.CookieSuffix(padded)} {
		claims := claimsOf(k, cookies["__session"+suffix])
		if claims.Azp != "http://localhost:3000" || claims.Sid != out["session_id"] || claims.Sub != scenario.AliceID || claims.Exp-claims.Iat != 3600 {
			t.Errorf("__session%s says %+v", suffix, claims)
		}
		if uat := cookies["__client_uat"+suffix]; uat > fmt.Sprint(claims.Iat) || uat < "1" {
			t.Errorf("__client_uat%s is %s and the token of %d", suffix, uat, claims.Iat)
		}
		if cookies["__clerk_db_jwt"+suffix] != cookies["__clerk_db_jwt"] {
			t.Errorf("another browser in __clerk_db_jwt%s", suffix)
		}
	}
	// The browser is a real one: what it holds works at the Frontend API too.
	client := k.browser("GET", "/v1/client", cookies["__clerk_db_jwt"])["response"].(map[string]any)
	if client["id"] != out["client_id"] || client["last_active_session_id"] != out["session_id"] {
		t.Errorf("its client is %v", client)
	}
	if list := k.do("GET /webhooks/messages?type=session.created").want(k, 200)["data"].([]any); len(list) != 1 || list[0].(map[string]any)["subject_id"] != scenario.AliceID {
		t.Errorf("session.created was told as %v", list)
	}
}

// keys are the instance's publishable key in both spellings, which are one for a
// host without padding.
func (k *kit) keys() (bare, padded string) {
	k.Helper()
	bare = k.do("GET /env").want(k, 200)["publishable_key"].(string)
	encoded := strings.TrimPrefix(bare, "pk_test_")
	return bare, bare + strings.Repeat("=", (4-len(encoded)%4)%4)
}

// browser asks the Frontend API as the browser with a token.
func (k *kit) browser(method, path, token string) map[string]any {
	k.Helper()
	req, err := http.NewRequest(method, k.base+path+"?__clerk_db_jwt="+token, nil)
	if err != nil {
		k.Fatal(err)
	}
	req.Header.Set("Origin", "http://localhost:3000")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		k.Fatalf("%s %s: %d %v", method, path, res.StatusCode, err)
	}
	return out
}

func TestSessionCookiesOfOneKeyAndOneApp(t *testing.T) {
	k := start(t, nil)
	_, padded := k.keys()
	out := k.do(`POST /session_cookies {"user":"bob@example.com","app":"https://[::1]:3000","publishable_key":"`+padded+`","expires_in_seconds":60}`).want(k, 200)
	cookies := values(k, out, "[::1]")
	names := []string{}
	for name := range cookies {
		names = append(names, name)
	}
	suffix := "_" + instance.CookieSuffix(padded)
	want := []string{"__clerk_db_jwt", "__clerk_db_jwt" + suffix, "__client_uat", "__client_uat" + suffix, "__session", "__session" + suffix}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("cookies %v, not %v", names, want)
	}
	if claims := claimsOf(k, cookies["__session"]); claims.Azp != "https://[::1]:3000" || claims.Exp-claims.Iat != 60 {
		t.Errorf("%+v", claims)
	}
	plain := k.do(`POST /session_cookies {"user":"bob@example.com"}`).want(k, 200)
	if claims := claimsOf(k, values(k, plain, "localhost")["__session"]); claims.Azp != "" {
		t.Errorf("no app was named and azp is %q", claims.Azp)
	}
}

func TestSessionCookiesAreRefusedAndNobodyIsSignedIn(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /session_cookies {}`).refused(k, 422, "form_param_missing", "user")
	k.do(`POST /session_cookies {"user":"nobody"}`).refused(k, 404, "resource_not_found", "nightclerk users list")
	for field, c := range map[string]struct{ value, code, says string }{
		"app":                {`"localhost:3000"`, "form_param_value_invalid", "http://localhost:3000"},
		"publishable_key":    {`"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"`, "form_param_value_invalid", "production"},
		"expires_in_seconds": {`0`, "form_param_format_invalid", "from 1 to"},
	} {
		k.do(`POST /session_cookies {"user":"alice@example.com","`+field+`":`+c.value+`}`).refused(k, 422, c.code, c.says)
	}
	other := instance.PublishableKey("elsewhere.localhost:4545")
	k.do(`POST /session_cookies {"user":"alice@example.com","publishable_key":"`+other+`"}`).refused(k, 422, "form_param_value_invalid", "publishable_keys of nightclerk.yaml")
	if list := k.do("GET /webhooks/messages?type=session.created").want(k, 200); len(list["data"].([]any)) != 0 {
		t.Errorf("a refusal left %v", list)
	}
}
