package frontendapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/issuer"
	"github.com/nightclerk/nightclerk/sessions"
)

func (a *API) handshakeRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "handshakeClient", Method: "GET", Path: "/v1/client/handshake", Handle: open(a, a.handshakeClient)},
		{Op: "handshakeClientByPost", Method: "POST", Path: "/v1/client/handshake", Handle: open(a, a.handshakeClient)},
		{Op: "touchClient", Method: "GET", Path: "/v1/client/touch", Handle: open(a, a.touchClient)},
	}
}

type handshakeParams struct {
	RedirectURL string `query:"redirect_url"`
	Format      string `query:"format"`
	// Browser is taken from here only: with a cookie, a page elsewhere could send
	// the browser here and have somebody's session carried to itself.
	Browser string `query:"__clerk_db_jwt"`
}

// handshakeClient implements handshakeClient: an app's server, which cannot read
// what the browser holds for this host, sends the browser here to fetch the
// cookies that belong to the app. They go back in the URL, signed or as a nonce
// that only the server's key can redeem.
func (a *API) handshakeClient(c *Call, in handshakeParams) (out httpapi.Redirect, err error) {
	back, err := redirectTarget(in.RedirectURL)
	if err != nil {
		return out, err
	}
	h := &handshake{origin: back.Scheme + "://" + back.Host, live: c.Live}
	if err := a.shake(c, in.Browser, h); err != nil {
		return out, err
	}
	name, value, err := a.conclude(c, in.Format, h)
	if err != nil {
		return out, err
	}
	back.RawQuery = withParameter(back.RawQuery, name, value)
	return httpapi.Redirect{Code: redirectCode(c.R), Location: back.String()}, nil
}

// redirectCode turns a POST into a GET; what was posted went to the app.
func redirectCode(r *http.Request) int {
	if r.Method == http.MethodPost {
		return http.StatusSeeOther
	}
	return http.StatusTemporaryRedirect
}

// redirectTarget takes any page on the web, as Clerk's development instances do,
// and nothing but the web.
func redirectTarget(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, apierr.InvalidRedirectURL()
	}
	return u, nil
}

// handshake is what a browser's cookies for an app are to become.
type handshake struct {
	live    *instance.Live
	origin  string
	browser string
	client  *sessions.ClientView // nil while nothing happened in the browser
	// refresh is the refresh token of the session, "" for none.
	refresh string
}

// shake finds the browser, or makes a new one of one that is unknown: the app
// would ask again and again if it got an error.
func (a *API) shake(c *Call, token string, h *handshake) error {
	h.browser = token
	err := a.read(c, func(tx *store.Tx) error {
		client, err := sessions.ClientOf(tx, token)
		if err != nil || client == nil {
			return err
		}
		h.client, err = sessions.ViewClient(tx, c.Live, client.ID)
		return err
	})
	if !apierr.HasCode(err, "dev_browser_unauthenticated") {
		return err
	}
	return a.write(c, func(tx *store.Tx) (err error) {
		h.browser, err = sessions.CreateBrowser(tx)
		return err
	})
}

// conclude returns the parameter that carries the directives, in the form that
// was asked for.
func (a *API) conclude(c *Call, format string, h *handshake) (name, value string, err error) {
	if h.signedIn() && !h.live.Config.Settings.NoSessionRefresh {
		h.refresh = sessions.NewRefreshToken(a.db.IDs())
	}
	directives, err := h.directives(a)
	if err != nil {
		return "", "", err
	}
	if format != "nonce" {
		if value, err = issuer.MintHandshake(c.Keys.Current(), directives); err == nil && h.refresh != "" {
			err = a.write(c, h.keepRefresh)
		}
		return handshakeName, value, err
	}
	err = a.write(c, func(tx *store.Tx) (err error) {
		if err := h.keepRefresh(tx); err != nil {
			return err
		}
		value, err = sessions.StoreHandshake(tx, directives)
		return err
	})
	return nonceName, value, err
}

func (h *handshake) signedIn() bool { return h.client != nil && h.client.Current() != nil }

func (h *handshake) keepRefresh(tx *store.Tx) error {
	if h.refresh == "" {
		return nil
	}
	return sessions.KeepRefreshToken(tx, h.client.Current().Session, h.refresh)
}

// Parameters of the app's URL that a handshake comes back in.
const (
	handshakeName = "__clerk_handshake"
	nonceName     = "__clerk_handshake_nonce"
)

// withParameter adds a parameter to the app's query and takes out what an
// earlier handshake left there. The rest stays as it was, to the byte: the app
// is sent to that URL in the end.
func withParameter(query, name, value string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		switch key, _, _ := strings.Cut(part, "="); key {
		case "", handshakeName, nonceName, browserName:
		default:
			kept = append(kept, part)
		}
	}
	return strings.Join(append(kept, name+"="+url.QueryEscape(value)), "&")
}

// directives are Set-Cookie lines for the app's host.
func (h *handshake) directives(a *API) ([]string, error) {
	cookies, err := h.client.AppCookies(h.live, a.db.IDs().Rand, h.browser, sessions.TokenRequest{Origin: h.origin})
	if err != nil {
		return nil, err
	}
	cookies.Refresh = h.refresh
	lines := []string{}
	for _, c := range cookies.List(h.live.CookieSuffixes()) {
		lines = append(lines, c.String())
	}
	return lines, nil
}

// touchClient implements touchClient. clerk-js navigates here to have a cookie
// renewed that the emulator does not set, so there is nothing to do but to go
// back.
func (a *API) touchClient(_ *Call, in handshakeParams) (httpapi.Redirect, error) {
	back, err := redirectTarget(in.RedirectURL)
	if err != nil {
		return httpapi.Redirect{}, err
	}
	return httpapi.Redirect{Code: http.StatusTemporaryRedirect, Location: back.String()}, nil
}
