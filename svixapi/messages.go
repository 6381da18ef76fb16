package svixapi

import (
	"encoding/json"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// listMessages implements v1.message.list.
func (c *call) listMessages() (any, error) {
	q := query{c: c}
	page, filter := q.page(), q.messageFilter()
	if q.err != nil {
		return nil, q.err
	}
	return c.messages(filter, page)
}

func (c *call) messages(filter webhooks.MessageFilter, page webhooks.Page) (any, error) {
	var list webhooks.List[*webhooks.Message]
	err := c.read(func(tx *store.Tx) (err error) {
		list, err = webhooks.ListMessages(tx, filter, page)
		return err
	})
	return webhooks.ListOut(list, (*webhooks.Message).Out), err
}

// searchIn is Svix's MessageSearchIn.
type searchIn struct {
	Limit       *int     `json:"limit"`
	Iterator    string   `json:"iterator"`
	Channel     string   `json:"channel"`
	Tag         string   `json:"tag"`
	EventTypes  []string `json:"event_types"`
	Before      *string  `json:"before"`
	After       *string  `json:"after"`
	WithContent bool     `json:"with_content"`
}

// searchMessages implements v1.message.search: the list with its parameters in
// the body.
func (c *call) searchMessages() (any, error) {
	var in searchIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	b := body{}
	page := webhooks.Page{Iterator: in.Iterator, Limit: b.limit(in.Limit)}
	filter := webhooks.MessageFilter{Types: in.EventTypes, Channel: in.Channel, Tag: in.Tag, WithBody: in.WithContent,
		Before: b.time("before", in.Before), After: b.time("after", in.After)}
	if b.err != nil {
		return nil, b.err
	}
	return c.messages(filter, page)
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

// rawPayloadOut is Svix's MessageRawPayloadOut.
type rawPayloadOut struct {
	Payload string `json:"payload"`
}

// getRawPayload implements v1.message.get-raw-payload.
func (c *call) getRawPayload() (any, error) {
	m, err := c.message()
	if err != nil {
		return nil, err
	}
	return rawPayloadOut{string(m.Body)}, nil
}

// expungeMessage implements v1.message.expunge-content.
func (c *call) expungeMessage() (any, error) {
	err := c.write(func(tx *store.Tx) error { return webhooks.ExpungeMessage(tx, c.Vars["msg_id"]) })
	return httpapi.NoContent, err
}

// bulkExpunge implements v1.message.bulk-expunge-content: it tells of each id
// what became of it.
func (c *call) bulkExpunge() (any, error) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.IDs) > webhooks.MaxLimit {
		return nil, webhooks.Invalid([]string{"body", "ids"}, "Give at most 250 ids at a time.")
	}
	return c.once(http.StatusOK, func(tx *store.Tx) (any, error) {
		results := map[string]string{}
		for _, id := range in.IDs {
			switch err := webhooks.ExpungeMessage(tx, id); {
			case err == nil:
				results[id] = "expunged"
			case isNotFound(err):
				results[id] = "not-found"
			default:
				return nil, err
			}
		}
		return map[string]any{"results": results}, nil
	})
}

// resend implements v1.message-attempt.resend.
func (c *call) resend() (any, error) {
	return c.once(http.StatusAccepted, func(tx *store.Tx) (any, error) {
		return struct{}{}, c.api.Outbox.Resend(tx, c.Vars["msg_id"], c.Vars["endpoint_id"])
	})
}
