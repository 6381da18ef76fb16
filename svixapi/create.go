package svixapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// messageIn is Svix's MessageIn. application is not read: the one in the path
// exists, and then Svix ignores it.
type messageIn struct {
	EventID               *string         `json:"eventId"`
	EventType             string          `json:"eventType"`
	Payload               json.RawMessage `json:"payload"`
	Data                  json.RawMessage `json:"data"` // another name for payload in svix-server
	Channels              []string        `json:"channels"`
	Tags                  []string        `json:"tags"`
	DeliverAt             *string         `json:"deliverAt"`
	RetentionDays         *int            `json:"payloadRetentionPeriod"`
	RetentionHours        *int            `json:"payloadRetentionHours"`
	TransformationsParams *transformation `json:"transformationsParams"`
}

// transformation is what the SDKs' messageInRaw sets.
type transformation struct {
	RawPayload *string           `json:"rawPayload"`
	Headers    map[string]string `json:"headers"`
}

// Svix's bounds of the retention.
const (
	maxRetentionDays  = 90
	maxRetentionHours = 2160
)

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
	params, err := in.params()
	if err != nil {
		return nil, err
	}
	return c.once(http.StatusAccepted, func(tx *store.Tx) (any, error) {
		m, err := c.api.Outbox.Create(tx, params)
		if err != nil {
			return nil, err
		}
		return messageOut(m, withContent), nil
	})
}

func (in messageIn) params() (webhooks.MessageParams, error) {
	b := body{}
	p := webhooks.MessageParams{Type: in.EventType, Payload: in.payload(&b), Channels: in.Channels, Tags: in.Tags,
		DeliverAt: b.time("deliverAt", in.DeliverAt), Retention: in.retention(&b)}
	set(&p.EventID, in.EventID)
	if in.EventID != nil && *in.EventID == "" {
		b.fail("eventId", "An eventId must not be empty: leave it out instead.")
	}
	return p, b.err
}

func (in messageIn) payload(b *body) []byte {
	payload := in.Payload
	if payload == nil {
		payload = in.Data
	}
	if !bytes.HasPrefix(payload, []byte("{")) {
		b.fail("payload", "Payload must be an object.")
	}
	t := in.TransformationsParams
	if t == nil {
		return payload
	}
	for name, value := range t.Headers {
		if !strings.EqualFold(name, "content-type") || !strings.HasPrefix(value, "application/json") {
			b.fail("transformationsParams", "Bodies are always sent as application/json here: leave headers out.")
		}
	}
	if t.RawPayload != nil {
		return []byte(*t.RawPayload)
	}
	return payload
}

func (in messageIn) retention(b *body) (kept time.Duration) {
	if days := in.RetentionDays; days != nil {
		if *days < 1 || *days > maxRetentionDays {
			b.fail("payloadRetentionPeriod", "payloadRetentionPeriod must be between 1 and 90 days")
		}
		kept = time.Duration(*days) * 24 * time.Hour
	}
	if hours := in.RetentionHours; hours != nil {
		if *hours < 1 || *hours > maxRetentionHours {
			b.fail("payloadRetentionHours", "payloadRetentionHours must be between 1 and 2160 hours")
		}
		kept = time.Duration(*hours) * time.Hour
	}
	return kept
}

// precheckIn is Svix's MessagePrecheckIn.
type precheckIn struct {
	EventType string   `json:"eventType"`
	Channels  []string `json:"channels"`
}

// precheckOut is Svix's MessagePrecheckOut.
type precheckOut struct {
	Active bool `json:"active"`
}

// precheck implements v1.message.precheck.
func (c *call) precheck() (any, error) {
	var in precheckIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.EventType == "" {
		return nil, webhooks.Invalid([]string{"body", "eventType"}, "missing field `eventType`: name the type of the message")
	}
	var out precheckOut
	err := c.read(func(tx *store.Tx) (err error) {
		out.Active, err = webhooks.AnyoneListens(tx, in.EventType, in.Channels)
		return err
	})
	return out, err
}

// exampleIn is Svix's EventExampleIn.
type exampleIn struct {
	EventType    string `json:"eventType"`
	ExampleIndex int    `json:"exampleIndex"`
}

// sendExample implements v1.endpoint.send-example. A type has one example.
func (c *call) sendExample() (any, error) {
	var in exampleIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if _, known := webhooks.EventTypeNamed(in.EventType); !known && in.EventType != webhooks.PingType {
		return nil, webhooks.NotFound()
	}
	if in.ExampleIndex != 0 {
		return nil, webhooks.Invalid([]string{"body", "exampleIndex"}, "There is one example of each type: leave exampleIndex out.")
	}
	return c.once(http.StatusAccepted, func(tx *store.Tx) (any, error) {
		data, err := c.example(tx, in.EventType)
		if err != nil {
			return nil, err
		}
		m, err := c.api.Outbox.CreateExample(tx, c.Vars["endpoint_id"], in.EventType, data)
		if err != nil {
			return nil, err
		}
		return m.Out(), nil
	})
}

func (c *call) example(tx *store.Tx, typ string) (any, error) {
	if typ == webhooks.PingType {
		return nil, nil
	}
	data, err := c.api.Example(tx, c.Live, typ)
	if err != nil {
		return nil, webhooks.BadRequest("invalid_scheme", "Unable to generate example message from event-type schema: "+err.Error())
	}
	return data, nil
}
