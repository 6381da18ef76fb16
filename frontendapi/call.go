package frontendapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
)

// Call is one request to an instance, from a browser that may be known.
type Call struct {
	*httpapi.Call
	*instance.Live
	// Browser is the dev browser's token, "" when the request carries none.
	Browser string
	// ClientID is the browser's client, "" while it has none; ensureClient makes
	// one. It is not set in handlers that open makes.
	ClientID string
}

// answer is the envelope of the Frontend API. clerk-js takes over the client of
// every answer but those to GET.
type answer struct {
	Response any                  `json:"response"`
	Client   *sessions.ClientJSON `json:"client"`
}

// none is the input of an operation without parameters.
type none struct{}

// open makes a handler that needs no browser and answers without envelope: what
// a page asks before anything else.
func open[In, Out any](a *API, fn func(*Call, In) (Out, error)) httpapi.Handler {
	return func(hc *httpapi.Call) (any, error) {
		c, err := a.call(hc)
		if err != nil {
			return nil, err
		}
		var in In
		if err := hc.DecodeForm(&in); err != nil {
			return nil, err
		}
		return fn(c, in)
	}
}

// handle makes a handler for a known browser that answers without envelope.
func handle[In, Out any](a *API, fn func(*Call, In) (Out, error)) httpapi.Handler {
	return open(a, func(c *Call, in In) (out Out, err error) {
		if err := a.identify(c); err != nil {
			return out, err
		}
		return fn(c, in)
	})
}

// mutate makes a handler that changes: the envelope with the client as it is
// after fn's transaction.
func mutate[In, Out any](a *API, fn func(*Call, In) (Out, error)) httpapi.Handler {
	return handle(a, func(c *Call, in In) (answer, error) {
		out, err := fn(c, in)
		if err != nil {
			return answer{}, err
		}
		client, err := a.client(c)
		return answer{Response: out, Client: client}, err
	})
}

// call finds the instance and the browser's token.
func (a *API) call(hc *httpapi.Call) (*Call, error) {
	live, err := a.instances.Addressed(hc.Context())
	if err != nil {
		return nil, err
	}
	hc.Record.Instance = live.ID
	return &Call{Call: hc, Live: live, Browser: browserToken(hc, live)}, nil
}

// identify finds the client of the browser. An unknown browser and none at all
// get Clerk's answer, on which clerk-js makes a new one.
func (a *API) identify(c *Call) error {
	return a.read(c, func(tx *store.Tx) error {
		client, err := sessions.ClientOf(tx, c.Browser)
		if client != nil {
			c.ClientID, c.Record.Client = client.ID, client.ID
		}
		return err
	})
}

// ensureClient is the id of the browser's client, which is made on first need.
func (a *API) ensureClient(c *Call) (string, error) {
	if c.ClientID != "" {
		return c.ClientID, nil
	}
	err := a.write(c, func(tx *store.Tx) error {
		client, err := sessions.EnsureClient(tx, c.Browser)
		if err == nil {
			c.ClientID, c.Record.Client = client.ID, client.ID
		}
		return err
	})
	return c.ClientID, err
}

// write runs fn in a transaction of the call's instance.
func (a *API) write(c *Call, fn func(*store.Tx) error) error {
	return a.db.Write(c.Context(), c.Live.ID, fn)
}

// read runs fn over a picture of the call's instance.
func (a *API) read(c *Call, fn func(*store.Tx) error) error {
	return a.db.Read(c.Context(), c.Live.ID, fn)
}

// Names under which a browser's token travels.
const (
	browserName   = sessions.BrowserCookie
	browserHeader = "Clerk-Db-Jwt"
)

// browserToken is the token of the query, else of the header, else of the app's
// cookie, which reaches the emulator too because cookies know no ports.
func browserToken(hc *httpapi.Call, live *instance.Live) string {
	if token := hc.Query.Get(browserName); token != "" {
		return token
	}
	if token := hc.R.Header.Get(browserHeader); token != "" {
		return token
	}
	if hc.R.Header.Get("Origin") != "" {
		return "" // a script sends the query; a foreign one must not use the cookie
	}
	for _, suffix := range live.CookieSuffixes() {
		if cookie, err := hc.R.Cookie(browserName + "_" + suffix); err == nil {
			return cookie.Value
		}
	}
	if cookie, err := hc.R.Cookie(browserName); err == nil {
		return cookie.Value
	}
	return ""
}

// Origin is the page that asks; it becomes the claim azp. A GET to the page's
// own origin, which a proxy passes on, carries no Origin header.
func (c *Call) Origin() string {
	if origin := c.R.Header.Get("Origin"); origin != "" {
		return origin
	}
	if u, err := url.Parse(c.R.Referer()); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	if c.R.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return ""
	}
	return scheme(c.R) + "://" + c.R.Host
}

// scheme is that of the page as far as a proxy tells.
func scheme(r *http.Request) string {
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https"
	}
	return "http"
}
