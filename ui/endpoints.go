package ui

import (
	"net/http"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// endpointData is what an endpoint's page, or the form of a new one, shows.
type endpointData struct {
	Form      *form
	Row       endpointRow
	New       bool
	Types     []webhooks.EventType
	Secret    string
	CreatedAt moment
	// DisableAt is when failures will disable the endpoint, nil while they do not.
	DisableAt *moment
	Messages  []messageRow
}

// Tuned tells whether anything about how deliveries are made is worth showing
// at once.
func (d *endpointData) Tuned() bool {
	for _, name := range []string{"schedule", "timeout", "concurrency", "throttleRate", "ordered", "keepEnabled"} {
		if d.Form.Get(name)+d.Form.Err(name) != "" {
			return true
		}
	}
	return false
}

// newEndpoint implements GET /webhooks/endpoints/new.
func (c *console) newEndpoint(*call) (reply, error) {
	return endpointForm(newForm(nil), http.StatusOK), nil
}

func endpointForm(f *form, status int) reply {
	return show("endpoint", "New endpoint", &endpointData{Form: f, New: true, Types: webhooks.EventTypes}).status(status)
}

var saidEndpoint = map[string]string{
	"created": says("endpoint-created", "The endpoint was added. Give its signing secret to your handler."),
	"delete":  says("endpoint-deleted", "The endpoint was deleted. Its past deliveries can still be read."),
	"disable": says("endpoint-disabled", "The endpoint was disabled: nothing is sent there."),
	"enable":  says("endpoint-enabled", "The endpoint was enabled: what happens from now on is sent there."),
	"saved":   says("endpoint-saved", "The endpoint was saved."),
}

// createEndpoint implements POST /webhooks/endpoints.
func (c *console) createEndpoint(call *call) (reply, error) {
	f := newForm(call.PostForm)
	var e *webhooks.Endpoint
	err := call.write(func(tx *store.Tx) (err error) {
		var p webhooks.EndpointParams
		f.endpoint(&p)
		p.Secret = strings.TrimSpace(f.Get("secret"))
		e, err = webhooks.CreateEndpoint(tx, p)
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return endpointForm(f, http.StatusUnprocessableEntity), nil
	}
	return redirect{call.to("/webhooks/endpoints", e.ID), saidEndpoint["created"]}, nil
}

// endpoint puts what a person may change into p.
func (f *form) endpoint(p *webhooks.EndpointParams) {
	p.URL = strings.TrimSpace(f.Get("url"))
	p.Description = strings.TrimSpace(f.Get("description"))
	p.EventTypes = nil
	if f.Get("which") == "some" {
		p.EventTypes = append([]string{}, f.values["eventTypes"]...)
	}
	f.delivery(p)
}

// delivery puts into p how deliveries are made. What is empty is the default.
func (f *form) delivery(p *webhooks.EndpointParams) {
	p.Schedule = f.Get("schedule")
	p.Ordered, p.KeepEnabled = f.Get("ordered") != "", f.Get("keepEnabled") != ""
	p.TimeoutMS = int(f.duration("timeout").Milliseconds())
	p.Concurrency, p.ThrottleRate = 0, 0
	for name, to := range map[string]*int{"concurrency": &p.Concurrency, "throttleRate": &p.ThrottleRate} {
		if n := number[int](f, name); n != nil {
			*to = *n
		}
	}
}

// setDelivery is the counterpart of delivery.
func (f *form) setDelivery(e *webhooks.Endpoint) {
	f.set("schedule", e.Schedule)
	f.set("concurrency", positive(e.Concurrency))
	f.set("throttleRate", positive(e.ThrottleRate))
	if e.Ordered {
		f.set("ordered", "on")
	}
	if e.KeepEnabled {
		f.set("keepEnabled", "on")
	}
	if e.TimeoutMS > 0 {
		f.set("timeout", webhooks.DurationText(time.Duration(e.TimeoutMS)*time.Millisecond))
	}
}

// showEndpoint implements GET /webhooks/endpoints/{id}.
func (c *console) showEndpoint(call *call) (reply, error) {
	return call.endpointPage(nil, http.StatusOK)
}

// endpointPage shows an endpoint with a form as it was sent, nil for what is
// stored.
func (c *call) endpointPage(f *form, status int) (reply, error) {
	data := &endpointData{Form: f, Types: webhooks.EventTypes}
	err := c.read(func(tx *store.Tx) error {
		e, err := webhooks.GetEndpoint(tx, c.PathValue("id"))
		if err != nil {
			return err
		}
		c.fillEndpoint(data, e)
		list, err := webhooks.ListAttemptedMessages(tx, e.ID, webhooks.MessageFilter{}, nil, webhooks.Page{Limit: 10})
		for _, m := range list.Data {
			data.Messages = append(data.Messages, c.messageRow(m.Message, []webhooks.Delivery{m.Delivery}))
		}
		if err != nil {
			return err
		}
		return nameSubjects(tx, c.live, data.Messages)
	})
	return show("endpoint", data.Row.URL, data).status(status), err
}

func (c *call) fillEndpoint(data *endpointData, e *webhooks.Endpoint) {
	data.Row = endpointRow{ID: e.ID, URL: e.URL, Href: c.to("/webhooks/endpoints", e.ID), Types: e.EventTypes, Badge: endpointBadge(e)}
	data.Secret, data.CreatedAt = e.Secret, c.at(e.CreatedAt.UnixMilli())
	if at := e.DisableAt(); at != nil {
		m := c.at(at.UnixMilli())
		data.DisableAt = &m
	}
	if data.Form != nil {
		return
	}
	data.Form = newForm(nil)
	data.Form.set("url", e.URL)
	data.Form.set("description", e.Description)
	data.Form.setDelivery(e)
	if e.EventTypes != nil {
		data.Form.set("which", "some")
		data.Form.values["eventTypes"] = e.EventTypes
	}
}

// updateEndpoint implements POST /webhooks/endpoints/{id}.
func (c *console) updateEndpoint(call *call) (reply, error) {
	f := newForm(call.PostForm)
	err := call.write(func(tx *store.Tx) error {
		_, err := webhooks.UpdateEndpoint(tx, call.PathValue("id"), func(p *webhooks.EndpointParams) error {
			f.endpoint(p)
			return nil
		})
		return f.unless(err)
	})
	if err := f.take(err); err != nil {
		return nil, err
	}
	if f.Failed() {
		return call.endpointPage(f, http.StatusUnprocessableEntity)
	}
	return redirect{call.to("/webhooks/endpoints", call.PathValue("id")), saidEndpoint["saved"]}, nil
}

// actOnEndpoint implements POST /webhooks/endpoints/{id}/{action}.
func (c *console) actOnEndpoint(call *call) (reply, error) {
	id, action := call.PathValue("id"), call.PathValue("action")
	to := call.to("/webhooks/endpoints", id)
	var act func(*store.Tx) error
	switch action {
	case "delete":
		act, to = func(tx *store.Tx) error { return webhooks.DeleteEndpoint(tx, id) }, call.to("/webhooks")
	case "disable", "enable":
		act = func(tx *store.Tx) error {
			_, err := webhooks.UpdateEndpoint(tx, id, func(p *webhooks.EndpointParams) error {
				p.Disabled = action == "disable"
				return nil
			})
			return err
		}
	default:
		return c.notFound(call)
	}
	return redirect{to, saidEndpoint[action]}, call.write(act)
}
