package svixapi

import (
	"github.com/nightclerk/nightclerk/internal/httpapi"
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
	page, content, withMessage, f := q.page(), q.boolean("with_content", true), q.boolean("with_msg", false), q.attemptFilter()
	if q.err != nil {
		return nil, q.err
	}
	var list webhooks.List[*webhooks.Attempt]
	var messages map[string]*webhooks.Message
	err := c.read(func(tx *store.Tx) (err error) {
		if err := narrow(tx, &f); err != nil {
			return err
		}
		if list, err = webhooks.ListAttempts(tx, f, page); err == nil && withMessage {
			messages, err = messagesOf(tx, list.Data)
		}
		return err
	})
	return webhooks.ListOut(list, func(a *webhooks.Attempt) webhooks.MessageAttemptOut {
		out := a.Out(content)
		if m := messages[a.MessageID]; m != nil {
			message := messageOut(m, content)
			out.Msg = &message
		}
		return out
	}), err
}

func messagesOf(tx *store.Tx, attempts []*webhooks.Attempt) (map[string]*webhooks.Message, error) {
	ids := make([]string, len(attempts))
	for i, a := range attempts {
		ids[i] = a.MessageID
	}
	return webhooks.MessagesByID(tx, ids)
}

// getAttemptHeaders implements v1.message-attempt.get-headers.
func (c *call) getAttemptHeaders() (any, error) {
	var out webhooks.AttemptHeadersOut
	err := c.read(func(tx *store.Tx) (err error) {
		out, err = webhooks.AttemptHeaders(tx, c.Vars["msg_id"], c.Vars["attempt_id"])
		return err
	})
	return out, err
}

// expungeAttempt implements v1.message-attempt.expunge-content.
func (c *call) expungeAttempt() (any, error) {
	err := c.write(func(tx *store.Tx) error {
		return webhooks.ExpungeAttempt(tx, c.Vars["msg_id"], c.Vars["attempt_id"])
	})
	return httpapi.NoContent, err
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
