package webhooks

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Diagnosis says in one sentence why an attempt failed and what to do; empty
// for a success. Of an attempt that a fault rule has changed it says that first.
func (a *Attempt) Diagnosis() string {
	if a.Fault != "" {
		return a.onPurpose()
	}
	switch {
	case a.Status == StatusSuccess:
		return ""
	case a.Code == 0:
		return a.unanswered()
	case a.Code >= 300 && a.Code < 400:
		return a.redirected()
	case a.Code >= 500:
		return a.broken()
	}
	return a.refused()
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
		return "The app at " + host + " did not answer in time: answer 2xx first and do the slow work afterwards."
	case FailureTLS:
		return "TLS with " + host + " failed: use http:// for a local app, or a certificate that this machine trusts."
	}
	return "The request to " + host + " failed: " + a.Response
}

// insideContainer reminds of the usual mistake when the host is this machine.
func insideContainer(host string) string {
	name, _, _ := net.SplitHostPort(host)
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		return " (from a container, the machine's localhost is host.docker.internal)"
	}
	return ""
}

func (a *Attempt) redirected() string {
	switch {
	case a.Location == "":
		return fmt.Sprintf("The route answered %d: a webhook route must answer 2xx itself.", a.Code)
	case strings.Contains(a.Location, "sign-in") || strings.Contains(a.Location, "sign-up") || strings.Contains(a.Location, "login"):
		return "The route is protected, the request was sent to " + a.Location + ": make it public in your middleware (clerkMiddleware)."
	}
	return "The request was redirected to " + a.Location + " and webhooks do not follow: use that URL as the endpoint's."
}

func (a *Attempt) refused() string {
	path := a.path()
	switch a.Code {
	case 400:
		return "The handler refused the request: compare its CLERK_WEBHOOK_SIGNING_SECRET with this endpoint's secret, and verify the raw body, not a parsed one."
	case 401, 403:
		return fmt.Sprintf("The route is protected (%d): make %s public in your middleware.", a.Code, path)
	case 404:
		return "There is no route at " + path + ", or your middleware hides it (auth.protect() answers 404): correct the URL or make the route public."
	case 405:
		return "The route " + path + " does not take POST: export a POST handler there, or correct the URL."
	case 413:
		return "The app refused the body as too large: raise its limit for " + path + "."
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

func (a *Attempt) path() string {
	u, err := url.Parse(a.URL)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}
