package frontendapi_test

import (
	"net/http"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// TestAnyAnswerIsReadable relies on the test kit, which checks the headers of
// every answer: here are those that are no success.
func TestAnyAnswerIsReadable(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	for line, want := range map[string]int{
		"GET /v1/client/sessions/sess_1":                               404,
		"GET /v1/clientele":                                            404,
		"PUT /v1/client/handshake":                                     405,
		"POST /v1/me/billing/checkouts":                                501,
		"GET /v1/client?x=%ff":                                         422,
		"GET /.well-known/jwks.json":                                   200,
		"GET /v1/client/handshake?redirect_url=http://localhost:3000/": 307,
	} {
		if status, body := b.Do(line); status != want {
			t.Errorf("%s: %d %s", line, status, body)
		}
	}
	b.Token = "dvb_gone"
	if status, _ := b.Do("GET /v1/client"); status != 401 {
		t.Errorf("%d", status)
	}
}

// TestAnAnswerToNoPageSaysNothingOfPages but the issuer's documents, which OIDC
// clients in browsers read.
func TestAnAnswerToNoPageSaysNothingOfPages(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for path, want := range map[string]string{"/v1/health": "", "/.well-known/jwks.json": "*"} {
		res, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestAPreflightIsAnswered(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for _, path := range []string{"/api_keys", "/v1/client", "/v1/nowhere", "/.accounts.dev/v1/environment"} {
		req, err := http.NewRequest("OPTIONS", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", apitest.Origin)
		req.Header.Set("Access-Control-Request-Method", "PATCH")
		req.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		h := res.Header
		if res.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != apitest.Origin ||
			h.Get("Access-Control-Allow-Headers") != "authorization,content-type" || h.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: %d %v", path, res.StatusCode, h)
		}
	}
}

// TestATokenNamesThePageThatAskedForIt: authorizedParties compares azp exactly.
func TestATokenNamesThePageThatAskedForIt(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	b := s.Instance(t).Browser()
	signedIn(b)
	for name, row := range map[string]struct {
		header map[string]string
		azp    string
	}{
		"another origin":                 {map[string]string{"Origin": "http://localhost:5173", "Referer": "http://elsewhere/"}, "http://localhost:5173"},
		"a proxy on the page's origin":   {map[string]string{"Referer": "http://localhost:5173/a?b"}, "http://localhost:5173"},
		"such a proxy without a referer": {map[string]string{"Sec-Fetch-Site": "same-origin", "Host": "localhost:5173"}, "http://localhost:5173"},
		"an opaque origin":               {map[string]string{"Origin": "null"}, ""},
		"no page":                        {nil, ""},
	} {
		req, err := http.NewRequest("GET", b.Base+"/v1/client?__clerk_db_jwt="+b.Token, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range row.header {
			req.Header.Set(k, v)
		}
		req.Host = req.Header.Get("Host")
		var got struct {
			Response struct {
				Sessions []struct {
					Token struct{ JWT string } `json:"last_active_token"`
				}
			}
		}
		apitest.Fetch(t, req, &got)
		var token struct{ Azp string }
		claims(t, got.Response.Sessions[0].Token.JWT, &token)
		if token.Azp != row.azp {
			t.Errorf("%s: azp %q", name, token.Azp)
		}
	}
}
