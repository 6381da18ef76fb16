package webhooks

import (
	"strings"
	"testing"
)

// Every mistake that developers make has its sentence.
func TestDiagnosis(t *testing.T) {
	const hook = "http://localhost:3000/api/webhooks/clerk"
	for _, c := range []struct {
		name string
		a    Attempt
		says []string
	}{
		{"no secret", Attempt{Code: 500, Response: "Error: Missing webhook signing secret. Set the CLERK_WEBHOOK_SIGNING_SECRET environment variable"}, []string{"knows no secret", "NUXT_CLERK_WEBHOOK_SIGNING_SECRET"}},
		{"half a secret", Attempt{Code: 500, Response: "Base64Coder: incorrect padding"}, []string{"no whole secret", "whsec_"}},
		{"no headers", Attempt{Code: 400, Response: "Unable to verify incoming webhook: Missing required webhook headers: svix-id"}, []string{"svix-* headers", "original request"}},
		{"standardwebhooks", Attempt{Code: 400, Response: "Missing required headers"}, []string{"webhook-*", "both"}},
		{"wrong secret", Attempt{Code: 400, Response: "Unable to verify incoming webhook: No matching signature found"}, []string{"another endpoint's", "request.text()", "express.raw"}},
		{"stale", Attempt{Code: 400, Response: "Message timestamp too old"}, []string{"five minutes"}},
		{"its own words", Attempt{Code: 400, Response: "Bad Signature"}, []string{"CLERK_WEBHOOK_SIGNING_SECRET", "raw body"}},
		{"no words", Attempt{Code: 400}, []string{"CLERK_WEBHOOK_SIGNING_SECRET", "raw body"}},
		{"protected", Attempt{Code: 401}, []string{"/api/webhooks/clerk is protected (401)", "createRouteMatcher(['/api/webhooks/clerk(.*)'])"}},
		{"hidden", Attempt{Code: 404, Response: "{}"}, []string{"no route at /api/webhooks/clerk", "auth.protect()"}},
		{"Next's page", Attempt{Code: 404, Response: `<!DOCTYPE html><html><head><script src="/_next/static/chunks/main.js">`}, []string{"app/api/webhooks/clerk/route.ts", "POST"}},
		{"Next's text", Attempt{Code: 404, Response: "404: This page could not be found."}, []string{"Next.js has no route", "route.ts"}},
		{"Express", Attempt{Code: 404, Response: "<pre>Cannot POST /api/webhooks/clerk</pre>"}, []string{`app.post("/api/webhooks/clerk"`}},
		{"Convex", Attempt{Code: 404, Response: "No matching routes found"}, []string{"convex/http.ts", `"/api/webhooks/clerk"`}},
		{"Vite", Attempt{Code: 403, Response: `Blocked request. This host ("host.docker.internal") is not allowed.`}, []string{"allowedHosts"}},
		{"no POST", Attempt{Code: 405}, []string{"does not take POST"}},
		{"too large", Attempt{Code: 413}, []string{"too large", "limit"}},
		{"sign-in", Attempt{Code: 307, Location: "/sign-in?redirect_url=x"}, []string{"protected", "/sign-in", "createRouteMatcher"}},
		{"www", Attempt{Code: 308, Location: "https://www.example.com/hook"}, []string{"https://www.example.com/hook", "do not follow"}},
		{"cloud", Attempt{Code: 404, URL: "https://happy-otter-1.convex.cloud/clerk"}, []string{"https://happy-otter-1.convex.site/clerk"}},
		{"port of functions", Attempt{Code: 404, Response: "No matching routes found", URL: "http://127.0.0.1:3210/clerk"}, []string{"http://127.0.0.1:3211/clerk"}},
		{"no Convex at all", Attempt{Failure: FailureRefused, URL: "http://127.0.0.1:3210/clerk"}, []string{"Nothing listens"}},
		{"refused", Attempt{Failure: FailureRefused}, []string{"localhost:3000", "host.docker.internal"}},
		{"refused elsewhere", Attempt{Failure: FailureRefused, URL: "http://app:3000/"}, []string{"Nothing listens at app:3000"}},
		{"slow", Attempt{Failure: FailureTimeout, Response: "no complete answer within 15s"}, []string{"within 15s", "afterwards"}},
		{"unknown authority", Attempt{Failure: FailureTLS, Response: "tls: failed to verify certificate: x509: certificate signed by unknown authority"}, []string{"mkcert -install"}},
		{"plain", Attempt{Failure: FailureTLS, Response: "http: server gave HTTP response to HTTPS client"}, []string{"plain HTTP", "http://"}},
		{"expired", Attempt{Failure: FailureTLS, Response: "x509: certificate has expired or is not yet valid"}, []string{"expired"}},
		{"another name", Attempt{Failure: FailureTLS, Response: "x509: certificate is valid for example.com, not localhost"}, []string{"another name"}},
		{"TLS on plain", Attempt{Code: 400, Response: "Client sent an HTTP request to an HTTPS server.\n"}, []string{"https://"}},
		{"nginx", Attempt{Code: 400, Response: "<center>The plain HTTP request was sent to HTTPS port</center>"}, []string{"https://"}},
		{"proxy", Attempt{Code: 502}, []string{"proxy", "not running"}},
		{"crash", Attempt{Code: 500, Response: "TypeError"}, []string{"failed (500)"}},
	} {
		a := c.a
		a.Status = StatusFail
		if a.URL == "" {
			a.URL = hook
		}
		got := a.Diagnosis()
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.name, got, want)
			}
		}
		if strings.Contains(got, "{path}") || strings.Contains(got, "{host}") || !strings.HasSuffix(got, ".") {
			t.Errorf("%s: %q is no sentence", c.name, got)
		}
	}
}
