package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/internal/activity"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/internal/spec"
)

// supportedData is what the page of supported operations shows.
type supportedData struct {
	Form         *form
	Wanted       []wantedRow
	Groups       []operationGroup
	Found        int
	Built, Total int // of Clerk's documents
	Extra        int // built beyond them, of the calls that only SDKs know
	Filtered     bool
}

// operationGroup is one heading of Clerk's documents.
type operationGroup struct {
	ID, API, Tag string
	Built        int
	Operations   []operationRow
}

type operationRow struct {
	ID, Method, Path string
	Badge            badge
	Emits            []string
}

// wantedRow is what this run asked for and did not get.
type wantedRow struct {
	Door, Operation, Method, Path, Href string
	Times                               string
	Last                                wallTime
}

var apiNames = map[spec.API]string{spec.BackendAPI: "Backend API", spec.FrontendAPI: "Frontend API"}

// supported implements GET /supported.
func (c *console) supported(call *call) (reply, error) {
	f := newForm(call.URL.Query())
	data := &supportedData{Form: f, Filtered: f.Get("q")+f.Get("api")+f.Get("state") != "", Wanted: call.wanted()}
	for _, op := range c.operations() {
		switch {
		case op.Tag == "" && op.Built && undocumented(op):
			data.Extra++
		case !undocumented(op):
			data.Total++
			if op.Built {
				data.Built++
			}
		}
		if wants(f, op) {
			data.add(op)
			data.Found++
		}
	}
	// Tags of one API stand together, however the document scatters them.
	slices.SortStableFunc(data.Groups, func(a, b operationGroup) int {
		return cmp.Or(strings.Compare(a.API, b.API), strings.Compare(a.Tag, b.Tag))
	})
	return show("supported", "Supported operations", data), nil
}

// operations are those of both APIs.
func (c *console) operations() []httpapi.Operation {
	return append(c.Backend.Operations(spec.BackendAPI), c.Frontend.Operations(spec.FrontendAPI)...)
}

// undocumented tells the calls that only Clerk's SDKs know of.
func undocumented(op httpapi.Operation) bool {
	documented, ok := spec.ByID(op.API, op.ID)
	return !ok || documented.Path != op.Path
}

func wants(f *form, op httpapi.Operation) bool {
	if api := f.Get("api"); api != "" && api != string(op.API) {
		return false
	}
	if state := f.Get("state"); state != "" && (state == "built") != op.Built {
		return false
	}
	q := strings.ToLower(strings.TrimSpace(f.Get("q")))
	return q == "" || strings.Contains(strings.ToLower(op.ID+" "+op.Method+" "+op.Path+" "+op.Tag), q)
}

func (d *supportedData) add(op httpapi.Operation) {
	tag := op.Tag
	switch {
	case undocumented(op):
		tag = "Known to SDKs only"
	case tag == "":
		tag = "Other"
	}
	i := slices.IndexFunc(d.Groups, func(g operationGroup) bool { return g.API == apiNames[op.API] && g.Tag == tag })
	if i < 0 {
		i = len(d.Groups)
		d.Groups = append(d.Groups, operationGroup{ID: groupID(string(op.API) + " " + tag), API: apiNames[op.API], Tag: tag})
	}
	g := &d.Groups[i]
	row := operationRow{ID: op.ID, Method: op.Method, Path: op.Path, Badge: badge{"off", "Not built"}, Emits: op.Emits}
	if op.Built {
		g.Built++
		row.Badge = badge{"ok", "Built"}
	}
	g.Operations = append(g.Operations, row)
}

// groupID is a heading's anchor.
func groupID(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}

// wanted lists what was asked for and is not built, the last one first.
func (c *call) wanted() (out []wantedRow) {
	for _, w := range c.console.Activity.Wanted(c.live.ID) {
		row := wantedRow{Door: doorName(w.Door), Operation: w.Operation, Times: plural(int(w.Times), "time", "times"),
			Last: wallTime{w.LastAt.UnixMilli()}, Href: c.to("/requests", w.LastTrace)}
		if op, ok := spec.ByID(apiOf(w), w.Operation); ok {
			row.Method, row.Path = op.Method, op.Path
		}
		out = append(out, row)
	}
	return out
}

func apiOf(w activity.Wanted) spec.API {
	if w.Door == "backend" {
		return spec.BackendAPI
	}
	return spec.FrontendAPI
}
