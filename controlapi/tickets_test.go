package controlapi_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/nightclerk/nightclerk/scenario"
)

// A ticket signs its user in once, in any browser.
func TestASignInTicketSignsIn(t *testing.T) {
	k := start(t, nil)
	out := k.do(`POST /sign_in_tickets {"user":"alice@example.com","app":"http://localhost:3000/?a=b"}`).want(k, 200)
	address, err := url.Parse(out["url"].(string))
	if err != nil || address.Path != "/sign-in" || address.Query().Get("redirect_url") != "http://localhost:3000/?a=b" || address.Query().Get("__clerk_ticket") != out["ticket"] {
		t.Fatalf("the address is %s (%v)", out["url"], err)
	}
	browser := k.form("/v1/dev_browser", "", nil)["id"].(string)
	ticket := url.Values{"strategy": {"ticket"}, "ticket": {out["ticket"].(string)}}
	first := k.form("/v1/client/sign_ins", browser, ticket)
	session := first["client"].(map[string]any)["sessions"].([]any)[0].(map[string]any)
	if first["response"].(map[string]any)["status"] != "complete" || session["user"].(map[string]any)["id"] != scenario.AliceID {
		t.Errorf("the ticket is answered %v", first)
	}
	other := k.form("/v1/dev_browser", "", nil)["id"].(string)
	res, err := http.PostForm(k.base+"/v1/client/sign_ins?__clerk_db_jwt="+other, ticket)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode < 400 {
		t.Errorf("the ticket works twice: %d", res.StatusCode)
	}
}

func TestASignInTicketNeedsAUserAndAnApp(t *testing.T) {
	k := start(t, nil)
	k.do(`POST /sign_in_tickets {}`).refused(k, 422, "form_param_missing", "user")
	k.do(`POST /sign_in_tickets {"user":"nobody"}`).refused(k, 404, "resource_not_found", "nobody")
	for _, app := range []string{"javascript:alert(1)", "localhost:3000", "/path", "http://"} {
		k.do(`POST /sign_in_tickets {"user":"alice@example.com","app":"`+app+`"}`).refused(k, 422, "form_param_value_invalid", "http://localhost:3000")
	}
}
