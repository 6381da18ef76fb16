package svixapi

import (
	"time"

	"github.com/nightclerk/nightclerk/webhooks"
)

// listEventTypes implements v1.event-type.list. The catalogue is Clerk's and
// cannot be changed; it is as old as the instance.
func (c *call) listEventTypes() (any, error) {
	q := query{c: c}
	page, ascending := q.page(), q.ascending(true)
	q.boolean("include_archived", false)
	q.boolean("with_content", false)
	if q.err != nil {
		return nil, q.err
	}
	return webhooks.ListOut(webhooks.ListEventTypes(page, !ascending), c.eventType), nil
}

// getEventType implements v1.event-type.get.
func (c *call) getEventType() (any, error) {
	e, ok := webhooks.EventTypeNamed(c.Vars["event_type_name"])
	if !ok {
		return nil, webhooks.NotFound()
	}
	return c.eventType(e), nil
}

func (c *call) eventType(e webhooks.EventType) webhooks.EventTypeOut {
	return e.Out(time.UnixMilli(c.CreatedAt))
}
