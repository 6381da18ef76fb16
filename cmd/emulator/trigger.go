package main

import (
	"encoding/json"
	"net/http"
	"strings"
)

// triggerCmd makes a change for the sake of its event.
type triggerCmd struct {
	remote
	Type string            `arg:"" help:"Event type, such as user.created."`
	User string            `placeholder:"USER" help:"Id, e-mail address, phone number or username. Without one a user is made up."`
	Set  map[string]string `mapsep:"none" placeholder:"FIELD=VALUE" help:"Field of the user, as in the Backend API; may be repeated."`
	JSON bool              `help:"Print the answer as JSON."`
}

// Run triggers and lists what was emitted.
func (c *triggerCmd) Run(a *app) error {
	in := map[string]any{"type": c.Type}
	if c.User != "" {
		in["user"] = c.User
	}
	if len(c.Set) > 0 {
		in["set"] = values(c.Set)
	}
	var out struct {
		UserID   string    `json:"user_id"`
		Messages []message `json:"messages"`
	}
	var raw json.RawMessage
	if err := c.control(http.MethodPost, "/trigger", in, &raw); err != nil {
		return err
	}
	if c.JSON {
		a.printf("%s\n", raw)
		return nil
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	for _, m := range out.Messages {
		a.printf("%s  %s  %s\n", m.ID, m.Type, m.fate())
	}
	return nil
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
