package svixapi

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// listMessages implements v1.message.list. Messages have no channels, so a
// channel to filter by finds none.
func (c *call) listMessages() (any, error) {
	q := query{c: c}
	page, filter := q.page(), q.messageFilter()
	if q.err != nil {
		return nil, q.err
	}
	list := webhooks.List[*webhooks.Message]{Done: true}
	if c.Query.Get("channel") != "" {
		return webhooks.ListOut(list, (*webhooks.Message).Out), nil
	}
	err := c.read(func(tx *store.Tx) (err error) {
		list, err = webhooks.ListMessages(tx, filter, page)
		return err
	})
	return webhooks.ListOut(list, (*webhooks.Message).Out), err
}

// messageIn is Svix's MessageIn as far as it matters here.
type messageIn struct {
	EventID   *string         `json:"eventId"`
	EventType string          `json:"eventType"`
	Payload   json.RawMessage `json:"payload"`
	Channels  []string        `json:"channels"`
}

// createMessage implements v1.message.create: the payload is sent byte for
// byte, unlike Clerk's events not canonical.
func (c *call) createMessage() (any, error) {
	var in messageIn
	q := query{c: c}
	withContent := q.boolean("with_content", true)
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if q.err != nil {
		return nil, q.err
	}
	if in.Channels != nil {
		return nil, webhooks.Invalid([]string{"body", "channels"}, "Clerk's messages have no channels: leave them out.")
	}
	if !bytes.HasPrefix(in.Payload, []byte("{")) {
		return nil, webhooks.Invalid([]string{"body", "payload"}, "Payload must be an object.")
	}
	eventID := ""
	set(&eventID, in.EventID)
	var m *webhooks.Message
	err := c.write(func(tx *store.Tx) (err error) {
		m, err = c.api.outbox.CreateMessage(tx, in.EventType, in.Payload, eventID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return httpapi.Status{Code: http.StatusAccepted, Body: messageOut(m, withContent)}, nil
}

func messageOut(m *webhooks.Message, withContent bool) webhooks.MessageOut {
	out := m.Out()
	if !withContent {
		out.Payload = json.RawMessage(`{}`)
	}
	return out
}

// getMessage implements v1.message.get.
func (c *call) getMessage() (any, error) {
	q := query{c: c}
	withContent := q.boolean("with_content", true)
	if q.err != nil {
		return nil, q.err
	}
	m, err := c.message()
	if err != nil {
		return nil, err
	}
	return messageOut(m, withContent), nil
}

// message reads the message that the path names by id or event id.
func (c *call) message() (m *webhooks.Message, err error) {
	err = c.read(func(tx *store.Tx) error {
		m, err = webhooks.GetMessage(tx, c.Vars["msg_id"])
		return err
	})
	return m, err
}

// resend implements v1.message-attempt.resend.
func (c *call) resend() (any, error) {
	err := c.write(func(tx *store.Tx) error { return c.api.outbox.Resend(tx, c.Vars["msg_id"], c.Vars["endpoint_id"]) })
	if err != nil {
		return nil, err
	}
	return httpapi.Status{Code: http.StatusAccepted, Body: struct{}{}}, nil
}
