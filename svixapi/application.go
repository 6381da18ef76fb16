package svixapi

import (
	"net/http"
	"time"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/webhooks"
)

// applicationOut is Svix's ApplicationOut.
type applicationOut struct {
	UID          string            `json:"uid"`
	Name         string            `json:"name"`
	RateLimit    *int              `json:"rateLimit"`
	ThrottleRate *int              `json:"throttleRate"`
	ID           string            `json:"id"`
	CreatedAt    time.Time         `json:"createdAt"`
	UpdatedAt    time.Time         `json:"updatedAt"`
	Metadata     map[string]string `json:"metadata"`
}

// application is the instance as Svix's application; its uid is the slug.
func (c *call) application() applicationOut {
	made := time.UnixMilli(c.CreatedAt).UTC()
	return applicationOut{UID: c.Slug, Name: c.Slug, ID: c.ID, CreatedAt: made, UpdatedAt: made, Metadata: map[string]string{}}
}

// listApplications implements v1.application.list: a key sees its own one.
func (c *call) listApplications() (any, error) {
	app := c.application()
	list := webhooks.List[applicationOut]{Data: []applicationOut{app}, Iterator: app.ID, PrevIterator: "-" + app.ID, Done: true}
	if c.Query.Get("iterator") != "" {
		list.Data = nil
	}
	return webhooks.ListOut(list, func(a applicationOut) applicationOut { return a }), nil
}

// getApplication implements v1.application.get.
func (c *call) getApplication() (any, error) { return c.application(), nil }

// applicationIn is Svix's ApplicationIn and ApplicationPatch.
type applicationIn struct {
	Name         *string           `json:"name"`
	UID          *string           `json:"uid"`
	RateLimit    *int              `json:"rateLimit"`
	ThrottleRate *int              `json:"throttleRate"`
	Metadata     map[string]string `json:"metadata"`
}

// is tells whether the application is the one described.
func (in applicationIn) is(app applicationOut) bool {
	return (in.Name == nil || *in.Name == app.Name) && (in.UID == nil || *in.UID == app.UID) &&
		in.RateLimit == nil && in.ThrottleRate == nil && len(in.Metadata) == 0
}

// createApplication implements v1.application.create as far as it can be: an
// instance is one application, which exists already.
func (c *call) createApplication() (any, error) {
	q := query{c: c}
	getIfExists := q.boolean("get_if_exists", false)
	var in applicationIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	app := c.application()
	switch {
	case q.err != nil:
		return nil, q.err
	case in.Name == nil || *in.Name == "":
		return nil, webhooks.Invalid([]string{"body", "name"}, "missing field `name`: name the application")
	case in.UID == nil || *in.UID != app.UID:
		return nil, webhooks.BadRequest("limit_reached", "An instance is one application, "+app.ID+". Make another instance with POST /_emulator/instances: it comes with its own.")
	case !getIfExists:
		return nil, &webhooks.Error{Status: http.StatusConflict, Code: "conflict", Detail: "The application " + app.UID + " exists already: get it, or say get_if_exists=true."}
	}
	return app, nil
}

// updateApplication implements v1.application.upsert and v1.application.patch
// for what is so already: name and uid are the instance's.
func (c *call) updateApplication() (any, error) {
	var in applicationIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	app := c.application()
	if !in.is(app) {
		return nil, &webhooks.Error{Status: http.StatusNotImplemented, Code: "not_implemented",
			Detail: "An application is an instance here and has its name, no rate and no metadata: set them at endpoints instead."}
	}
	return app, nil
}

// portalOut is Svix's AppPortalAccessOut.
type portalOut struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// getPortal implements v1.authentication.app-portal-access: the portal is the
// console, which asks for no token.
func (c *call) getPortal() (any, error) {
	return portalOut{URL: c.Addresses.Backend + "/webhooks"}, nil
}

// forgetTokens implements the calls that end portal sessions: there are none.
func (c *call) forgetTokens() (any, error) { return httpapi.NoContent, nil }

// healthOut is what svix-server's health check reports.
type healthOut struct {
	Database healthStatus `json:"database"`
	Queue    healthStatus `json:"queue"`
	Cache    healthStatus `json:"cache"`
}

type healthStatus struct {
	Status string `json:"status"`
}

// getHealth implements v1.health.get, for everyone.
func (a *API) getHealth(c *httpapi.Call) (any, error) {
	if err := a.DB.Ping(c.Context()); err != nil {
		return nil, err
	}
	ok := healthStatus{"ok"}
	return healthOut{ok, ok, ok}, nil
}

// ping answers health checks that want no body.
func ping(*httpapi.Call) (any, error) { return httpapi.NoContent, nil }
