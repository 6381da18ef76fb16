package webhooks

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Diagnosis says in one sentence why an attempt failed and what to do; empty
// for what did not fail. Of an attempt that a fault rule has changed it says that
// first.
func (a *Attempt) Diagnosis() string {
	if a.Fault != "" {
		return a.onPurpose()
	}
	if a.Status != StatusFail {
		return ""
	}
	for _, explain := range []func(*Attempt) string{(*Attempt).wrongAddress, (*Attempt).told} {
		if text := explain(a); text != "" {
			return text
		}
	}
	switch {
	case a.Code == 0:
		return a.unanswered()
	case a.Code >= 300 && a.Code < 400:
		return a.redirected()
	case a.Code >= 500:
		return a.broken()
	}
	return a.refused()
}

// wrongAddress finds the mistakes that the URL itself shows, whatever was
// answered: Convex serves HTTP actions at another host, or port, than functions.
func (a *Attempt) wrongAddress() string {
	name, port, host := a.hostname(), "", a.host()
	if _, p, err := net.SplitHostPort(host); err == nil {
		port = p
	}
	switch {
	case strings.HasSuffix(name, ".convex.cloud"):
		return "Convex serves HTTP actions at .convex.site, not at .convex.cloud: use https://" + strings.TrimSuffix(name, ".convex.cloud") + ".convex.site" + a.path() + " as the endpoint's URL."
	case port == "3210" && a.Code != 0:
		return "Port 3210 of a local Convex is for functions, HTTP actions are at 3211: use " + strings.Replace(a.URL, ":3210", ":3211", 1) + " as the endpoint's URL."
	}
	return ""
}

// saying is a text that frameworks and verifiers answer with, and what it means
// for whoever reads it.
type saying struct{ text, meaning string }

// sayings are looked for in the answer of an attempt, the first that is found
// counts. Texts of @clerk/backend, svix and standardwebhooks first, since they
// name the cause; then of servers in front of a handler. {path} and {host} stand
// for the endpoint's.
var sayings = []saying{
	{"Missing webhook signing secret", "The app knows no secret: set CLERK_WEBHOOK_SIGNING_SECRET (NUXT_CLERK_WEBHOOK_SIGNING_SECRET for Nuxt) to this endpoint's secret and restart it."},
	{"Secret can't be empty", "The app knows no secret: set CLERK_WEBHOOK_SIGNING_SECRET to this endpoint's secret and restart it."},
	{"Base64Coder", "The app's CLERK_WEBHOOK_SIGNING_SECRET is no whole secret: copy it again from whsec_ to its end, without quotes or spaces."},
	{"Missing required webhook headers", "The handler looked for the svix-* headers in something that has none: give verifyWebhook the original request, and let no proxy drop them."},
	{"Missing required headers", "The handler looked for the signature's headers in something that has none: give it the request's own headers; standardwebhooks reads only webhook-*, so choose the header set both for it."},
	{"Message timestamp too", "The app's clock and this machine's differ by more than five minutes: set them right."},
	{"No matching signature found", "The signature did not match: CLERK_WEBHOOK_SIGNING_SECRET is another endpoint's, or the body was parsed before it was verified (use request.text(), or express.raw({ type: 'application/json' }) in front of the route)."},
	{"Unable to verify incoming webhook", "The handler could not verify the request: compare its CLERK_WEBHOOK_SIGNING_SECRET with this endpoint's secret, and give verifyWebhook the raw body."},
	{"HTTP request to an HTTPS server", "The app at {host} expects TLS: write https:// in the endpoint's URL."},
	{"plain HTTP request was sent to HTTPS port", "The app at {host} expects TLS: write https:// in the endpoint's URL."},
	{"Blocked request. This host", "Vite refuses the host name: add it to server.allowedHosts in vite.config."},
	{"No matching routes found", "Convex has no HTTP action at {path}: add http.route({ path: \"{path}\", method: \"POST\", … }) to convex/http.ts and let it deploy."},
	{"Cannot POST ", "Express has no route at {path} for POST: add app.post(\"{path}\", …), or correct the URL."},
	{"/_next/static", "Next.js answered {path} with a page: the handler belongs into a file such as app{path}/route.ts that exports POST, and the middleware must let it through."},
	{"This page could not be found", "Next.js has no route at {path}: the handler belongs into a file such as app{path}/route.ts that exports POST."},
}

// told looks for what the answer says by itself.
func (a *Attempt) told() string {
	if a.Code < 400 {
		return ""
	}
	for _, s := range sayings {
		if strings.Contains(a.Response, s.text) {
			return strings.NewReplacer("{path}", a.path(), "{host}", a.host()).Replace(s.meaning)
		}
	}
	lower := strings.ToLower(a.Response)
	if a.Code == 400 && (strings.Contains(lower, "secret") || strings.Contains(lower, "signature")) {
		return "The handler did not accept the signature: compare its CLERK_WEBHOOK_SIGNING_SECRET with this endpoint's secret, and verify the raw body, not a parsed one."
	}
	return ""
}

func (a *Attempt) unanswered() string {
	host := a.host()
	switch a.Failure {
	case FailureDNS:
		return "The name " + host + " does not resolve from here: correct the URL, or the compose service's name."
	case FailureLoop:
		return "This URL is the emulator itself, not your app: point the endpoint at your app's port."
	case FailureNotHTTP:
		return "What listens at " + host + " does not speak plain HTTP: use https:// if it expects TLS, or another port."
	case FailureRefused:
		return "Nothing listens at " + host + ": start your app, or correct the port" + insideContainer(host) + "."
	case FailureReset:
		return "The app at " + host + " closed the connection before answering: it probably crashed or restarted, look at its log."
	case FailureTimeout:
		return "The app at " + host + " did not answer in time" + limit(a.Response) + ": answer 2xx first and do the slow work afterwards."
	case FailureTLS:
		return a.untrusted(host)
	}
	return "The request to " + host + " failed: " + a.Response
}

// limit is how long was waited, from the words of the attempt's response.
func limit(response string) string {
	if _, wait, ok := strings.Cut(response, "no complete answer within "); ok {
		return " (within " + wait + ")"
	}
	return ""
}

func (a *Attempt) untrusted(host string) string {
	is := func(text string) bool { return strings.Contains(a.Response, text) }
	switch {
	case is("HTTP response to HTTPS client"), is("does not look like a TLS handshake"):
		return "The app at " + host + " speaks plain HTTP: use http:// in the endpoint's URL."
	case is("unknown authority"):
		return "The certificate of " + host + " is signed by nobody that this machine trusts: use http:// for a local app, or install the authority that made it (mkcert -install)."
	case is("expired"):
		return "The certificate of " + host + " has expired: renew it, or use http:// for a local app."
	case is("certificate is valid for"), is("doesn't contain any IP SANs"):
		return "The certificate of " + host + " is for another name: use that name in the URL, or http:// for a local app."
	}
	return "TLS with " + host + " failed: use http:// for a local app, or a certificate that this machine trusts."
}

// insideContainer reminds of the usual mistake when the host is this machine.
func insideContainer(host string) string {
	name, _, _ := net.SplitHostPort(host)
	if ip := net.ParseIP(name); name == "localhost" || host == "localhost" || ip != nil && ip.IsLoopback() {
		return " (from a container, the machine's localhost is host.docker.internal)"
	}
	return ""
}

// public says how to let a route through Clerk's middleware.
func (a *Attempt) public() string {
	return "make it public in your middleware (createRouteMatcher(['" + a.path() + "(.*)']) before auth.protect())"
}

func (a *Attempt) redirected() string {
	switch {
	case a.Location == "":
		return fmt.Sprintf("The route answered %d: a webhook route must answer 2xx itself.", a.Code)
	case strings.Contains(a.Location, "sign-in") || strings.Contains(a.Location, "sign-up") || strings.Contains(a.Location, "login"):
		return "The route is protected, the request was sent to " + a.Location + ": " + a.public() + "."
	}
	return "The request was redirected to " + a.Location + " and webhooks do not follow: use that URL as the endpoint's."
}

func (a *Attempt) refused() string {
	path := a.path()
	switch a.Code {
	case 400:
		return "The handler refused the request: compare its CLERK_WEBHOOK_SIGNING_SECRET with this endpoint's secret, and verify the raw body, not a parsed one."
	case 401, 403:
		return fmt.Sprintf("The route %s is protected (%d): %s.", path, a.Code, a.public())
	case 404:
		return "There is no route at " + path + ", or your middleware hides it (auth.protect() answers 404): correct the URL, or " + a.public() + "."
	case 405:
		return "The route " + path + " does not take POST: export a POST handler there, or correct the URL."
	case 413:
		return "The app refused the body as too large: raise the limit of what parses it for " + path + ", such as express.raw({ limit: '1mb' })."
	case 415:
		return "The app takes no application/json at " + path + ": let the route read the raw body whatever its type."
	case 429:
		return "The app limits its rate (429): exempt " + path + ", or send fewer events."
	}
	return fmt.Sprintf("The handler answered %d: only 2xx counts as delivered.", a.Code)
}

func (a *Attempt) broken() string {
	switch a.Code {
	case 502, 503, 504:
		return fmt.Sprintf("A proxy answered %d: the app behind it is not running or too slow.", a.Code)
	}
	return fmt.Sprintf("The handler failed (%d): the response below or the app's own log says why.", a.Code)
}

func (a *Attempt) host() string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return a.URL
	}
	return u.Host
}

func (a *Attempt) hostname() string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (a *Attempt) path() string {
	u, err := url.Parse(a.URL)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}
