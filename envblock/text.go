package envblock

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
)

// The bundles that the SDKs ask for, by major version: today's, and that of
// @clerk/clerk-react 5 and @clerk/nextjs 6.
const (
	clerkJS    = "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"
	clerkUI    = "/npm/@clerk/ui@1/dist/ui.browser.js"
	oldClerkJS = "/npm/@clerk/clerk-js@5/dist/clerk.browser.js"
)

// service is the emulator's name in a compose network.
const service = "emulator"

// vite: the SDKs for React read the publishable key and nothing else
// (clerk/javascript packages/react/src/utils/envVariables.ts).
func (e Env) vite() string {
	about, without := "The browser finds the emulator by this key; "+e.trust(), "Without TLS the key is not enough"
	if !e.holdsAddress() {
		about, without = "The key of your Clerk instance", "This key leads browsers to Clerk, unless ClerkProvider says otherwise"
	}
	return settings(setting{about, "VITE_CLERK_PUBLISHABLE_KEY", e.PublishableKey}) + lines(
		"# No variable turns telemetry off here: <ClerkProvider telemetry={false}> does",
		"",
		"# "+without+", and no variable says the rest. These properties do:",
		"# @clerk/react 6",
		fmt.Sprintf("#   proxyUrl=%q", e.BackendAPIURL),
		fmt.Sprintf("#   __internal_clerkJSUrl=%q", e.BackendAPIURL+clerkJS),
		fmt.Sprintf("#   __internal_clerkUIUrl=%q", e.BackendAPIURL+clerkUI),
		"# @clerk/clerk-react 5",
		fmt.Sprintf("#   proxyUrl=%q", e.BackendAPIURL),
		fmt.Sprintf("#   clerkJSUrl=%q", e.BackendAPIURL+oldClerkJS),
	)
}

// trust is how a browser comes to believe the certificate.
func (e Env) trust() string {
	if e.CAFile == nil {
		return "its https needs a certificate that the browser trusts, here one in memory: nightclerk certs install --url " + e.BackendAPIURL
	}
	return "its https needs a certificate that the browser trusts: nightclerk certs install"
}

// holdsAddress tells a key that leads to the emulator from one that an app
// brought along, whose host is Clerk's.
func (e Env) holdsAddress() bool {
	host, err := instance.ParsePublishableKey(e.PublishableKey)
	return err == nil && "https://"+strings.TrimSuffix(host, instance.KeyPath) == e.FrontendAPIURL
}

// next: the lines for plain HTTP are comments while the key itself leads to the
// emulator. NEXT_PUBLIC_ values are fixed when the app is built.
func (e Env) next() string {
	about, page, mark := "The browser finds the emulator by this key", "leave it out to use the emulator's own page", "# "
	without := "Without TLS, when the browser does not trust the local CA: uncomment these three, keep the rest."
	if !e.holdsAddress() {
		about, page, mark = "The key of your Clerk instance", "without it your server sends people to Clerk's page", ""
		without = "That key leads browsers to Clerk; these three lead them to the emulator."
	}
	return settings(append([]setting{{about, "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", e.PublishableKey}},
		append(e.server(),
			setting{"Where your app signs in; " + page, "NEXT_PUBLIC_CLERK_SIGN_IN_URL", "/sign-in"},
			setting{"Nothing is sent to Clerk from the browser", "NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED", "1"})...)...) +
		lines("",
			"# "+without,
			"# With @clerk/nextjs 6 write clerk-js@5 and leave the UI line out.",
			mark+"NEXT_PUBLIC_CLERK_PROXY_URL="+e.BackendAPIURL,
			mark+"NEXT_PUBLIC_CLERK_JS_URL="+e.BackendAPIURL+clerkJS,
			mark+"NEXT_PUBLIC_CLERK_UI_URL="+e.BackendAPIURL+clerkUI,
		)
}

// express: a page without its cookies is sent to the key's host for a handshake,
// unless a proxy is named.
func (e Env) express() string {
	list := append([]setting{{"Which instance this is", "CLERK_PUBLISHABLE_KEY", e.PublishableKey}}, e.server()...)
	if !e.holdsAddress() {
		list = append(list, setting{"That key leads browsers to Clerk; this leads them to the emulator", "CLERK_PROXY_URL", e.BackendAPIURL})
	}
	return settings(list...)
}

// server are the variables that all of Clerk's server SDKs read.
func (e Env) server() []setting {
	list := []setting{
		{"Key of the Backend API", "CLERK_SECRET_KEY", e.SecretKey},
		{"The Backend API, over plain HTTP: Node needs no certificate", "CLERK_API_URL", e.BackendAPIURL},
	}
	if e.JWTKey != "" {
		list = append(list, setting{"Public key: tokens are verified without a request; changes with the signing key", "CLERK_JWT_KEY", oneLine(e.JWTKey)})
	}
	return append(list,
		setting{"Secret of webhook endpoints without one of their own", "CLERK_WEBHOOK_SIGNING_SECRET", e.WebhookSecret},
		setting{"Nothing is sent to Clerk from the server", "CLERK_TELEMETRY_DISABLED", "1"})
}

// oneLine quotes a PEM so that every dotenv reader gives its line breaks back.
func oneLine(pem string) string {
	return `"` + strings.ReplaceAll(strings.TrimSpace(pem), "\n", `\n`) + `"`
}

// convex: the names are those of Convex's own documentation, and those that apps
// use beside them. A deployment sees a new auth.config.ts only after a push.
func (e Env) convex() string {
	return lines(
		"# The issuer: what auth.config.ts has as domain",
		"npx convex env set CLERK_JWT_ISSUER_DOMAIN "+e.Issuer,
		"# The same, for apps that read it under this name",
		"npx convex env set CLERK_FRONTEND_API_URL "+e.Issuer,
		"# Secret of the webhook endpoint",
		"npx convex env set CLERK_WEBHOOK_SECRET "+e.WebhookSecret,
		"# The same, for newer apps",
		"npx convex env set CLERK_WEBHOOK_SIGNING_SECRET "+e.WebhookSecret,
		"# auth.config.ts takes effect when it is pushed",
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

// setting is one variable with what a reader wants to know of it.
type setting struct{ about, name, value string }

// settings puts each comment on a line of its own: not every reader of dotenv
// files takes one after a value.
func settings(list ...setting) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "# %s\n%s=%s\n", s.about, s.name, s.value)
	}
	return b.String()
}

func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }
