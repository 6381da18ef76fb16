package ui

import (
	"cmp"
	"fmt"
	"html/template"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// attemptsShown is how many attempts a message's page shows.
const attemptsShown = 100

// messageData is what a message's page shows.
type messageData struct {
	Row        messageRow
	Unsent     string
	Subject    *userLink
	Body       template.HTML
	Deliveries []deliveryRow
	Attempts   []attemptRow
	More       bool // there are older attempts
	// Others are endpoints that the message was never meant for; it can be sent
	// there all the same.
	Others []endpointRow
}

type userLink struct{ Name, Href string }

// deliveryRow is the message on its way to one endpoint.
type deliveryRow struct {
	Endpoint endpointRow
	Badge    badge
	Attempts string
	Next     *moment
	Disabled bool
}

// attemptRow is one request that was made.
type attemptRow struct {
	ID, URL   string
	Badge     badge
	Code      string
	Duration  int64
	At        moment
	Manual    bool
	Diagnosis string
	// Fault is what a rule did to it, "" for nothing.
	Fault    string
	Response template.HTML
}

// showMessage implements GET /webhooks/messages/{id}.
func (c *console) showMessage(call *call) (reply, error) {
	data := &messageData{}
	err := call.read(func(tx *store.Tx) error { return call.fillMessage(tx, data, call.PathValue("id")) })
	return show("message", data.Row.Type, data), err
}

func (c *call) fillMessage(tx *store.Tx, data *messageData, ref string) error {
	m, err := webhooks.GetMessage(tx, ref)
	if err != nil {
		return err
	}
	deliveries, err := webhooks.DeliveriesOf(tx, m.ID)
	if err != nil {
		return err
	}
	data.Row, data.Body = c.messageRow(m, deliveries[m.ID]), prettyJSON(m.Body)
	if err := c.nameSubject(tx, data, m.SubjectID); err != nil {
		return err
	}
	if len(deliveries[m.ID]) == 0 {
		data.Unsent = m.Unsent.Reason()
	}
	if err := c.fillDeliveries(tx, data, deliveries[m.ID]); err != nil {
		return err
	}
	return c.fillAttempts(tx, data)
}

// nameSubject links to the user that the message is about, while they exist.
func (c *call) nameSubject(tx *store.Tx, data *messageData, id string) error {
	rows := []messageRow{data.Row}
	err := nameSubjects(tx, c.live, rows)
	if rows[0].Subject != id {
		data.Subject = &userLink{rows[0].Subject, c.to("/users", id)}
	}
	return err
}

func (c *call) fillDeliveries(tx *store.Tx, data *messageData, deliveries []webhooks.Delivery) error {
	rows, err := c.endpoints(tx)
	if err != nil {
		return err
	}
	reached := map[string]bool{}
	for _, d := range deliveries {
		reached[d.EndpointID] = true
		data.Deliveries = append(data.Deliveries, c.deliveryRow(d, rows))
	}
	for _, row := range rows {
		if !reached[row.ID] && row.Badge.Text != "Disabled" {
			data.Others = append(data.Others, row)
		}
	}
	return nil
}

// deliveryRow finds the delivery's endpoint; one that was deleted is in no list.
func (c *call) deliveryRow(d webhooks.Delivery, endpoints []endpointRow) deliveryRow {
	b, _ := c.deliveryBadge(d)
	row := deliveryRow{Badge: b, Attempts: plural(int(d.Attempts), "attempt", "attempts"),
		Endpoint: endpointRow{ID: d.EndpointID, URL: d.EndpointID, Badge: badge{"off", "Deleted"}}, Disabled: true}
	if d.NextAt != nil {
		next := c.at(d.NextAt.UnixMilli())
		row.Next = &next
	}
	for _, e := range endpoints {
		if e.ID == d.EndpointID {
			row.Endpoint, row.Disabled = e, e.Badge.Text == "Disabled"
		}
	}
	return row
}

func (c *call) fillAttempts(tx *store.Tx, data *messageData) error {
	list, err := webhooks.ListAttempts(tx, webhooks.AttemptFilter{MessageID: data.Row.ID}, webhooks.Page{Limit: attemptsShown})
	told := map[string]string{} // by endpoint: what was said of a newer attempt
	for _, a := range list.Data {
		row := c.attemptRow(a)
		if told[a.EndpointID] == row.Diagnosis {
			row.Diagnosis = ""
		} else {
			told[a.EndpointID] = row.Diagnosis
		}
		data.Attempts = append(data.Attempts, row)
	}
	data.More = !list.Done
	return err
}

func (c *call) attemptRow(a *webhooks.Attempt) attemptRow {
	row := attemptRow{ID: a.ID, URL: a.URL, Badge: badge{"bad", "Failed"}, Code: "no answer", Duration: a.Duration, At: c.at(a.At),
		Manual: a.Trigger == webhooks.TriggerManual, Diagnosis: a.Diagnosis(), Response: prettyJSON([]byte(a.Response))}
	switch a.Status {
	case webhooks.StatusSuccess:
		row.Badge = badge{"ok", "Delivered"}
	case webhooks.StatusCanceled:
		row.Badge, row.Code = badge{"off", "Canceled"}, "not sent"
	}
	if action, _ := a.FaultOf(); action != "" {
		row.Fault = string(action)
		row.Diagnosis = cmp.Or(row.Diagnosis, a.Purpose())
	}
	if a.Code > 0 {
		row.Code = fmt.Sprint(a.Code)
	}
	return row
}

var saidResent = says("resent", "One more attempt is on its way.")

// resend implements POST /webhooks/messages/{id}/resend.
func (c *console) resend(call *call) (reply, error) {
	id := call.PathValue("id")
	err := call.write(func(tx *store.Tx) error { return c.Outbox.Resend(tx, id, call.PostForm.Get("endpoint")) })
	return redirect{call.to("/webhooks/messages", id), saidResent}, err
}
