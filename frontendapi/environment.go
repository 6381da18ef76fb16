package frontendapi

import (
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/httpapi"
)

func (a *API) environmentRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "getEnvironment", Method: "GET", Path: "/v1/environment", Handle: open(a, a.getEnvironment)},
		{Op: "updateEnvironment", Method: "PATCH", Path: "/v1/environment", Handle: open(a, a.getEnvironment)},
	}
}

// getEnvironment implements getEnvironment and updateEnvironment, which clerk-js
// uses in development to tell the origin of the app. That origin holds for the
// answer alone: two apps on one instance must not send each other's users away.
func (a *API) getEnvironment(c *Call, _ none) (instance.Environment, error) {
	pages := instance.Pages{App: webOrigin(c.Origin()), Portal: c.Portal(c.R.TLS != nil)}
	if strings.HasPrefix(pages.Portal+"/", pages.App+"/") {
		pages.App = "" // the hosted pages themselves ask: which app sent the browser there is in their address
	}
	return c.Environment(pages), nil
}

// webOrigin is an origin that a browser can be sent to, "" for others such as
// the "null" of a sandboxed frame.
func webOrigin(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
