package emulator

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The table is the contract of the port: every way in which an SDK addresses the
// emulator, and where it ends up.
func TestDispatch(t *testing.T) {
	d := newDispatcher([]string{"/__clerk"}, []string{"emulator", "dev.localhost"})
	const sk, jwt = "Bearer sk_test_x", "Bearer a.b.c"
	for _, c := range []struct{ host, request, auth, want string }{
		// the plain doors
		{"localhost:4545", "GET /", "", "console  GET /"},
		{"localhost:4545", "GET /users/user_1", "", "console  GET /users/user_1"},
		{"localhost:4545", "GET /_emulator/ready", "", "control  GET /_emulator/ready"},
		{"localhost:4545", "GET /_emulatorx", "", "console  GET /_emulatorx"},
		{"localhost:4545", "GET /api/v1/app/a/endpoint", "", "svix  GET /api/v1/app/a/endpoint"},
		{"localhost:4545", "GET /.well-known/jwks.json", "", "frontend  GET /.well-known/jwks.json"},
		{"localhost:4545", "GET /.well-known/openid-configuration", "", "frontend  GET /.well-known/openid-configuration"},
		{"localhost:4545", "GET /npm/@clerk/clerk-js@6/dist/clerk.browser.js", "", "frontend  GET /npm/@clerk/clerk-js@6/dist/clerk.browser.js"},
		// one API only: credentials do not matter
		{"localhost:4545", "POST /v1/users", "", "backend  POST /v1/users"},
		{"localhost:4545", "GET /v1/jwks", "", "backend  GET /v1/jwks"},
		{"localhost:4545", "GET /v1/client", sk, "frontend  GET /v1/client"},
		{"localhost:4545", "GET /v1/clients/handshake_payload", sk, "backend  GET /v1/clients/handshake_payload"},
		// shared by both: a bearer that is no JWT is a secret key
		{"localhost:4545", "POST /v1/organizations", sk, "backend  POST /v1/organizations"},
		{"localhost:4545", "POST /v1/organizations", jwt, "frontend  POST /v1/organizations"},
		{"localhost:4545", "POST /v1/organizations", "", "frontend  POST /v1/organizations"},
		{"localhost:4545", "POST /v1/organizations", "bearer sk_live_nonsense", "backend  POST /v1/organizations"},
		{"localhost:4545", "GET /api_keys", jwt, "frontend  GET /api_keys"},
		{"localhost:4545", "GET /api_keys", sk, "backend  GET /api_keys"},
		{"localhost:4545", "POST /m2m_tokens/verify", sk, "backend  POST /m2m_tokens/verify"},
		// no operation at all: still Clerk's
		{"localhost:4545", "GET /v1/nonsense", sk, "backend  GET /v1/nonsense"},
		{"localhost:4545", "GET /v1/nonsense", "", "frontend  GET /v1/nonsense"},
		{"localhost:4545", "PUT /v1/users", "", "backend  PUT /v1/users"},
		// prefixes, slashes and tunnelled methods
		{"localhost:4545", "GET /.accounts.dev/v1/client/handshake?x=1", "", "frontend  GET /v1/client/handshake"},
		{"localhost:4545", "GET /.accounts.dev", "", "console  GET /"},
		{"localhost:4545", "GET /.accounts.devx/v1/client", "", "console  GET /.accounts.devx/v1/client"},
		{"localhost:4545", "GET /.accounts.dev/sign-in", "", "portal  GET /sign-in"},
		{"localhost:4545", "GET /sign-up/continue", "", "portal  GET /sign-up/continue"},
		{"localhost:4545", "GET /i/w1/user/", "", "portal w1 GET /user"},
		{"localhost:4545", "GET /portal/portal.js", "", "portal  GET /portal/portal.js"},
		{"localhost:4545", "GET /users", "", "console  GET /users"},
		{"localhost:4545", "POST /__clerk/v1/me/email_addresses/", "", "frontend  POST /v1/me/email_addresses"},
		{"localhost:4545", "POST /v1/environment?_method=PATCH", "", "frontend  PATCH /v1/environment"},
		{"localhost:4545", "POST /v1/client/sessions?_method=delete", "", "frontend  DELETE /v1/client/sessions"},
		{"localhost:4545", "GET /v1/client/sessions/s?_method=DELETE", "", "frontend  GET /v1/client/sessions/s"},
		// instances
		{"localhost:4545", "GET /i/w1/v1/users", sk, "backend w1 GET /v1/users"},
		{"localhost:4545", "GET /i/w1/.accounts.dev/v1/client", "", "frontend w1 GET /v1/client"},
		{"localhost:4545", "GET /i/w1", "", "console w1 GET /"},
		{"localhost:4545", "GET /i/w1/_emulator/env", "", "control w1 GET /_emulator/env"},
		{"w1.localhost:4545", "GET /v1/client", "", "frontend w1 GET /v1/client"},
		{"W1.LOCALHOST.:4545", "GET /v1/client", "", "frontend w1 GET /v1/client"},
		{"w1.emulator:4545", "GET /v1/client", "", "frontend w1 GET /v1/client"},
		{"emulator:4545", "GET /v1/client", "", "frontend  GET /v1/client"},
		{"dev.localhost:4545", "GET /v1/client", "", "frontend  GET /v1/client"},
		{"w1.dev.localhost:4545", "GET /v1/client", "", "frontend w1 GET /v1/client"},
		{"127.0.0.1:4545", "GET /v1/client", "", "frontend  GET /v1/client"},
		{"[::1]:4545", "GET /v1/client", "", "frontend  GET /v1/client"},
		{"w1.localhost:4545", "GET /i/w2/v1/users", sk, "backend w2 GET /v1/users"},
		// junk stays inside its segment
		{"localhost:4545", "GET /v1/users/a%2Fb", sk, "backend  GET /v1/users/a%2Fb"},
		{"localhost:4545", "GET /v1/users/..", sk, "backend  GET /v1/users/.."},
		{"localhost:4545", "GET //v1/users", sk, "console  GET //v1/users"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequest(method, "http://x"+path, nil)
		r.Host = c.host
		r.Header.Set("Authorization", c.auth)
		got := d.target(r)
		if line := strings.Join([]string{string(got.door), got.slug, got.method, got.path}, " "); line != c.want {
			t.Errorf("%s%s (%s) goes to %q, not %q", c.host, c.request, c.auth, line, c.want)
		}
		out, err := got.rewrite(r)
		if err != nil || out.URL.EscapedPath() != got.path || out.Method != got.method {
			t.Errorf("%s became %s %s (%v)", c.request, out.Method, out.URL, err)
		}
	}
}

func FuzzDispatch(f *testing.F) {
	f.Add("localhost:4545", "/i/w1/.accounts.dev/v1/users/", "sk_test_x")
	f.Add("a.localhost.", "/%2e%2e/..;/v1//client", "a.b.c")
	d := newDispatcher(nil, nil)
	f.Fuzz(func(t *testing.T, host, path, key string) {
		r := httptest.NewRequest("POST", "http://x/", nil)
		r.Host, r.URL.Path = host, "/"+path
		r.Header.Set("Authorization", "Bearer "+key)
		got := d.target(r)
		if !strings.HasPrefix(got.path, "/") || got.door == "" {
			t.Fatalf("%q goes to %+v", path, got)
		}
		if _, err := got.rewrite(r); err != nil {
			t.Fatalf("%q cannot be rewritten: %v", path, err)
		}
	})
}
