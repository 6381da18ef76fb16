package controlapi

import (
	"encoding/json"
	"net/http"

	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// exportedJSON is one line of an export: a message with all that became of it.
type exportedJSON struct {
	messageJSON
	EventID  *string         `json:"event_id"`
	Channels []string        `json:"channels"`
	Tags     []string        `json:"tags"`
	Payload  json.RawMessage `json:"payload"`
	Attempts []attemptJSON   `json:"attempts"`
}

// attemptJSON is one request that was made for a message.
type attemptJSON struct {
	ID         string `json:"id"`
	EndpointID string `json:"endpoint_id"`
	URL        string `json:"url"`
	Status     string `json:"status"`
	// StatusCode is null without an answer.
	StatusCode *int   `json:"status_code"`
	Manual     bool   `json:"manual"`
	CreatedAt  int64  `json:"created_at"` // instance time, Unix ms
	DurationMS int64  `json:"duration_ms"`
	Response   string `json:"response"`
	// Fault is the action and the rule that changed the attempt, null for none.
	Fault *string `json:"fault"`
	// Diagnosis says why it failed and what to do, null for a success.
	Diagnosis *string `json:"diagnosis"`
}

func newAttempt(a *webhooks.Attempt) *attemptJSON {
	if a == nil {
		return nil
	}
	out := &attemptJSON{ID: a.ID, EndpointID: a.EndpointID, URL: a.URL, Status: a.Status.String(), Manual: a.Trigger == webhooks.TriggerManual,
		CreatedAt: a.At, DurationMS: a.Duration, Response: a.Response, Fault: textOrNull(a.Fault), Diagnosis: textOrNull(a.Diagnosis())}
	if a.Code > 0 {
		out.StatusCode = &a.Code
	}
	return out
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func newExported(m webhooks.Exported) exportedJSON {
	shape := m.Out()
	out := exportedJSON{messageJSON: newMessage(m.Message, m.Deliveries), EventID: shape.EventID, Payload: shape.Payload,
		Channels: append([]string{}, m.Channels...), Tags: append([]string{}, m.Tags...), Attempts: []attemptJSON{}}
	for _, a := range m.Attempts {
		out.Attempts = append(out.Attempts, *newAttempt(a))
	}
	return out
}

// exportMessages streams the instance's messages after since, one JSON object a
// line, the oldest first.
func (a *API) exportMessages(w http.ResponseWriter, r *http.Request) {
	live, since, err := a.exportOf(r)
	if err != nil {
		call := &httpapi.Call{R: r, Record: httpapi.RecordOf(r.Context()), Header: w.Header()}
		httpapi.WriteClerkError(a.Log)(w, call, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = webhooks.Export(r.Context(), a.DB, live, since, func(m webhooks.Exported) error { return enc.Encode(newExported(m)) })
	if err != nil && r.Context().Err() == nil {
		a.Log.Warn("an export ended early", "instance", live, "error", err)
		panic(http.ErrAbortHandler) // the reader must see that it is not whole
	}
}

func (a *API) exportOf(r *http.Request) (instance string, since int64, err error) {
	live, err := a.Instances.Addressed(r.Context())
	if err != nil {
		return "", 0, err
	}
	httpapi.RecordOf(r.Context()).Instance = live.ID
	err = a.DB.Read(r.Context(), live.ID, func(tx *store.Tx) (err error) {
		since, err = seqOf(tx, r.URL.Query().Get("since"))
		return err
	})
	return live.ID, since, err
}

// trimJSON is what a trim removed.
type trimJSON struct {
	Object   string `json:"object"`
	Messages int64  `json:"messages"`
	Payloads int64  `json:"payloads"`
}

// trim removes what is older than the retention, by the instance's clock. It
// happens by itself too; this waits until it is done.
func (a *API) trim(c *call, _ none) (trimJSON, error) {
	done, err := webhooks.Trim(c.Context(), a.DB, c.Live.ID)
	return trimJSON{"trim", done.Messages, done.Payloads}, err
}

type verifyParams struct {
	// Headers and Body are the request as it was received.
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	// Secret is the receiver's; without one any of the instance's will do.
	Secret *string `json:"secret"`
}

// verify judges a received webhook and knows all secrets of the instance.
func (a *API) verify(c *call, in verifyParams) (out webhooks.Verdict, err error) {
	r := webhooks.Received{Header: http.Header{}, Body: []byte(in.Body)}
	for name, value := range in.Headers {
		r.Header.Set(name, value)
	}
	err = a.read(c, func(tx *store.Tx) error {
		known, err := webhooks.KnownSecrets(tx)
		if err != nil {
			return err
		}
		sent, err := sentBody(tx, r.Header.Get("svix-id"))
		out = webhooks.Verify(r, text(in.Secret), known, sent, tx.WallNow())
		return err
	})
	return out, err
}

// sentBody is the body of a message, nil when there is none of that id.
func sentBody(tx *store.Tx, id string) ([]byte, error) {
	found, err := webhooks.MessagesByID(tx, []string{id})
	if m := found[id]; m != nil && !m.Expunged {
		return m.Body, err
	}
	return nil, err
}
