package scenario

import (
	"strconv"
	"time"
)

// NullString is a text field that may also be null: the file leaves it out (Named is false), sets
// it to null (Named, no Value) or gives a value.
type NullString struct {
	Named bool
	Value *string
}

// String is the value, or "" when there is none.
func (s NullString) String() string {
	if s.Value == nil {
		return ""
	}
	return *s.Value
}

// UnixMilli is a point in time in Unix milliseconds, as in Clerk's JSON. In the file it is that
// number or an RFC 3339 text, as in Clerk's requests.
type UnixMilli int64

// earliestMilli is March 1973: a smaller number is a time in seconds that somebody forgot to
// multiply, not a time in milliseconds.
const (
	earliestMilli = 100_000_000_000
	latestMilli   = 253_402_300_799_999
	timeExpected  = `Unix milliseconds, or RFC 3339 such as "2024-01-02T03:04:05Z"`
)

func (m *UnixMilli) take(b *binder, n *node, _ *rule) {
	switch n.kind {
	case numberKind:
		m.takeNumber(b, n)
	case stringKind:
		t, err := time.Parse(time.RFC3339Nano, n.text)
		if err != nil || t.UnixMilli() < 0 {
			b.fail(n, problem{what: quote(n.text) + " is not a time since 1970", expected: timeExpected})
			return
		}
		*m = UnixMilli(t.UnixMilli())
	default:
		b.fail(n, problem{what: "a time is " + n.describe(), expected: timeExpected})
	}
}

func (m *UnixMilli) takeNumber(b *binder, n *node) {
	ms, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil || ms < 0 || ms > latestMilli {
		b.fail(n, problem{what: n.text + " is not a time in milliseconds", expected: timeExpected})
		return
	}
	if ms < earliestMilli {
		b.fail(n, problem{what: n.text + " looks like seconds", expected: timeExpected, hint: "multiply by 1000"})
		return
	}
	*m = UnixMilli(ms)
}

func (*UnixMilli) schema() map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": earliestMilli, "maximum": latestMilli},
		map[string]any{"type": "string", "format": "date-time", "pattern": `^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}`},
	}}
}

// Share is a number from 0 to 1.
type Share float64

func (s *Share) take(b *binder, n *node, _ *rule) {
	f, err := strconv.ParseFloat(n.text, 64)
	switch {
	case n.kind == stringKind && err == nil:
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: shareExpected, hint: "remove the quotes"})
	case n.kind != numberKind || err != nil:
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: shareExpected})
	case !(f >= 0 && f <= 1):
		b.fail(n, problem{what: b.last() + " is out of range: " + abbreviate(n.text), expected: shareExpected})
	default:
		*s = Share(f)
	}
}

const shareExpected = "a number from 0 to 1"

func (*Share) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
}
