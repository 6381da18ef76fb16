package svixapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/webhooks"
)

// decode reads the JSON body; members that Svix does not know are ignored, as
// Svix does.
func (c *call) decode(in any) error {
	err := json.Unmarshal(c.Body, in)
	if err == nil && utf8.Valid(c.Body) {
		return nil
	}
	field, msg := "", "The body must be a JSON object in UTF-8."
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		field, msg = mismatch.Field, "invalid type: "+mismatch.Value+", expected "+mismatch.Type.String()
	}
	refusal := webhooks.Invalid(append([]string{"body"}, strings.FieldsFunc(field, func(r rune) bool { return r == '.' })...), msg)
	refusal.Fields[0].Type = "value_error.jsondecode"
	return refusal
}

// nullable is a member of a PATCH body: absent, null or a value.
type nullable[T any] struct {
	Set   bool
	Value *T
}

// UnmarshalJSON is called for null as well, and not for an absent member.
func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	n.Set = true
	return json.Unmarshal(b, &n.Value)
}

// query reads query parameters and keeps the first error.
type query struct {
	c   *call
	err error
}

func (q *query) fail(name, msg string) {
	if q.err == nil {
		q.err = &webhooks.Error{Status: http.StatusBadRequest, Code: "generic_error", Detail: "The query parameter " + name + " " + msg + "."}
	}
}

// page reads limit and iterator.
func (q *query) page() webhooks.Page {
	p := webhooks.Page{Iterator: q.c.Query.Get("iterator")}
	if limit := q.integer("limit"); limit != nil {
		p.Limit = *limit
		if q.err == nil && (p.Limit < 1 || p.Limit > webhooks.MaxLimit) {
			q.err = webhooks.Invalid([]string{"query", "limit"}, "Given limit must be at least 1 and not exceed "+strconv.Itoa(webhooks.MaxLimit))
		}
	}
	return p
}

// integer returns nil for an absent parameter.
func (q *query) integer(name string) *int {
	text := q.c.Query.Get(name)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		q.fail(name, "must be an integer")
	}
	return &n
}

// status reads a MessageStatus, nil when absent.
func (q *query) status() *webhooks.Status {
	n := q.integer("status")
	if n == nil {
		return nil
	}
	if *n < 0 || *n > 4 {
		q.fail("status", "must be 0 (success), 1 (pending), 2 (fail), 3 (sending) or 4 (canceled)")
	}
	s := webhooks.Status(*n)
	return &s
}

// codeClass reads status_code_class, nil when absent.
func (q *query) codeClass() *int {
	n := q.integer("status_code_class")
	if n != nil && (*n%100 != 0 || *n < 0 || *n > 500) {
		q.fail("status_code_class", "must be 0, 100, 200, 300, 400 or 500")
	}
	return n
}

// time reads an RFC 3339 instant, the zero time when absent.
func (q *query) time(name string) time.Time {
	text := q.c.Query.Get(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "+", 1)) // an unescaped + of a zone
	if err != nil {
		q.fail(name, "must be a date and time like 2026-01-02T15:04:05Z")
	}
	return at
}

// boolean reads true or false; absent is def.
func (q *query) boolean(name string, def bool) bool {
	switch q.c.Query.Get(name) {
	case "":
		return def
	case "true":
		return true
	case "false":
		return false
	}
	q.fail(name, "must be true or false")
	return def
}

// eventTypes reads event_types in all spellings that Svix takes: repeated,
// separated by commas, with [] or [n] after the name.
func (q *query) eventTypes() (names []string) {
	for key, values := range q.c.Query {
		if key != "event_types" && !(strings.HasPrefix(key, "event_types[") && strings.HasSuffix(key, "]")) {
			continue
		}
		for _, v := range values {
			names = append(names, strings.Split(v, ",")...)
		}
	}
	return names
}

// messageFilter reads the parameters that all lists of messages have.
func (q *query) messageFilter() webhooks.MessageFilter {
	return webhooks.MessageFilter{Types: q.eventTypes(), Channel: q.c.Query.Get("channel"), Tag: q.c.Query.Get("tag"), Before: q.time("before"), After: q.time("after"), WithBody: q.boolean("with_content", true)}
}

// attemptFilter reads the parameters that all lists of attempts have.
func (q *query) attemptFilter() webhooks.AttemptFilter {
	return webhooks.AttemptFilter{Types: q.eventTypes(), Channel: q.c.Query.Get("channel"), Tag: q.c.Query.Get("tag"),
		Status: q.status(), CodeClass: q.codeClass(), Before: q.time("before"), After: q.time("after")}
}

// order reads order, which lists of Svix's have one default for.
func (q *query) ascending(def bool) bool {
	switch q.c.Query.Get("order") {
	case "":
		return def
	case "ascending":
		return true
	case "descending":
		return false
	}
	q.fail("order", "must be ascending or descending")
	return def
}

// body checks members of a decoded body and keeps the first error.
type body struct{ err error }

func (b *body) fail(name, msg string) {
	if b.err == nil {
		b.err = webhooks.Invalid([]string{"body", name}, msg)
	}
}

// time reads an RFC 3339 instant, the zero time when absent.
func (b *body) time(name string, text *string) time.Time {
	if text == nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		b.fail(name, "must be a date and time like 2026-01-02T15:04:05Z")
	}
	return at
}

// required is time for a member that must be there.
func (b *body) required(name string, text *string) time.Time {
	if text == nil {
		b.fail(name, "missing field `"+name+"`: give a date and time like 2026-01-02T15:04:05Z")
	}
	return b.time(name, text)
}

func (b *body) limit(n *int) int {
	if n == nil {
		return 0
	}
	if *n < 1 || *n > webhooks.MaxLimit {
		b.fail("limit", "Given limit must be at least 1 and not exceed "+strconv.Itoa(webhooks.MaxLimit))
	}
	return *n
}
