package webhooks

import (
	"cmp"
	"encoding/json"

	"github.com/nightclerk/nightclerk/internal/store"
)

// envelope is Clerk's WebhookEventPayload. The user agent and address are those
// of the request that caused the change, empty for what the system did itself.
type envelope struct {
	Data            any             `json:"data"`
	EventAttributes eventAttributes `json:"event_attributes"`
	InstanceID      string          `json:"instance_id"`
	Object          string          `json:"object"`
	Timestamp       int64           `json:"timestamp"` // Unix ms, as real deliveries have it; the spec's examples show seconds
	Type            string          `json:"type"`
}

type eventAttributes struct {
	HTTPRequest httpRequest `json:"http_request"`
}

type httpRequest struct {
	ClientIP  string `json:"client_ip"`
	UserAgent string `json:"user_agent"`
}

// newBody builds the exact bytes every delivery of the event will carry.
func newBody(tx *store.Tx, e store.Event) ([]byte, error) {
	origin := store.OriginOf(tx.Context())
	data := e.Data
	if raw, ok := data.([]byte); ok {
		data = json.RawMessage(raw)
	}
	return Canonical(envelope{
		Data:            data,
		EventAttributes: eventAttributes{httpRequest{ClientIP: origin.ClientIP, UserAgent: origin.UserAgent}},
		InstanceID:      tx.Instance(),
		Object:          "event",
		Timestamp:       tx.NowMS(),
		Type:            e.Type,
	})
}

type userRef struct {
	UserID string `json:"user_id"`
}

// subjectOf returns the id of the user a body is about, else of the resource
// itself, so that a user's messages can be found.
func subjectOf(body []byte) string {
	var in struct {
		Data struct {
			ID string `json:"id"`
			userRef
			PublicUserData userRef `json:"public_user_data"`
			Payer          userRef `json:"payer"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &in) != nil {
		return ""
	}
	return cmp.Or(in.Data.UserID, in.Data.PublicUserData.UserID, in.Data.Payer.UserID, in.Data.ID)
}
