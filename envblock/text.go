package envblock

import (
	"fmt"
	"net/url"
	"strings"
)

// The bundles that today's SDKs ask for, by major version.
const (
	clerkJS = "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"
	clerkUI = "/npm/@clerk/ui@1/dist/ui.browser.js"
)

// service is the emulator's name in a compose network.
const service = "emulator"

// vite: the SDKs for React read the publishable key and nothing else
// (clerk/javascript packages/react/src/utils/envVariables.ts).
func (e Env) vite() string {
	return lines("VITE_CLERK_PUBLISHABLE_KEY=" + e.PublishableKey)
}

// next: the commented lines are for a browser that does not trust the local
// certificate authority. NEXT_PUBLIC_ values are fixed when the app is built.
func (e Env) next() string {
	return lines(
		"NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY="+e.PublishableKey,
		"CLERK_SECRET_KEY="+e.SecretKey,
		"CLERK_API_URL="+e.BackendAPIURL,
		"CLERK_WEBHOOK_SIGNING_SECRET="+e.WebhookSecret,
		"NEXT_PUBLIC_CLERK_SIGN_IN_URL=/sign-in",
		"NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED=1",
		"",
		"# Over plain HTTP, when the browser does not trust the local CA:",
		"# NEXT_PUBLIC_CLERK_PROXY_URL="+e.BackendAPIURL,
		"# NEXT_PUBLIC_CLERK_JS_URL="+e.BackendAPIURL+clerkJS,
		"# NEXT_PUBLIC_CLERK_UI_URL="+e.BackendAPIURL+clerkUI,
	)
}

func (e Env) express() string {
	return lines(
		"CLERK_PUBLISHABLE_KEY="+e.PublishableKey,
		"CLERK_SECRET_KEY="+e.SecretKey,
		"CLERK_API_URL="+e.BackendAPIURL,
		"CLERK_WEBHOOK_SIGNING_SECRET="+e.WebhookSecret,
		"CLERK_TELEMETRY_DISABLED=1",
	)
}

// convex: the names are those of Convex's own documentation. A deployment sees a
// new auth.config.ts only after a push.
func (e Env) convex() string {
	return lines(
		"npx convex env set CLERK_JWT_ISSUER_DOMAIN "+e.Issuer,
		"npx convex env set CLERK_WEBHOOK_SECRET "+e.WebhookSecret,
		"npx convex dev --once",
	)
}

// compose: containers reach the emulator by its service's name, and the issuer
// must be a name that they can resolve. The browser never looks it up.
func (e Env) compose() string {
	port, path := "4545", ""
	if u, err := url.Parse(e.BackendAPIURL); err == nil {
		port, path = portOf(u), u.Path
	}
	origin := "http://" + service + ":" + port
	return lines(
		"services:",
		"  "+service+":",
		"    image: nightclerk",
		"    environment:",
		"      NIGHTCLERK_ISSUER: "+origin,
		"    ports:",
		fmt.Sprintf("      - \"127.0.0.1:%s:%s\"", port, port),
		"  app:",
		"    environment:",
		"      CLERK_PUBLISHABLE_KEY: "+e.PublishableKey,
		"      CLERK_SECRET_KEY: "+e.SecretKey,
		"      CLERK_API_URL: "+origin+path,
		"      CLERK_WEBHOOK_SIGNING_SECRET: "+e.WebhookSecret,
		"      CLERK_JWT_ISSUER_DOMAIN: "+origin+path,
	)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }
