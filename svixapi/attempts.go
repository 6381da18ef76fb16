package svixapi

import (
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// listAttemptsByEndpoint implements v1.message-attempt.list-by-endpoint.
func (c *call) listAttemptsByEndpoint() (any, error) {
	return c.listAttempts(func(tx *store.Tx, f *webhooks.AttemptFilter) error {
		e, err := webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		if err == nil {
			f.EndpointID = e.ID
		}
		return err
	})
}

// listAttemptsByMessage implements v1.message-attempt.list-by-msg.
func (c *call) listAttemptsByMessage() (any, error) {
	return c.listAttempts(func(tx *store.Tx, f *webhooks.AttemptFilter) error {
		m, err := webhooks.GetMessage(tx, c.Vars["msg_id"])
		if err != nil {
			return err
		}
		f.MessageID = m.ID
		if ref := c.Query.Get("endpoint_id"); ref != "" {
			e, err := webhooks.GetEndpoint(tx, ref)
			if err != nil {
				return err
			}
			f.EndpointID = e.ID
		}
		return nil
	})
}

// listAttempts lists attempts of what narrow sets in the filter.
func (c *call) listAttempts(narrow func(*store.Tx, *webhooks.AttemptFilter) error) (any, error) {
	q := query{c: c}
	page, content := q.page(), q.boolean("with_content", true)
	f := webhooks.AttemptFilter{Types: q.eventTypes(), Status: q.status(), CodeClass: q.codeClass(), Before: q.time("before"), After: q.time("after")}
	if q.err != nil {
		return nil, q.err
	}
	var list webhooks.List[*webhooks.Attempt]
	err := c.read(func(tx *store.Tx) (err error) {
		if err := narrow(tx, &f); err != nil {
			return err
		}
		list, err = webhooks.ListAttempts(tx, f, page)
		return err
	})
	return webhooks.ListOut(list, func(a *webhooks.Attempt) webhooks.MessageAttemptOut { return a.Out(content) }), err
}

// getAttempt implements v1.message-attempt.get.
func (c *call) getAttempt() (any, error) {
	var a *webhooks.Attempt
	err := c.read(func(tx *store.Tx) error {
		m, err := webhooks.GetMessage(tx, c.Vars["msg_id"])
		if err != nil {
			return err
		}
		a, err = webhooks.GetAttempt(tx, m.ID, c.Vars["attempt_id"])
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.Out(true), nil
}

// listAttemptedMessages implements v1.message-attempt.list-attempted-messages.
func (c *call) listAttemptedMessages() (any, error) {
	q := query{c: c}
	page, filter, status := q.page(), q.messageFilter(), q.status()
	if q.err != nil {
		return nil, q.err
	}
	var list webhooks.List[webhooks.AttemptedMessage]
	err := c.read(func(tx *store.Tx) error {
		e, err := webhooks.GetEndpoint(tx, c.Vars["endpoint_id"])
		if err != nil {
			return err
		}
		list, err = webhooks.ListAttemptedMessages(tx, e.ID, filter, status, page)
		return err
	})
	return webhooks.ListOut(list, webhooks.AttemptedMessage.Out), err
}

// listAttemptedDestinations implements
// v1.message-attempt.list-attempted-destinations.
func (c *call) listAttemptedDestinations() (any, error) {
	q := query{c: c}
	page := q.page()
	if q.err != nil {
		return nil, q.err
	}
	var list webhooks.List[webhooks.Destination]
	err := c.read(func(tx *store.Tx) error {
		m, err := webhooks.GetMessage(tx, c.Vars["msg_id"])
		if err != nil {
			return err
		}
		list, err = webhooks.ListDestinations(tx, m.ID, page)
		return err
	})
	return webhooks.ListOut(list, webhooks.Destination.Out), err
}
