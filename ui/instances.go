package ui

import (
	"context"
	"net/http"
	"strings"

	"github.com/nightclerk/nightclerk/envblock"
	"github.com/nightclerk/nightclerk/instance"
)

// instancesData is what the page of instances shows.
type instancesData struct {
	Form *form // of a new one
	Rows []instanceRow
	// About is the row whose form was refused, "" for that of a new one.
	About, Action string
}

// instanceRow is one instance with its keys.
type instanceRow struct {
	ID, Slug, Href  string
	Here, Default   bool
	Created         string
	Open            []value
	Secrets         []value
	CopyHref, Reset string
	Delete          string
	Form            *form
}

// Refused tells whether a form of the row has to be shown open.
func (d *instancesData) Refused(slug, action string) bool {
	return d.About == slug && d.Action == action
}

// listInstances implements GET /instances.
func (c *console) listInstances(call *call) (reply, error) {
	return call.instancesPage(&instancesData{Form: newForm(nil)}, newForm(nil), http.StatusOK)
}

// instancesPage lists the instances; refused is the form that belongs to About.
func (c *call) instancesPage(data *instancesData, refused *form, status int) (reply, error) {
	for _, l := range c.console.Instances.List(c.Context()) {
		row := c.instanceRow(l)
		if l.Slug == data.About {
			row.Form = refused
		}
		data.Rows = append(data.Rows, row)
	}
	return show("instances", "Instances", data).status(status), nil
}

func (c *call) instanceRow(l *instance.Live) instanceRow {
	env := envblock.Of(l, c.console.CAFile)
	row := instanceRow{ID: l.ID, Slug: l.Slug, Href: "/i/" + l.Slug + "/", Here: l.ID == c.live.ID, Default: l.Slug == instance.DefaultSlug,
		Created: fullTime(l.CreatedAt), CopyHref: c.to("/instances", l.Slug, "copy"), Reset: c.to("/instances", l.Slug, "reset"),
		Delete: c.to("/instances", l.Slug, "delete"), Form: newForm(nil)}
	if row.Default {
		row.Href = "/"
	}
	row.Open = []value{{ID: "pk-" + l.Slug, Label: "Publishable key", Text: env.PublishableKey},
		{ID: "url-" + l.Slug, Label: "Backend API", Text: env.BackendAPIURL}, {ID: "iss-" + l.Slug, Label: "Issuer", Text: env.Issuer}}
	row.Secrets = []value{{ID: "sk-" + l.Slug, Label: "Secret key", Text: env.SecretKey},
		{ID: "wh-" + l.Slug, Label: "Webhook secret", Text: env.WebhookSecret}}
	return row
}

var saidInstance = map[string]string{
	"copied":  says("instance-copied", "The instance was copied: same settings, templates, endpoints and users under keys of its own."),
	"deleted": says("instance-deleted", "The instance was deleted with everything in it."),
	"made":    says("instance-made", "The instance was made."),
	"reset":   says("instance-reset", "The instance is as its file says again. Its keys are the same."),
}

// newSlug reads the slug of an instance to make, "" for one that is drawn.
func (c *call) newSlug(f *form) string {
	slug := strings.TrimSpace(f.Get("slug"))
	if slug == "" {
		return ""
	}
	if err := instance.CheckSlug(slug); err != nil {
		f.mark("slug", err.Error()+".")
	} else if _, err := c.console.Instances.BySlug(c.Context(), slug); err == nil {
		f.mark("slug", "There is an instance of that slug: choose another.")
	}
	return slug
}

// makeInstance implements POST /instances.
func (c *console) makeInstance(call *call) (reply, error) {
	f := newForm(call.PostForm)
	slug := call.newSlug(f)
	if !f.Failed() {
		_, err := c.Applier.Make(context.WithoutCancel(call.Context()), slug, "", nil)
		if err := f.take(err); err != nil {
			return nil, err
		}
	}
	if f.Failed() {
		return call.instancesPage(&instancesData{Form: f}, nil, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/instances"), saidInstance["made"]}, nil
}

// copyInstance implements POST /instances/{slug}/copy.
func (c *console) copyInstance(call *call) (reply, error) {
	from, err := c.Instances.BySlug(call.Context(), call.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	f := newForm(call.PostForm)
	slug := call.newSlug(f)
	if !f.Failed() {
		_, err := c.Applier.Copy(context.WithoutCancel(call.Context()), from, slug)
		if err := f.take(err); err != nil {
			return nil, err
		}
	}
	if f.Failed() {
		return call.instancesPage(&instancesData{Form: newForm(nil), About: from.Slug, Action: "copy"}, f, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/instances"), saidInstance["copied"]}, nil
}

// resetInstance implements POST /instances/{slug}/reset.
func (c *console) resetInstance(call *call) (reply, error) {
	live, err := c.Applier.Reset(context.WithoutCancel(call.Context()), call.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	c.Outbox.Wake(live.ID)
	return redirect{call.to("/instances"), saidInstance["reset"]}, nil
}

// deleteInstance implements POST /instances/{slug}/delete. The slug has to be
// typed: nothing brings an instance back.
func (c *console) deleteInstance(call *call) (reply, error) {
	live, err := c.Instances.BySlug(call.Context(), call.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	f := newForm(call.PostForm)
	switch {
	case live.Slug == instance.DefaultSlug:
		f.mark("confirm", "The default instance stays. Reset brings it back to its file.")
	case strings.TrimSpace(f.Get("confirm")) != live.Slug:
		f.mark("confirm", "Type "+live.Slug+" to delete it.")
	}
	if f.Failed() {
		return call.instancesPage(&instancesData{Form: newForm(nil), About: live.Slug, Action: "delete"}, f, http.StatusUnprocessableEntity)
	}
	if err := c.Applier.Remove(context.WithoutCancel(call.Context()), live.Slug); err != nil {
		return nil, err
	}
	to := call.to("/instances")
	if live.ID == call.live.ID { // the page's own is no more
		to = "/instances"
	}
	return redirect{to, saidInstance["deleted"]}, nil
}
