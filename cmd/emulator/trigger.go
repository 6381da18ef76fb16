package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
)

// triggerCmd has an event happen.
type triggerCmd struct {
	remote
	Type string            `arg:"" optional:"" help:"Event type, such as user.created."`
	User string            `placeholder:"USER" help:"Id, e-mail address, phone number or username. Without one a user is made up."`
	Org  string            `placeholder:"ORG" help:"Id (org_…), slug or name of the organization that a sample mentions."`
	Set  map[string]string `mapsep:"none" placeholder:"PATH=VALUE" help:"Field of the user as in the Backend API, or dotted path into a sample's data, such as items.0.plan.slug; may be repeated. A value that is JSON counts as such, any other as text."`
	List bool              `help:"List the event types and what triggering them does."`
	JSON bool              `help:"Print the answer as JSON."`
}

// Run triggers and lists what was emitted.
func (c *triggerCmd) Run(a *app) error {
	if c.List {
		return c.list(a)
	}
	if c.Type == "" {
		return errors.New("which event? Name one, such as user.created; `nightclerk trigger --list` shows them")
	}
	var out struct {
		Messages []message `json:"messages"`
		Sample   bool      `json:"sample"`
	}
	raw, err := c.ask(a, http.MethodPost, c.request(), &out)
	if err != nil || raw {
		return err
	}
	for _, m := range out.Messages {
		a.printf("%s  %s  %s\n", m.ID, m.Type, m.fate())
	}
	if out.Sample {
		a.printf("This was a sample: its data is made up and nothing was changed.\n")
		return nil
	}
	a.printf("The change was really made.\n")
	return nil
}

func (c *triggerCmd) request() map[string]any {
	in := map[string]any{"type": c.Type}
	if c.User != "" {
		in["user"] = c.User
	}
	if c.Org != "" {
		in["organization"] = c.Org
	}
	if len(c.Set) > 0 {
		in["set"] = values(c.Set)
	}
	return in
}

// ask fills out, unless JSON is wanted: then it prints the answer as it is.
func (c *triggerCmd) ask(a *app, method string, in, out any) (printed bool, err error) {
	var raw json.RawMessage
	if err := c.control(method, "/trigger", in, &raw); err != nil {
		return false, err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return true, nil
	}
	return false, json.Unmarshal(raw, out)
}

func (c *triggerCmd) list(a *app) error {
	var out struct {
		Data []struct {
			Type   string `json:"type"`
			About  string `json:"about"`
			Does   string `json:"does"`
			Sample bool   `json:"sample"`
		} `json:"data"`
	}
	raw, err := c.ask(a, http.MethodGet, nil, &out)
	if err != nil || raw {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, t := range out.Data {
		kind := "real"
		if t.Sample {
			kind = "sample"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", t.Type, kind, t.About)
	}
	return w.Flush()
}

// values reads each value as JSON where it is JSON, else as text: plan=pro,
// admin=true and tags=["a"] all mean what they look like.
func values(set map[string]string) map[string]any {
	out := map[string]any{}
	for name, text := range set {
		if json.Valid([]byte(text)) {
			out[name] = json.RawMessage(strings.TrimSpace(text))
			continue
		}
		out[name] = text
	}
	return out
}
