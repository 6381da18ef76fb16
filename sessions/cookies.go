package sessions

import (
	"fmt"
	"io"
	"strconv"

	"github.com/nightclerk/nightclerk/instance"
)

// CookieLifetime is how long the app's cookies stay, in seconds: a year, as
// clerk-js sets them. What they hold runs out long before.
const CookieLifetime = 365 * 24 * 60 * 60

// BrowserCookie names the dev browser, among the app's cookies as in a query.
const BrowserCookie = "__clerk_db_jwt"

// Cookie is one of the cookies that Clerk's SDKs look for at an app, valid for
// all of its paths and without Domain or Secure, because the app may be plain
// HTTP on localhost. An empty Value takes the cookie away.
type Cookie struct {
	Name, Value string
	// HTTPOnly keeps the cookie out of the reach of the app's scripts; clerk-js
	// reads and renews all others.
	HTTPOnly bool
}

// String is the cookie as a Set-Cookie line.
func (c Cookie) String() string {
	age, only := CookieLifetime, ""
	if c.Value == "" {
		age = 0
	}
	if c.HTTPOnly {
		only = "HttpOnly; "
	}
	return fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; %sSameSite=Lax", c.Name, c.Value, age, only)
}

// SessionCookies are those of a session token alone.
func SessionCookies(token string, suffixes []string) (list []Cookie) {
	for _, suffix := range endings(suffixes) {
		list = append(list, Cookie{Name: "__session" + suffix, Value: token})
	}
	return list
}

// endings are what stands behind the names: nothing, and each suffix.
func endings(suffixes []string) []string {
	out := []string{""}
	for _, suffix := range suffixes {
		out = append(out, "_"+suffix)
	}
	return out
}

// AppCookies is what an app's own cookies say of a browser.
type AppCookies struct {
	// Browser is the dev browser's token.
	Browser string
	// Session is a session token, "" when nobody is signed in.
	Session string
	// ClientUAT is the second from which on tokens count, 0 when nobody is signed in.
	ClientUAT int64
	// Refresh is a refresh token, "" when nobody is signed in and where the instance
	// has none.
	Refresh string
}

// AppCookies signs what an app at the request's origin is told of a browser. The
// client is nil while nothing happened in the browser.
func (v *ClientView) AppCookies(l *instance.Live, random io.Reader, browser string, r TokenRequest) (AppCookies, error) {
	out := AppCookies{Browser: browser}
	if v == nil || v.Current() == nil {
		return out, nil
	}
	token, err := v.Current().Mint(l, random, r)
	out.Session, out.ClientUAT = token, v.UpdatedAt/1000
	return out, err
}

// List spells the cookies, plain and with the suffix of each key that the app
// may be configured with (instance.CookieSuffix). The session comes last each
// time: the SDKs believe the last one that begins with __session.
func (c AppCookies) List(suffixes []string) []Cookie {
	var list []Cookie
	for _, suffix := range endings(suffixes) {
		list = append(list,
			Cookie{Name: BrowserCookie + suffix, Value: c.Browser},
			Cookie{Name: "__client_uat" + suffix, Value: strconv.FormatInt(c.ClientUAT, 10)},
			Cookie{Name: "__session" + suffix, Value: c.Session})
		if suffix != "" { // the SDKs read no other
			list = append(list, Cookie{Name: "__refresh" + suffix, Value: c.Refresh, HTTPOnly: true})
		}
	}
	return list
}
