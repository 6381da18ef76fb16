package controlapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
)

// cookieSeconds is how long the session token in the cookies is good for, unless
// asked otherwise. No script renews it for a test that only sends requests, so
// it lasts for a whole run; a browser's are good for one minute.
const cookieSeconds = 60 * 60

type cookieParams struct {
	// User is an id, e-mail address, phone number or username.
	User *string `json:"user"`
	// App is an address of the app; its origin becomes azp.
	App *string `json:"app"`
	// PublishableKey is the key of the app; the cookies are made for it alone.
	PublishableKey   *string `json:"publishable_key"`
	ExpiresInSeconds *int64  `json:"expires_in_seconds"`
}

// cookiesJSON are the cookies of an app whose user is signed in.
type cookiesJSON struct {
	Object    string       `json:"object"`
	UserID    string       `json:"user_id"`
	ClientID  string       `json:"client_id"`
	SessionID string       `json:"session_id"`
	Cookies   []cookieJSON `json:"cookies"`
	// Header is all of them as the value of a request's Cookie header.
	Header string `json:"cookie_header"`
}

// cookieJSON is what Playwright's context.addCookies takes. Expires is in
// seconds.
type cookieJSON struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Domain   string `json:"domain"`
	Path     string `json:"path"`
	Expires  int64  `json:"expires"`
	HTTPOnly bool   `json:"httpOnly"`
	Secure   bool   `json:"secure"`
	SameSite string `json:"sameSite"`
}

// createSessionCookies signs a user in in a new browser, past all forms, and
// returns what an app's server sees of that.
func (a *API) createSessionCookies(c *call, in cookieParams) (out cookiesJSON, err error) {
	app, suffixes, err := in.check(c.Live)
	if err != nil {
		return out, err
	}
	var browser string
	var client *sessions.ClientView
	err = a.write(c, func(tx *store.Tx) (err error) {
		browser, client, err = signInBrowser(tx, c.Live, *in.User)
		return err
	})
	if err != nil {
		return out, err
	}
	session := client.Current()
	request := sessions.TokenRequest{Origin: originOf(app), Lifetime: *in.ExpiresInSeconds}
	cookies, err := client.AppCookies(c.Live, a.DB.IDs().Rand, browser, request)
	if err != nil {
		return out, err
	}
	a.Metrics.minted(kindOf(request))
	out = cookiesJSON{Object: "session_cookies", UserID: session.UserID, ClientID: client.ID, SessionID: session.ID}
	out.fill(cookies.List(suffixes), cookieDomain(app), a.DB.IDs().Clock.Now().Unix()+sessions.CookieLifetime)
	return out, nil
}

// check fills in what may be left out.
func (p *cookieParams) check(l *instance.Live) (app *url.URL, suffixes []string, err error) {
	if text(p.User) == "" {
		return nil, nil, apierr.FormMissingParameter("user")
	}
	if app, err = sessions.ParseApp(text(p.App)); err != nil {
		return nil, nil, err
	}
	if p.ExpiresInSeconds == nil {
		p.ExpiresInSeconds = new(int64(cookieSeconds))
	}
	if s := *p.ExpiresInSeconds; s < 1 || s > issuer.MaxLifetime {
		return nil, nil, apierr.FormInvalidParameterFormat("expires_in_seconds", "It must be from 1 to "+strconv.Itoa(issuer.MaxLifetime)+".")
	}
	suffixes, err = suffixesFor(l, text(p.PublishableKey))
	return app, suffixes, err
}

// suffixesFor are the suffixes of the cookies for one key, for all of the
// instance's when none is named.
func suffixesFor(l *instance.Live, key string) ([]string, error) {
	if key == "" {
		return l.CookieSuffixes(), nil
	}
	if _, err := instance.ParsePublishableKey(key); err != nil {
		return nil, unprocessable("publishable_key", err.Error())
	}
	if !slices.Contains(l.AcceptedKeys(), key) {
		return nil, unprocessable("publishable_key", key+" is no key of this instance. Use one of "+strings.Join(l.AcceptedKeys(), ", ")+
			", or add it to publishable_keys of nightclerk.yaml.")
	}
	return []string{instance.CookieSuffix(key)}, nil
}

// signInBrowser opens a browser and signs a user in there.
func signInBrowser(tx *store.Tx, l *instance.Live, name string) (browser string, _ *sessions.ClientView, err error) {
	u, err := find(tx, l, name)
	if err != nil {
		return "", nil, err
	}
	if browser, err = sessions.CreateBrowser(tx); err != nil {
		return "", nil, err
	}
	client, err := sessions.EnsureClient(tx, browser)
	if err != nil {
		return "", nil, err
	}
	if _, err = sessions.Create(tx, l, sessions.CreateParams{UserID: u.ID, ClientID: client.ID}); err != nil {
		return "", nil, err
	}
	view, err := sessions.ViewClient(tx, l, client.ID)
	return browser, view, err
}

func (j *cookiesJSON) fill(list []sessions.Cookie, domain string, expires int64) {
	var pairs []string
	for _, c := range list {
		if c.Value == "" { // there is no refresh token: what it could renew is fresh
			continue
		}
		j.Cookies = append(j.Cookies, cookieJSON{Name: c.Name, Value: c.Value, Domain: domain, Path: "/", Expires: expires, SameSite: "Lax"})
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	j.Header = strings.Join(pairs, "; ")
}

func originOf(app *url.URL) string {
	if app == nil {
		return ""
	}
	return app.Scheme + "://" + app.Host
}

// cookieDomain is the app's host; cookies know no ports.
func cookieDomain(app *url.URL) string {
	if app == nil {
		return "localhost"
	}
	host := app.Hostname()
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
