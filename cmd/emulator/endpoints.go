package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

// endpointsCmd manages endpoints through Svix's API.
type endpointsCmd struct {
	List         endpointsListCmd    `cmd:"" help:"List them."`
	Create       endpointsCreateCmd  `cmd:"" help:"Add one."`
	Update       endpointsUpdateCmd  `cmd:"" help:"Change one."`
	Delete       endpointsDeleteCmd  `cmd:"" help:"Remove one; its history stays."`
	Enable       endpointsEnableCmd  `cmd:"" help:"Send to one again."`
	Disable      endpointsDisableCmd `cmd:"" help:"Send nothing to one."`
	RotateSecret rotateSecretCmd     `cmd:"" help:"Give one a new secret; the old one signs too for a while."`
	Secret       secretCmd           `cmd:"" help:"Print one's secret."`
}

// endpoint is an endpoint as Svix's API lists it.
type endpoint struct {
	ID          string   `json:"id"`
	UID         *string  `json:"uid"`
	URL         string   `json:"url"`
	Description string   `json:"description"`
	Disabled    bool     `json:"disabled"`
	EventTypes  []string `json:"eventTypes"`
}

// listEndpoints reads all endpoints, the newest first.
func (r remote) listEndpoints(app string) (all []endpoint, err error) {
	for iterator := ""; ; {
		var list struct {
			Data     []endpoint `json:"data"`
			Iterator string     `json:"iterator"`
			Done     bool       `json:"done"`
		}
		if err := r.backend(http.MethodGet, app+"/endpoint?limit=250&iterator="+url.QueryEscape(iterator), nil, &list); err != nil {
			return nil, err
		}
		all, iterator = append(all, list.Data...), list.Iterator
		if list.Done {
			return all, nil
		}
	}
}

// chosen names one endpoint of the instance.
type chosen struct {
	Endpoint string `placeholder:"ID" help:"Id or uid of the endpoint; may be left out while there is one."`
}

// path is the chosen endpoint's.
func (c chosen) path(r remote) (string, error) {
	app, err := r.svixApp()
	if err != nil || c.Endpoint != "" {
		return app + "/endpoint/" + url.PathEscape(c.Endpoint), err
	}
	all, err := r.listEndpoints(app)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("the instance has %d endpoints: name one with --endpoint; `nightclerk webhooks endpoints list` shows them", len(all))
	}
	return app + "/endpoint/" + url.PathEscape(all[0].ID), nil
}

// named names an endpoint as an argument.
type named struct {
	remote
	ID string `arg:"" help:"Id or uid of the endpoint."`
}

func (n named) path() (string, error) { return chosen{n.ID}.path(n.remote) }

type endpointsListCmd struct {
	remote
	JSON bool `help:"Print the list as JSON."`
}

// Run lists.
func (c *endpointsListCmd) Run(a *app) error {
	app, err := c.svixApp()
	if err != nil {
		return err
	}
	all, err := c.listEndpoints(app)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(all)
	}
	if len(all) == 0 {
		a.printf("No endpoints. Add one: nightclerk webhooks endpoints create http://localhost:3000/api/webhooks\n")
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		state, types := "enabled", "all events"
		if e.Disabled {
			state = "disabled"
		}
		if e.EventTypes != nil {
			types = strings.Join(e.EventTypes, ",")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.ID, e.URL, state, types)
	}
	return w.Flush()
}

// endpointFields are what create and update have in common; nil leaves a field
// as it is.
type endpointFields struct {
	Events      []string `placeholder:"TYPE" help:"Event types that it gets; all by default."`
	Description *string  `placeholder:"TEXT" help:"What it is for."`
	UID         *string  `name:"uid" placeholder:"UID" help:"Name of your own, that it can be called by."`
	RateLimit   *int     `placeholder:"N" help:"Messages a second at most."`
}

func (f endpointFields) body() map[string]any {
	out := map[string]any{}
	if len(f.Events) > 0 {
		out["eventTypes"] = f.Events
	}
	if f.Description != nil {
		out["description"] = *f.Description
	}
	if f.UID != nil {
		out["uid"] = *f.UID
	}
	if f.RateLimit != nil {
		out["throttleRate"] = *f.RateLimit
	}
	return out
}

type endpointsCreateCmd struct {
	remote
	endpointFields
	To       string  `arg:"" name:"to" help:"URL that events are sent to."`
	Secret   *string `placeholder:"whsec_…" help:"Its secret; the instance's by default, which the app has already."`
	Disabled bool    `help:"Send nothing to it yet."`
}

// Run creates.
func (c *endpointsCreateCmd) Run(a *app) error {
	app, err := c.svixApp()
	if err != nil {
		return err
	}
	body := c.body()
	body["url"], body["disabled"] = c.To, c.Disabled
	if c.Secret != nil {
		body["secret"] = *c.Secret
	}
	var e endpoint
	if err := c.backend(http.MethodPost, app+"/endpoint", body, &e); err != nil {
		return err
	}
	a.printf("%s gets events at %s\n", e.ID, e.URL)
	return nil
}

type endpointsUpdateCmd struct {
	named
	endpointFields
	To        string `placeholder:"URL" help:"URL that events are sent to from now on."`
	AllEvents bool   `help:"Let it get all events."`
}

// Run updates.
func (c *endpointsUpdateCmd) Run(a *app) error {
	body := c.body()
	if c.To != "" {
		body["url"] = c.To
	}
	if c.AllEvents {
		body["eventTypes"] = nil
	}
	if len(body) == 0 {
		return fmt.Errorf("nothing to change: say --to, --events, --all-events, --description, --uid or --rate-limit")
	}
	return c.patch(a, body, "is changed")
}

func (n named) patch(a *app, body map[string]any, what string) error {
	path, err := n.path()
	if err != nil {
		return err
	}
	var e endpoint
	if err := n.backend(http.MethodPatch, path, body, &e); err != nil {
		return err
	}
	a.printf("%s (%s) %s\n", e.ID, e.URL, what)
	return nil
}

type endpointsEnableCmd struct{ named }

// Run enables.
func (c *endpointsEnableCmd) Run(a *app) error {
	return c.patch(a, map[string]any{"disabled": false}, "is enabled; `nightclerk webhooks replay-missing` sends what it missed")
}

type endpointsDisableCmd struct{ named }

// Run disables.
func (c *endpointsDisableCmd) Run(a *app) error {
	return c.patch(a, map[string]any{"disabled": true}, "is disabled")
}

type endpointsDeleteCmd struct{ named }

// Run deletes.
func (c *endpointsDeleteCmd) Run(a *app) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	if err := c.backend(http.MethodDelete, path, nil, nil); err != nil {
		return err
	}
	a.printf("%s is deleted\n", c.ID)
	return nil
}

type rotateSecretCmd struct {
	named
	Key   string         `placeholder:"whsec_…" help:"The new secret; drawn by default."`
	Grace *time.Duration `placeholder:"24h" help:"How long the old secret signs too: 24h by default, 0s for not at all."`
}

// Run rotates and prints the new secret.
func (c *rotateSecretCmd) Run(a *app) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	body := map[string]any{}
	if c.Key != "" {
		body["key"] = c.Key
	}
	if c.Grace != nil {
		body["gracePeriodSeconds"] = int(c.Grace.Seconds())
	}
	if err := c.backend(http.MethodPost, path+"/secret/rotate", body, nil); err != nil {
		return err
	}
	return printSecret(a, c.remote, path)
}

type secretCmd struct {
	remote
	ID string `arg:"" optional:"" help:"Id or uid of the endpoint; may be left out while there is one."`
}

// Run prints the secret and nothing else.
func (c *secretCmd) Run(a *app) error {
	path, err := chosen{c.ID}.path(c.remote)
	if err != nil {
		return err
	}
	return printSecret(a, c.remote, path)
}

func printSecret(a *app, r remote, path string) error {
	var out struct {
		Key string `json:"key"`
	}
	if err := r.backend(http.MethodGet, path+"/secret", nil, &out); err != nil {
		return err
	}
	a.printf("%s\n", out.Key)
	return nil
}
