package webhooks

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// EndpointOutCommon is what Svix shows of an endpoint everywhere, in its order,
// the undocumented fields that svix-server still sends included.
type EndpointOutCommon struct {
	Description  string   `json:"description"`
	RateLimit    *int     `json:"rateLimit"`
	ThrottleRate *int     `json:"throttleRate"`
	UID          *string  `json:"uid"`
	URL          string   `json:"url"`
	Version      int      `json:"version"`
	Disabled     bool     `json:"disabled"`
	EventTypes   []string `json:"eventTypes"`  // null for all
	FilterTypes  []string `json:"filterTypes"` // the old name
	Channels     []string `json:"channels"`    // null for all
	CreatedAt    string   `json:"createdAt"`
	UpdatedAt    string   `json:"updatedAt"`
}

// EndpointOut is Svix's EndpointOut; it holds no secret.
type EndpointOut struct {
	EndpointOutCommon
	ID       string            `json:"id"`
	Metadata map[string]string `json:"metadata"`
}

// Out is the endpoint in Svix's shape.
func (e *Endpoint) Out() EndpointOut {
	out := EndpointOut{EndpointOutCommon: e.common(), ID: e.ID, Metadata: e.Metadata}
	if out.Metadata == nil {
		out.Metadata = map[string]string{}
	}
	return out
}

func (e *Endpoint) common() EndpointOutCommon {
	out := EndpointOutCommon{
		Description: e.Description, URL: e.URL, Version: 1, Disabled: e.Disabled,
		EventTypes: e.EventTypes, FilterTypes: e.EventTypes, Channels: e.Channels,
		CreatedAt: timestamp(e.CreatedAt), UpdatedAt: timestamp(e.UpdatedAt),
	}
	if e.UID != "" {
		out.UID = &e.UID
	}
	if e.ThrottleRate > 0 {
		out.RateLimit, out.ThrottleRate = &e.ThrottleRate, &e.ThrottleRate
	}
	return out
}

// EndpointHeadersOut is Svix's shape for custom headers: the values of
// sensitive ones are left out.
type EndpointHeadersOut struct {
	Headers   map[string]string `json:"headers"`
	Sensitive []string          `json:"sensitive"`
}

// HeadersOut is the endpoint's custom headers in Svix's shape.
func (e *Endpoint) HeadersOut() EndpointHeadersOut {
	out := EndpointHeadersOut{Headers: map[string]string{}, Sensitive: []string{}}
	for name, value := range e.Headers {
		if slices.Contains(sensitiveHeaders, strings.ToLower(name)) {
			out.Sensitive = append(out.Sensitive, name)
		} else {
			out.Headers[name] = value
		}
	}
	slices.Sort(out.Sensitive)
	return out
}

// MessageOut is Svix's MessageOut.
type MessageOut struct {
	EventID   *string         `json:"eventId"`
	EventType string          `json:"eventType"`
	Payload   json.RawMessage `json:"payload"` // {} when not asked for
	Channels  []string        `json:"channels"`
	ID        string          `json:"id"`
	Timestamp string          `json:"timestamp"`
	Tags      []string        `json:"tags,omitempty"` // Svix Cloud only
}

// Out is the message in Svix's shape. A body that is no JSON is shown as
// svix-server shows it, like one that is gone.
func (m *Message) Out() MessageOut {
	payload := json.RawMessage(m.Body)
	switch {
	case payload == nil:
		payload = json.RawMessage(`{}`)
	case !json.Valid(payload):
		payload = expungedBody
	}
	out := MessageOut{EventType: m.Type, Payload: payload, Channels: m.Channels, ID: m.ID, Timestamp: timestamp(m.CreatedAt), Tags: m.Tags}
	if m.EventID != "" {
		out.EventID = &m.EventID
	}
	return out
}

// MessageAttemptOut is Svix's MessageAttemptOut.
type MessageAttemptOut struct {
	URL                string  `json:"url"`
	Response           string  `json:"response"`
	ResponseStatusCode int     `json:"responseStatusCode"` // 0 without an answer
	ResponseDurationMS int64   `json:"responseDurationMs"`
	Status             Status  `json:"status"`
	StatusText         string  `json:"statusText"`
	TriggerType        Trigger `json:"triggerType"`
	MsgID              string  `json:"msgId"`
	EndpointID         string  `json:"endpointId"`
	ID                 string  `json:"id"`
	Timestamp          string  `json:"timestamp"`
	// Msg is the message, where it was asked for.
	Msg *MessageOut `json:"msg,omitempty"`
}

// Out is the attempt in Svix's shape; without content the response is {}.
func (a *Attempt) Out(withContent bool) MessageAttemptOut {
	out := MessageAttemptOut{
		URL: a.URL, Response: a.Response, ResponseStatusCode: a.Code, ResponseDurationMS: a.Duration,
		Status: a.Status, StatusText: a.Status.String(), TriggerType: a.Trigger,
		MsgID: a.MessageID, EndpointID: a.EndpointID, ID: a.ID, Timestamp: timestamp(fromMS(a.At)),
	}
	if !withContent {
		out.Response = "{}"
	}
	return out
}

// EndpointMessageOut is Svix's EndpointMessageOut.
type EndpointMessageOut struct {
	MessageOut
	Status      Status  `json:"status"`
	StatusText  string  `json:"statusText"`
	NextAttempt *string `json:"nextAttempt,omitempty"`
}

// Out is the attempted message in Svix's shape.
func (m AttemptedMessage) Out() EndpointMessageOut {
	return EndpointMessageOut{m.Message.Out(), m.Delivery.Status, m.Delivery.Status.String(), timestampOrNil(m.Delivery.NextAt)}
}

// MessageEndpointOut is Svix's MessageEndpointOut.
type MessageEndpointOut struct {
	EndpointOutCommon
	ID          string  `json:"id"`
	Status      Status  `json:"status"`
	StatusText  string  `json:"statusText"`
	NextAttempt *string `json:"nextAttempt"`
}

// Out is the destination in Svix's shape. Its status is the last attempt's,
// where a list of messages says sending.
func (d Destination) Out() MessageEndpointOut {
	status := d.Delivery.Status
	if status == StatusSending {
		status = StatusFail
	}
	return MessageEndpointOut{d.Endpoint.common(), d.Endpoint.ID, status, status.String(), timestampOrNil(d.Delivery.NextAt)}
}

// ListResponse is Svix's list envelope.
type ListResponse[T any] struct {
	Data         []T     `json:"data"`
	Iterator     *string `json:"iterator"`
	PrevIterator *string `json:"prevIterator,omitempty"`
	Done         bool    `json:"done"`
}

// ListOut is a list in Svix's shape, each item through out.
func ListOut[T, O any](list List[T], out func(T) O) ListResponse[O] {
	res := ListResponse[O]{Data: make([]O, len(list.Data)), Done: list.Done}
	for i, item := range list.Data {
		res.Data[i] = out(item)
	}
	if len(list.Data) > 0 {
		res.Iterator, res.PrevIterator = &list.Iterator, &list.PrevIterator
	}
	return res
}

// timestamp is RFC 3339 in UTC with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func timestampOrNil(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := timestamp(*t)
	return &s
}
