package webhooks

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestFailures runs one attempt against every way to fail.
func TestFailures(t *testing.T) {
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	closed.Close()
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("so far"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/sign-in", http.StatusTemporaryRedirect)
	}
	hangUp := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		url     string
		code    int
		failure FailureKind
		says    string
	}{
		{"refused", nil, "http://" + closed.Addr().String(), 0, FailureRefused, "Nothing listens at " + closed.Addr().String()},
		{"slow body", hang, "", 0, FailureTimeout, "did not answer in time"},
		{"hang up", hangUp, "", 0, FailureReset, "closed the connection"},
		{"tls to plain", status(200), "https://", 0, FailureTLS, "use http://"},
		{"unknown name", nil, "http://nightclerk.invalid", 0, FailureDNS, "nightclerk.invalid does not resolve"},
		{"redirect", redirect, "", 307, "", "/sign-in: make it public"},
		{"bad request", status(400), "", 400, "", "CLERK_WEBHOOK_SIGNING_SECRET"},
		{"not found", status(404), "", 404, "", "There is no route at /hook"},
		{"method", status(405), "", 405, "", "does not take POST"},
		{"gone", status(410), "", 410, "", "answered 410"},
		{"server error", status(500), "", 500, "", "The handler failed (500)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(e *env) {
				app := newReceiver(e.t, c.answer)
				target := strings.Replace(app.URL, "http://", cmp.Or(c.url, "http://"), 1) + "/hook"
				if c.answer == nil {
					target = c.url
				}
				e.endpoint(EndpointParams{URL: target, Schedule: "manual"})
				e.start(Options{Timeout: 300 * time.Millisecond})
				a := e.settled(e.emit("user.created", ada).ID, 1)[0]
				if a.Code != c.code || a.Failure != c.failure || a.Status != StatusFail || !strings.Contains(a.Diagnosis(), c.says) {
					e.t.Errorf("attempt %+v\ndiagnosis %q, want …%q…", a, a.Diagnosis(), c.says)
				}
				requests := 1
				if c.failure == FailureReset {
					requests = 2 // once more at once, as svix-server does
				}
				if n := len(app.seen()); n > requests || c.failure == FailureReset && n != requests {
					e.t.Errorf("the app saw %d requests of one attempt", n)
				}
			})
		})
	}
}

func TestOwnAddressIsRefused(t *testing.T) {
	each(t, func(e *env) {
		app := newReceiver(e.t)
		e.endpoint(EndpointParams{URL: app.URL, Schedule: "manual"})
		u, _ := url.Parse(app.URL)
		own := netip.MustParseAddrPort(u.Host)
		e.start(Options{Refuse: []netip.AddrPort{own}})
		a := e.settled(e.emit("user.created", ada).ID, 1)[0]
		if a.Failure != FailureLoop || len(app.seen()) != 0 || !strings.Contains(a.Diagnosis(), "the emulator itself") {
			e.t.Errorf("attempt %+v, the app saw %d requests", a, len(app.seen()))
		}
	})
}

func TestRefuse(t *testing.T) {
	own := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4545"), netip.MustParseAddrPort("[::]:80")}
	for address, refused := range map[string]bool{
		"127.0.0.1:4545": true, "[::ffff:127.0.0.1]:4545": true, "127.0.0.1:3000": false, "[::1]:4545": false,
		"127.0.0.1:80": true, "192.0.2.1:80": false, "not an address": false,
	} {
		if err := refuse(own, address); (err != nil) != refused {
			t.Errorf("dialing %s: %v, want refused: %v", address, err, refused)
		}
	}
}
