package frontendapi_test

import (
	"net/url"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

func TestAHostedPageIsToldWhichAppALinkIsFor(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	for _, c := range []struct{ name, origin, page, want string }{
		{"an app", "http://localhost:5173", "/sign-in#/verify", "http://localhost:5173/"},
		{"an app that said where to", "http://localhost:5173", "/sign-in?redirect_url=http%3A%2F%2Flocalhost%3A5173%2Fa#/verify", "http://localhost:5173/a"},
		{"an app at its own page", "http://localhost:5173", "/verify", ""},
		{"nobody knows whom", "null", "/sign-in#/verify", ""},
		{"itself", s.URL, "/sign-in#/verify", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.Seeded(t, linking()).Browser()
			display := b.JSON("GET /v1/environment")["display_config"].(map[string]any)
			page, err := url.Parse(display["sign_in_url"].(string))
			if err != nil {
				t.Fatal(err)
			}
			b.User("ada@example.com")
			begin(b, "ada@example.com")
			b.Origin = c.origin
			ask, err := page.Parse(portalPath(page) + c.page)
			if err != nil {
				t.Fatal(err)
			}
			b.JSON("POST /v1/client/sign_ins/{sia}/prepare_first_factor strategy=email_link&redirect_url=" + url.QueryEscape(ask.String()))
			to := follow(b, "ada@example.com")
			if q := to.Query(); q.Get("redirect_url") != c.want || q.Get("__clerk_status") != "verified" || to.Fragment != ask.Fragment {
				t.Errorf("the link leads to %s", to)
			}
		})
	}
}

// portalPath is what the addresses of the hosted pages begin with.
func portalPath(signIn *url.URL) string { return signIn.Path[:len(signIn.Path)-len("/sign-in")] }
