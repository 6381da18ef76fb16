package ui

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/webhooks"
)

// messageRow is a message in a list.
type messageRow struct {
	ID, Type, Href string
	// Subject is the user it is about, by name while they exist, else its id.
	Subject  string
	Badge    badge
	At       moment
	Attempts string
	// Next is when the next attempt is due, nil when none is.
	Next *moment
}

// webhooksData is what the page of webhooks shows.
type webhooksData struct {
	Form      *form
	Endpoints []endpointRow
	Messages  []messageRow
	Pager     pager
	Types     []webhooks.EventType
	Filtered  bool
	Faults    []faultRow
	Timing    timing
	// Mode is the form of the mode as it was sent, empty at first.
	Mode *form
}

// pager leads to other pages of a list.
type pager []pageLink

type pageLink struct{ Label, Href string }

// listMessages implements GET /webhooks.
func (c *console) listMessages(call *call) (reply, error) {
	return call.webhooksPage(newForm(nil), http.StatusOK)
}

// webhooksPage shows the page with the form of the mode as it was sent.
func (c *call) webhooksPage(mode *form, status int) (reply, error) {
	f := newForm(c.URL.Query())
	data := &webhooksData{Form: f, Types: webhooks.EventTypes, Filtered: f.Get("type")+f.Get("status")+f.Get("user") != "",
		Faults: c.faultRows(), Timing: c.timing(), Mode: mode}
	if mode.values.Get("answer_after") == "" && !mode.Failed() {
		mode.set("answer_after", cmp.Or(data.Timing.AnswerAfter, "10s"))
	}
	err := c.read(func(tx *store.Tx) (err error) {
		if data.Endpoints, err = c.endpoints(tx); err != nil {
			return err
		}
		data.Messages, data.Pager, err = c.messages(tx, messageFilter(f), webhooks.Page{Iterator: f.Get("at")}, f.values)
		return err
	})
	return show("webhooks", "Webhooks", data).status(status), err
}

// statuses are the choices of the filter, in the words of the list.
var statuses = map[string]webhooks.Status{"success": webhooks.StatusSuccess, "sending": webhooks.StatusSending, "fail": webhooks.StatusFail}

func messageFilter(f *form) (out webhooks.MessageFilter) {
	if typ := f.Get("type"); typ != "" {
		out.Types = []string{typ}
	}
	if s, ok := statuses[f.Get("status")]; ok {
		out.Status = &s
	}
	out.Unsent, out.SubjectID = f.Get("status") == "unsent", f.plain("user")
	return out
}

// messages reads one page of messages with what became of them. query is the
// page's, so that its neighbours have the same filter.
func (c *call) messages(tx *store.Tx, f webhooks.MessageFilter, p webhooks.Page, query url.Values) ([]messageRow, pager, error) {
	list, err := webhooks.ListMessages(tx, f, p)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list.Data))
	for i, m := range list.Data {
		ids[i] = m.ID
	}
	deliveries, err := webhooks.DeliveriesOf(tx, ids...)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]messageRow, len(list.Data))
	for i, m := range list.Data {
		rows[i] = c.messageRow(m, deliveries[m.ID])
	}
	return rows, pages(list, p, query), nameSubjects(tx, c.live, rows)
}

// pages works out the neighbours of a page. Going back, a list is done at the
// newest.
func pages[T any](list webhooks.List[T], p webhooks.Page, query url.Values) (out pager) {
	at := func(iterator string) string {
		q := url.Values{}
		for name, values := range query {
			q[name] = values
		}
		q.Set("at", iterator)
		q.Del("done")
		return "?" + q.Encode()
	}
	back := strings.HasPrefix(p.Iterator, "-")
	if list.PrevIterator != "" && p.Iterator != "" && (!back || !list.Done) {
		out = append(out, pageLink{"Newer", at(list.PrevIterator)})
	}
	if list.Iterator != "" && (back || !list.Done) {
		out = append(out, pageLink{"Older", at(list.Iterator)})
	}
	return out
}

func (c *call) messageRow(m *webhooks.Message, deliveries []webhooks.Delivery) messageRow {
	row := messageRow{ID: m.ID, Type: m.Type, Href: c.to("/webhooks/messages", m.ID), Subject: m.SubjectID,
		Badge: c.messageBadge(deliveries), At: c.at(m.CreatedAt.UnixMilli()), Attempts: attempts(deliveries)}
	for _, d := range deliveries {
		if d.NextAt != nil && (row.Next == nil || d.NextAt.UnixMilli() < row.Next.MS) && d.Attempts > 0 {
			next := c.at(d.NextAt.UnixMilli())
			row.Next = &next
		}
	}
	return row
}

// attempts says how often a message was tried, when that is worth a word.
func attempts(deliveries []webhooks.Delivery) string {
	var tried int64
	delivered := 0
	for _, d := range deliveries {
		tried += d.Attempts
		if d.Status == webhooks.StatusSuccess {
			delivered++
		}
	}
	switch n := len(deliveries); {
	case n > 1 && delivered < n:
		return fmt.Sprintf("%d of %d delivered · %s", delivered, n, plural(int(tried), "attempt", "attempts"))
	case tried > int64(n):
		return plural(int(tried), "attempt", "attempts")
	}
	return ""
}

// messageBadge sums up a message's deliveries: the worst one decides.
func (c *call) messageBadge(deliveries []webhooks.Delivery) badge {
	out := badge{"off", "Not sent"}
	for rank := -1; len(deliveries) > 0; deliveries = deliveries[1:] {
		b, r := c.deliveryBadge(deliveries[0])
		if r > rank {
			out, rank = b, r
		}
	}
	return out
}

// deliveryBadge words a delivery's state; a higher rank is worse.
func (c *call) deliveryBadge(d webhooks.Delivery) (badge, int) {
	switch {
	case d.Status == webhooks.StatusSuccess:
		return badge{"ok", "Delivered"}, 0
	case d.Status == webhooks.StatusCanceled:
		return badge{"off", "Canceled"}, 1
	case d.Status == webhooks.StatusFail && d.NextAt == nil:
		return badge{"bad", "Failed"}, 3
	case c.mode.Held && d.NextAt != nil && d.NextAt.UnixMilli() <= c.nowMS:
		return badge{"wait", "Held"}, 2
	case d.Attempts > 0:
		return badge{"warn", "Retrying"}, 2
	}
	return badge{"wait", "Sending"}, 1
}

// endpointRow is an endpoint in a list.
type endpointRow struct {
	ID, URL, Href, Description string
	Types                      []string
	Badge                      badge
}

func (c *call) endpoints(tx *store.Tx) ([]endpointRow, error) {
	list, err := webhooks.ListEndpoints(tx, webhooks.Page{Limit: webhooks.MaxLimit}, true)
	if err != nil {
		return nil, err
	}
	rows := make([]endpointRow, len(list.Data))
	for i, e := range list.Data {
		rows[i] = endpointRow{ID: e.ID, URL: e.URL, Href: c.to("/webhooks/endpoints", e.ID), Description: e.Description,
			Types: e.EventTypes, Badge: endpointBadge(e)}
	}
	return rows, nil
}

func endpointBadge(e *webhooks.Endpoint) badge {
	switch {
	case e.Deleted:
		return badge{"off", "Deleted"}
	case e.Disabled:
		return badge{"off", "Disabled"}
	case e.FirstFailureAt != nil:
		return badge{"warn", "Failing"}
	}
	return badge{"ok", "Enabled"}
}
