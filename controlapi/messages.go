package controlapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

type messagesParams struct {
	Type  []string `query:"type"`
	User  string   `query:"user"`
	Since string   `query:"since"`
	Limit *int     `query:"limit"`
}

// messageJSON is a message with what became of it: more than Svix's own list
// tells, because that needs one request for each endpoint.
type messageJSON struct {
	Object    string `json:"object"`
	ID        string `json:"id"`
	Seq       int64  `json:"seq"`
	Type      string `json:"type"`
	SubjectID string `json:"subject_id"`
	CreatedAt int64  `json:"created_at"`
	// Unsent says why there are no deliveries; null when there are.
	Unsent     *string        `json:"unsent"`
	Deliveries []deliveryJSON `json:"deliveries"`
}

type deliveryJSON struct {
	EndpointID string `json:"endpoint_id"`
	Status     string `json:"status"`
	Attempts   int64  `json:"attempts"`
	// NextAt is when the next attempt is due in instance time, Unix ms.
	NextAt *int64 `json:"next_at"`
}

type messagesJSON struct {
	Data []messageJSON `json:"data"`
	// Seq is the instance's mark at this moment, for since.
	Seq int64 `json:"seq"`
}

// listMessages lists messages, the newest first.
func (a *API) listMessages(c *call, in messagesParams) (out messagesJSON, err error) {
	limit := webhooks.DefaultLimit
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > webhooks.MaxLimit {
		return out, apierr.FormInvalidParameterFormat("limit", "It must be between 1 and 250.")
	}
	for _, name := range in.Type {
		if err := checkType("type", name); err != nil {
			return out, err
		}
	}
	err = a.read(c, func(tx *store.Tx) error {
		since, err := seqOf(tx, in.Since)
		if err != nil {
			return err
		}
		if out.Seq, err = tx.Seq(); err != nil {
			return err
		}
		out.Data, err = messages(tx, webhooks.MessageFilter{Types: in.Type, SubjectID: in.User, SinceSeq: since}, limit)
		return err
	})
	return out, err
}

func messages(tx *store.Tx, f webhooks.MessageFilter, limit int) ([]messageJSON, error) {
	list, err := webhooks.ListMessages(tx, f, webhooks.Page{Limit: limit})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list.Data))
	for i, m := range list.Data {
		ids[i] = m.ID
	}
	deliveries, err := webhooks.DeliveriesOf(tx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]messageJSON, len(list.Data))
	for i, m := range list.Data {
		out[i] = newMessage(m, deliveries[m.ID])
	}
	return out, nil
}

func newMessage(m *webhooks.Message, deliveries []webhooks.Delivery) messageJSON {
	out := messageJSON{Object: "message", ID: m.ID, Seq: m.Seq, Type: m.Type, SubjectID: m.SubjectID,
		CreatedAt: m.CreatedAt.UnixMilli(), Deliveries: []deliveryJSON{}}
	// A message that found no endpoint can be sent to one by hand later.
	if m.Unsent != "" && len(deliveries) == 0 {
		reason := m.Unsent.Reason()
		out.Unsent = &reason
	}
	for _, d := range deliveries {
		one := deliveryJSON{EndpointID: d.EndpointID, Status: d.Status.String(), Attempts: d.Attempts}
		if d.NextAt != nil {
			at := d.NextAt.UnixMilli()
			one.NextAt = &at
		}
		out.Deliveries = append(out.Deliveries, one)
	}
	return out
}
