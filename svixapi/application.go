package svixapi

import (
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
	if err := a.db.Ping(c.Context()); err != nil {
		return nil, err
	}
	ok := healthStatus{"ok"}
	return healthOut{ok, ok, ok}, nil
}

// ping answers health checks that want no body.
func ping(*httpapi.Call) (any, error) { return httpapi.NoContent, nil }
