package frontendapi_test

import (
	"net/http"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// signedIn has Ada signed in in the browser.
func signedIn(b *apitest.Browser) {
	b.SignIn(b.User("ada@example.com"), "session")
}

// signedOut has had Ada signed in.
func signedOut(b *apitest.Browser) {
	signedIn(b)
	b.JSON("DELETE /v1/client/sessions")
}

func TestClient(t *testing.T) {
	visits := []apitest.Visit{{
		Name: "a new browser has no client",
		Do:   `GET /v1/client`,
		Want: `200 {"response":null,"client":null}`,
	}, {
		Name: "one that was asked for",
		Do:   `PUT /v1/client`,
		Want: `200 {"response":{"object":"client","id":"*","sessions":[],"sign_in":null,"sign_up":null,"last_active_session_id":null,"cookie_expires_at":null,"captcha_bypass":true},"client":null}`,
	}, {
		Name: "one that was posted",
		Do:   `POST /v1/client`,
		Want: `200 {"response":{"object":"client","sessions":[]}}`,
	}, {
		Name: "somebody is signed in", Given: signedIn,
		Do: `GET /v1/client`,
		Want: `200 {"response":{"sessions":[{"object":"session","id":"{session}","status":"active","actor":null,
			"last_active_token":{"object":"token","jwt":"*"},"factor_verification_age":[0,-1],"last_active_organization_id":null,
			"user":{"object":"user","id":"{ada}","organization_memberships":[],"email_addresses":[{"email_address":"ada@example.com"}],"external_accounts":[]},
			"public_user_data":{"identifier":"ada@example.com","has_image":false}}],
			"last_active_session_id":"{session}"},"client":null}`,
	}, {
		Name: "sign out", Given: signedIn,
		Do:   `DELETE /v1/client/sessions`,
		Want: `200 {"response":{"sessions":[],"last_active_session_id":null},"client":null}`,
		Emit: []string{"session.removed"},
	}, {
		Name: "sign out again", Given: signedOut,
		Do:   `DELETE /v1/client/sessions`,
		Want: `200 {"response":{"sessions":[]},"client":null}`,
	}, {
		Name: "sign out of nothing",
		Do:   `DELETE /v1/client/sessions`,
		Want: `200 {"response":null,"client":null}`,
	}, {
		Name: "forget the client", Given: signedIn,
		Do:   `DELETE /v1/client`,
		Want: `200 {"response":{"sessions":[]},"client":null}`,
		Emit: []string{"session.removed"},
	}, {
		Name: "a forgotten client is gone", Given: func(b *apitest.Browser) { signedIn(b); b.JSON("DELETE /v1/client") },
		Do:   `GET /v1/client`,
		Want: `200 {"response":null,"client":null}`,
	}, {
		Name: "a browser from before a reset", Given: func(b *apitest.Browser) { b.Token = "dvb_gone" },
		Do:   `GET /v1/client`,
		Want: `401 {"errors":[{"code":"dev_browser_unauthenticated"}],"clerk_trace_id":"*"}`,
	}, {
		Name: "no browser at all", Given: func(b *apitest.Browser) { b.Token = "" },
		Do:   `PUT /v1/client`,
		Want: `401 {"errors":[{"code":"dev_browser_unauthenticated"}]}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.RunVisits(t, s, visits) })
}

func TestSessions(t *testing.T) {
	const over = `401 {"errors":[{"code":"authentication_invalid"}]}`
	visits := []apitest.Visit{{
		Name: "get", Given: signedIn,
		Do:   `GET /v1/client/sessions/{session}`,
		Want: `200 {"response":{"id":"{session}","status":"active"},"client":{"sessions":[{"id":"{session}"}]}}`,
	}, {
		Name: "touch", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/touch active_organization_id=&intent=select_session`,
		Want: `200 {"response":{"id":"{session}","last_active_organization_id":null,"last_active_token":{"jwt":"*"}},"client":{"last_active_session_id":"{session}"}}`,
	}, {
		Name: "touch for an organization that does not exist", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/touch active_organization_id=org_1`,
		Want: `404 {"errors":[{"code":"organization_not_found_or_unauthorized"}]}`,
	}, {
		Name: "touch what is over", Given: signedOut,
		Do:   `POST /v1/client/sessions/{session}/touch`,
		Want: over,
	}, {
		Name: "token", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/tokens?debug=skip_cache organization_id=&tab_state=x`,
		Want: `200 {"object":"token","jwt":"*"}`,
	}, {
		Name: "token of what is over", Given: signedOut,
		Do:   `POST /v1/client/sessions/{session}/tokens`,
		Want: over,
	}, {
		Name: "token of whose user was deleted", Given: func(b *apitest.Browser) { signedIn(b); b.Env.JSON(`DELETE /v1/users/{ada}`) },
		Do:   `POST /v1/client/sessions/{session}/tokens`,
		Want: over,
	}, {
		Name: "get what never was",
		Do:   `GET /v1/client/sessions/sess_1`,
		Want: `404 {"errors":[{"code":"resource_not_found"}]}`,
	}, {
		Name: "template", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/tokens/convex`,
		Want: `200 {"object":"token","jwt":"*"}`,
	}, {
		Name: "template that is missing", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/tokens/convexx`,
		Want: `404 {"errors":[{"code":"resource_not_found","message":"JWT template not found","long_message":"No JWT template exists with name: convexx"}]}`,
	}, {
		Name: "end", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/end`,
		Want: `200 {"response":{"id":"{session}","status":"ended","last_active_token":null},"client":{"sessions":[]}}`,
		Emit: []string{"session.ended"},
	}, {
		Name: "remove", Given: signedIn,
		Do:   `POST /v1/client/sessions/{session}/remove`,
		Want: `200 {"response":{"id":"{session}","status":"removed"},"client":{"sessions":[]}}`,
		Emit: []string{"session.removed"},
	}, {
		Name: "a second sign-in takes the place of the first", Given: func(b *apitest.Browser) {
			b.SignIn(b.User("ada@example.com"), "first")
			b.SignIn(b.User("bob@example.com"), "second")
		},
		Do:   `GET /v1/client`,
		Want: `200 {"response":{"sessions":[{"id":"{second}"}],"last_active_session_id":"{second}"}}`,
	}}
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) { apitest.RunVisits(t, s, visits) })
}

// TestACookieNamesABrowserThatNavigates: the app's cookies reach every port of
// the host. A script says by itself who it is, and one of another page must not
// be anybody by the cookie.
func TestACookieNamesABrowserThatNavigates(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	suffixed := "__clerk_db_jwt_" + b.Live.CookieSuffixes()[0]
	for _, row := range []struct {
		header, value string
		origin        string
		status        int
	}{
		{"Cookie", "__clerk_db_jwt=" + b.Token, "", 200},
		{"Cookie", "__clerk_db_jwt=dvb_of_another_app; " + suffixed + "=" + b.Token, "", 200},
		{"Cookie", "__clerk_db_jwt=" + b.Token, "http://evil.example", 401},
		{"Clerk-Db-Jwt", b.Token, "http://localhost:3000", 200},
		{"Clerk-Db-Jwt", "dvb_gone", "", 401},
	} {
		req, err := http.NewRequest("GET", b.Base+"/v1/client", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(row.header, row.value)
		if row.origin != "" {
			req.Header.Set("Origin", row.origin)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != row.status {
			t.Errorf("%+v: %d", row, res.StatusCode)
		}
	}
}
