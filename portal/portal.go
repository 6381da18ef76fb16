// Package portal is the door for people who are sent away from an app to sign
// in: pages at the addresses to which Clerk's SDKs redirect when the app has
// none of its own. A page is a frame around Clerk's own components; how signing
// in works is between them and the Frontend API. It must not know users, load
// anything from elsewhere, or set cookies: those of this host are the app's too.
package portal

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/sdkbundle"
)

//go:embed assets
var assets embed.FS

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Deps is what the door works with.
type Deps struct {
	Instances *instance.Registry
	// SDK tells which generation of Clerk's scripts there is.
	SDK sdkbundle.Library
	// AllowHosts are further names that an app may have to which people go back.
	AllowHosts []string
	Log        *slog.Logger
}

// portal is the door.
type portal struct {
	Deps
	refuse func(http.ResponseWriter, *httpapi.Call, error)
}

// New returns the door.
func New(d Deps) http.Handler {
	return &portal{Deps: d, refuse: httpapi.WriteClerkError(d.Log)}
}

// assetPath begins the addresses of the door's own files.
const assetPath = "/portal/"

// Paths are the first segments of the door's addresses.
func Paths() []string { return []string{"/portal", "/sign-in", "/sign-up", "/user", "/waitlist"} }

// kind is a page: what it is called and which of Clerk's components it shows.
type kind struct{ title, component string }

var kinds = map[string]kind{
	"sign-in":  {"Sign in", "SignIn"},
	"sign-up":  {"Sign up", "SignUp"},
	"user":     {"Your account", "UserProfile"},
	"waitlist": {"Join the waitlist", "Waitlist"},
}

// ServeHTTP answers with a page or one of its files.
func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httpapi.RecordOf(r.Context())
	rec.Operation = "portal"
	if name, ok := strings.CutPrefix(r.URL.Path, assetPath); ok {
		serveAsset(w, r, name)
		return
	}
	live, err := p.Instances.Addressed(r.Context())
	if err != nil {
		p.refuse(w, &httpapi.Call{R: r, Record: rec, Header: w.Header()}, err)
		return
	}
	rec.Instance = live.ID
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	k, ok := kinds[first]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := p.write(w, r, live, k); err != nil {
		p.refuse(w, &httpapi.Call{R: r, Record: rec, Header: w.Header()}, err)
	}
}

// page is what the template is given.
type page struct {
	Title, Component string
	Prefix           string // of every address of the instance on this host
	PublishableKey   string
	ClerkJS, UI      string // paths of the scripts; UI is "" where ClerkJS has the components
	AllowedHosts     string
	Console          string
}

func (p *portal) write(w http.ResponseWriter, r *http.Request, live *instance.Live, k kind) error {
	prefix := prefix(r)
	clerkJS, ui := p.scripts()
	var buf bytes.Buffer
	err := pageTemplate.Execute(&buf, page{Title: k.title, Component: k.component, Prefix: prefix, PublishableKey: live.PublishableKey(),
		ClerkJS: clerkJS, UI: ui, AllowedHosts: strings.Join(p.AllowHosts, " "), Console: live.Addresses.Backend + "/"})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy(live))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "same-origin") // redirect_url is the app's business
	h.Set("X-Content-Type-Options", "nosniff")
	_, err = buf.WriteTo(w)
	return err
}

// policy lets Clerk's components do what they do and nothing leave this host.
// They write style attributes and run their timer in a worker made of a blob;
// pictures of people may be under the instance's other address.
func policy(live *instance.Live) string {
	pictures := ""
	if u, err := url.Parse(live.Addresses.Backend); err == nil {
		pictures = " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self' data:; form-action 'self'; frame-ancestors 'none'; " +
		"img-src 'self' data: blob:" + pictures + "; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:"
}

// prefix is what the dispatcher took off the path: /i/<slug>, the path of the
// publishable key, or that of a proxy.
func prefix(r *http.Request) string {
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	before, ok := strings.CutSuffix(strings.TrimSuffix(asked, "/"), r.URL.EscapedPath())
	if !ok || strings.HasPrefix(before, "//") || before != "" && before[0] != '/' {
		return ""
	}
	return before
}

// scripts are those of the newest generation that is here. Since clerk-js 6 the
// components come in a package of their own.
func (p *portal) scripts() (clerkJS, ui string) {
	const base = "/npm/@clerk/"
	has := func(pkg, major string) bool {
		for _, version := range p.SDK.Versions(pkg) {
			if strings.HasPrefix(version, major+".") {
				return true
			}
		}
		return false
	}
	if has("clerk-js", "5") && !(has("clerk-js", "6") && has("ui", "1")) {
		return base + "clerk-js@5/dist/clerk.browser.js", ""
	}
	return base + "clerk-js@6/dist/clerk.browser.js", base + "ui@1/dist/ui.browser.js"
}

func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	raw, err := assets.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(raw)
}
