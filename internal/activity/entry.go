package activity

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"time"
)

// Entry is one request as it is kept. It is never changed afterwards.
type Entry struct {
	// Seq counts up within the instance; lists are in its order.
	Seq       int64
	TraceID   string
	Door      string
	Operation string
	Method    string
	Path      string // without query
	Status    int
	ErrorCode string
	Client    string // the browser's client, "" for none
	At        time.Time
	Duration  time.Duration
	// Detail is what the request carried; nil where requests came faster than
	// anybody could look at (see MaxDetails).
	Detail *Detail
}

// Unsupported tells whether the request asked for what is not built.
func (e *Entry) Unsupported() bool { return e.Status == 501 }

// Detail is what a request and its answer carried, masked.
type Detail struct {
	Host      string
	Secure    bool // over TLS
	Query     []Pair
	QueryCut  bool
	Request   Body
	Answer    Body
	Location  string // where the answer leads to, "" for nowhere
	UserAgent string
	Origin    string
	// Users are the ids that the request or its answer names, at most maxUsers.
	Users []string
}

// Body is a body without its secrets.
type Body struct {
	ContentType string
	Size        int  // of the whole, in bytes
	Cut         bool // not all of it was kept
	JSON        []byte
	Form        []Pair
}

// Kept tells whether something of the body was kept.
func (b Body) Kept() bool { return len(b.JSON) > 0 || len(b.Form) > 0 }

// RequestBody masks what was sent: JSON or a form, whichever it says it is, and
// JSON or a form by its look where it says nothing. Of anything else only the size
// is kept.
func RequestBody(contentType string, raw []byte) Body {
	b := Body{ContentType: shortened(contentType), Size: len(raw)}
	text := bytes.TrimSpace(raw)
	if len(text) == 0 {
		return b
	}
	media, _, _ := mime.ParseMediaType(contentType)
	switch {
	case media == "application/json" || media == "" && (text[0] == '{' || text[0] == '['):
		b.JSON, b.Cut = maskJSON(raw, true)
	case media == "application/x-www-form-urlencoded" || media == "":
		b.Form, b.Cut = maskPairs(string(text))
	default:
		b.Cut = true
	}
	return b
}

// AnswerBody masks what was answered, if that is JSON. More pieces may follow raw,
// which is the first: add their sizes.
func AnswerBody(contentType string, raw []byte) Body {
	b := Body{ContentType: contentType, Size: len(raw)}
	if contentType == "application/json" {
		b.JSON, b.Cut = maskJSON(raw, false)
	} else {
		b.Cut = len(raw) > 0
	}
	return b
}

// Query masks a query as it stands in an address.
func Query(raw string) ([]Pair, bool) { return maskPairs(raw) }

// Text masks a text that is no body, such as a header.
func Text(text string) string { return shortened(maskText(text)) }

// maxUsers bounds how many users a request counts as about.
const maxUsers = 10

const userPrefix = "user_"

// userIDs goes through the ids of users within a text.
func userIDs(text string, add func(id string)) {
	for {
		i := strings.Index(text, userPrefix)
		if i < 0 {
			return
		}
		end := i + len(userPrefix)
		for end < len(text) && isAlnum(text[end]) {
			end++
		}
		if end > i+len(userPrefix)+10 && (i == 0 || !isAlnum(text[i-1]) && text[i-1] != '_') { // longer than any word such as user_agent
			add(text[i:end])
		}
		text = text[end:]
	}
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// note collects the ids of users that the request names.
func (d *Detail) note(path string) {
	add := func(id string) {
		if len(d.Users) < maxUsers && !slices.Contains(d.Users, id) {
			d.Users = append(d.Users, id)
		}
	}
	userIDs(path, add)
	for _, pairs := range [][]Pair{d.Query, d.Request.Form} {
		for _, p := range pairs {
			userIDs(p.Value, add)
		}
	}
	userIDs(string(d.Request.JSON), add)
	userIDs(string(d.Answer.JSON), add)
}

// size is about how much memory an entry takes, in bytes.
func (e *Entry) size() int {
	n := 320 + len(e.Path)
	d := e.Detail
	if d == nil {
		return n
	}
	n += 400 + len(d.Request.JSON) + len(d.Answer.JSON) + len(d.Location) + len(d.UserAgent) + len(d.Origin) + 40*len(d.Users)
	for _, pairs := range [][]Pair{d.Query, d.Request.Form} {
		for _, p := range pairs {
			n += 32 + len(p.Name) + len(p.Value)
		}
	}
	return n
}

// Filter narrows a list. Empty fields do not.
type Filter struct {
	Door   string
	Client string
	User   string
	// Status is a class, "2xx" to "5xx", "error" for 400 and above, or
	// "unsupported".
	Status string
	// Text is looked for in operation, method and path, error code and trace id.
	Text string
}

func (f Filter) matches(e *Entry) bool {
	switch {
	case f.Door != "" && f.Door != e.Door, f.Client != "" && f.Client != e.Client, !f.class(e):
		return false
	case f.User != "" && (e.Detail == nil || !slices.Contains(e.Detail.Users, f.User)):
		return false
	}
	return f.Text == "" || contains(e.Method+" "+e.Path, f.Text) || contains(e.Operation, f.Text) ||
		contains(e.ErrorCode, f.Text) || strings.HasPrefix(e.TraceID, strings.ToLower(f.Text))
}

func (f Filter) class(e *Entry) bool {
	switch f.Status {
	case "":
		return true
	case "error":
		return e.Status >= 400
	case "unsupported":
		return e.Unsupported()
	}
	return len(f.Status) == 3 && int(f.Status[0]-'0') == e.Status/100
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
