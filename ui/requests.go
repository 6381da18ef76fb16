package ui

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/nightclerk/nightclerk/internal/activity"
)

// requestsPage is how many requests a page shows.
const requestsPage = 50

// doors are the APIs whose requests are kept.
var doors = []option{{"frontend", "Frontend API"}, {"backend", "Backend API"}, {"issuer", "Issuer"}, {"svix", "Svix API"}, {"sdk", "Browser scripts"}}

func doorName(door string) string {
	for _, d := range doors {
		if d.Value == door {
			return d.Text
		}
	}
	return door
}

var statusClasses = []option{{"error", "Errors (4xx, 5xx)"}, {"unsupported", "Not built (501)"}, {"2xx", "2xx success"}, {"3xx", "3xx redirect"},
	{"4xx", "4xx refused"}, {"5xx", "5xx failed"}}

// requestRow is a request in a list.
type requestRow struct {
	TraceID, Href, Method, Path string
	Operation, ErrorCode        string
	Door, Took                  string
	Badge                       badge
	At                          wallTime
}

// requestsData is what the page of requests shows.
type requestsData struct {
	Form     *form
	Doors    []option
	Statuses []option
	Clients  []option
	Rows     []requestRow
	Pager    pager
	Filtered bool
	Older    bool // not the newest page, which alone follows what happens
	Max      int
}

// listRequests implements GET /requests.
func (c *console) listRequests(call *call) (reply, error) {
	f := newForm(call.URL.Query())
	filter := activity.Filter{Door: f.Get("door"), Client: f.Get("client"), User: f.Get("user"), Status: f.Get("status"), Text: f.Get("q")}
	before, _ := strconv.ParseInt(f.Get("before"), 10, 64)
	list, more := c.Activity.List(call.live.ID, filter, before, requestsPage)
	data := &requestsData{Form: f, Doors: doors, Statuses: statusClasses, Clients: call.clients(filter.Client), Filtered: filter != (activity.Filter{}),
		Older: before > 0, Max: activity.MaxEntries}
	for _, e := range list {
		data.Rows = append(data.Rows, call.requestRow(e))
	}
	if before > 0 {
		data.Pager = append(data.Pager, pageLink{"Newest", with(f.values, "before", "")})
	}
	if more {
		data.Pager = append(data.Pager, pageLink{"Older", with(f.values, "before", strconv.FormatInt(list[len(list)-1].Seq, 10))})
	}
	return show("requests", "Requests", data), nil
}

// with is a query with another value of one parameter, "" for none.
func with(query url.Values, name, value string) string {
	q := url.Values{}
	for n, values := range query {
		if n != "done" {
			q[n] = values
		}
	}
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	return "?" + q.Encode()
}

// maxClients bounds the choice of browsers.
const maxClients = 20

// clients are the browsers that asked lately, and the chosen one.
func (c *call) clients(chosen string) (out []option) {
	seen := map[string]bool{"": true}
	list, _ := c.console.Activity.List(c.live.ID, activity.Filter{}, 0, activity.MaxEntries)
	for _, e := range list {
		if !seen[e.Client] && len(out) < maxClients {
			seen[e.Client] = true
			out = append(out, option{e.Client, clientName(e)})
		}
	}
	if !seen[chosen] {
		out = append(out, option{chosen, chosen})
	}
	return out
}

// clientName is a browser's id, with what it calls itself.
func clientName(e *activity.Entry) string {
	if e.Detail == nil || e.Detail.UserAgent == "" {
		return e.Client
	}
	const most = 60
	agent := []rune(e.Detail.UserAgent)
	if len(agent) > most {
		agent = append(agent[:most], '…')
	}
	return e.Client + " · " + string(agent)
}

func (c *call) requestRow(e *activity.Entry) requestRow {
	return requestRow{TraceID: e.TraceID, Href: c.to("/requests", e.TraceID), Method: e.Method, Path: e.Path, Operation: e.Operation,
		ErrorCode: e.ErrorCode, Door: doorName(e.Door), Took: took(e.Duration), Badge: statusBadge(e.Status), At: wallTime{e.At.UnixMilli()}}
}

// statusBadge is a status with a shape for its class.
func statusBadge(status int) badge {
	kind := "ok"
	switch {
	case status == http.StatusNotImplemented:
		kind = "wait"
	case status >= 500 || status == 0:
		kind = "bad"
	case status >= 400:
		kind = "warn"
	case status >= 300:
		kind = "off"
	}
	return badge{kind, strconv.Itoa(status)}
}

// took is a length of time as people compare them.
func took(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// requestData is what the page of one request shows.
type requestData struct {
	requestRow
	StatusText        string
	Entry             *activity.Entry
	Query             []activity.Pair
	Request, Answer   bodyData
	Curl              string
	Client            *pageLink
	Users             []pageLink
	Same              pageLink // others of the operation
	PerSecond         int
	MaskedPlaceholder string
}

// bodyData is a body as a page shows it.
type bodyData struct {
	activity.Body
	JSON template.HTML
}

// Note says why not all of a body is there; "" where it is.
func (b bodyData) Note() string {
	switch {
	case b.Size == 0:
		return "Empty."
	case !b.Kept():
		return fmt.Sprintf("%d bytes, not kept: only what is JSON or a form can be cleaned of its secrets.", b.Size)
	case b.Cut:
		return fmt.Sprintf("The beginning of %d bytes.", b.Size)
	}
	return ""
}

// showRequest implements GET /requests/{trace}.
func (c *console) showRequest(call *call) (reply, error) {
	e := c.Activity.Find(call.live.ID, call.PathValue("trace"))
	if e == nil {
		return show("problem", "Not found", titled(&problem{Status: http.StatusNotFound,
			Text: fmt.Sprintf("No request with this trace id is remembered. The last %d of an instance are, until it is reset or the emulator stops; "+
				"the log has a line for each, with its trace id.", activity.MaxEntries)})).status(http.StatusNotFound), nil
	}
	data := &requestData{requestRow: call.requestRow(e), StatusText: http.StatusText(e.Status), Entry: e, Curl: call.curl(e), PerSecond: activity.MaxDetails,
		Same: pageLink{"Others of " + e.Operation, call.to("/requests") + "?q=" + url.QueryEscape(e.Operation)}, MaskedPlaceholder: activity.Masked}
	if e.Client != "" {
		data.Client = &pageLink{e.Client, call.to("/requests") + "?client=" + url.QueryEscape(e.Client)}
	}
	if d := e.Detail; d != nil {
		data.Query = d.Query
		data.Request, data.Answer = bodyData{d.Request, prettyJSON(d.Request.JSON)}, bodyData{d.Answer, prettyJSON(d.Answer.JSON)}
		for _, id := range d.Users {
			data.Users = append(data.Users, pageLink{id, call.to("/requests") + "?user=" + url.QueryEscape(id)})
		}
	}
	return show("request", e.Method+" "+e.Path, data), nil
}
