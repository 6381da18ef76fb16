package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

func (b *binder) scalar(n *node, v reflect.Value, r *rule) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := b.string(n, r); ok {
			v.SetString(text)
		}
	case reflect.Bool:
		b.boolean(n, v)
	default:
		b.integer(n, v, r)
	}
}

// string is the text of a node when it obeys the rule.
func (b *binder) string(n *node, r *rule) (string, bool) {
	if n.kind != stringKind {
		b.fail(n, b.notText(n, r))
		return "", false
	}
	if r.enum != nil {
		return n.text, b.choice(n, r.enum)
	}
	if r.is != nil {
		return n.text, b.text(n, n.text, r.is, r.secret)
	}
	return n.text, true
}

func (b *binder) notText(n *node, r *rule) problem {
	p := problem{what: b.last() + " is " + n.describe(), expected: "a text", secret: r.secret}
	if r.is != nil {
		p.expected = r.is.expect
	} else if r.enum != nil {
		p.expected = oneOf(r.enum)
	}
	switch {
	case n.kind == nullKind:
		p.hint = "give a value or remove the line"
	case n.kind == listKind || n.kind == mapKind:
	case r.secret:
		p.what, p.hint = b.last()+" is not a text", "put the value in quotes"
	default:
		p.hint = inQuotes(n)
	}
	return p
}

func inQuotes(n *node) string { return fmt.Sprintf("put it in quotes: %q", n.source) }

func (b *binder) choice(n *node, enum []string) bool {
	if slices.Contains(enum, n.text) {
		return true
	}
	b.fail(n, problem{what: b.last() + " cannot be " + quote(abbreviate(n.text)), expected: oneOf(enum), hint: didYouMean(n.text, enum)})
	return false
}

// text reports whether a text has a format and complains if not.
func (b *binder) text(n *node, text string, f *format, secret bool) bool {
	why := f.reason(text)
	if why == "" {
		return true
	}
	what := quote(abbreviate(text)) + " " + why
	if secret {
		what = "this " + strings.Trim(b.last(), "`") + " " + why
	}
	p := problem{what: what, expected: f.expect, secret: secret}
	if f.enum != nil {
		p.hint = didYouMean(text, f.enum)
	}
	b.fail(n, p)
	return false
}

func (b *binder) boolean(n *node, v reflect.Value) {
	if n.kind == boolKind {
		v.SetBool(n.text == "true")
		return
	}
	p := problem{what: b.last() + " is " + n.describe(), expected: "true or false"}
	if n.kind == stringKind && slices.Contains([]string{"yes", "no", "on", "off", "y", "n"}, strings.ToLower(n.text)) {
		p.hint = "YAML 1.2 has no yes, no, on and off"
	} else if n.kind == stringKind && (n.text == "true" || n.text == "false") {
		p.hint = "remove the quotes"
	}
	b.fail(n, p)
}

func (b *binder) integer(n *node, v reflect.Value, r *rule) {
	expected := "a whole number"
	if r.bounded {
		expected = fmt.Sprintf("a whole number from %d to %d", r.min, r.max)
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	switch {
	case n.kind == stringKind && err == nil:
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: expected, hint: "remove the quotes"})
	case n.kind != numberKind || err != nil:
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: expected})
	case r.bounded && (i < r.min || i > r.max):
		b.fail(n, problem{what: fmt.Sprintf("%s is out of range: %d", b.last(), i), expected: expected})
	default:
		v.SetInt(i)
	}
}

func (s *NullString) take(b *binder, n *node, r *rule) {
	s.Named = true
	if n.kind == nullKind {
		return
	}
	if text, ok := b.string(n, r); ok {
		s.Value = &text
	}
}

// scope remembers what may be there only once, and where it was.
type scope struct{ seen map[string]place }

type place struct{ line, col int32 }

// once refuses a second value of a kind. Empty values and nil nodes do not count.
func (s *scope) once(b *binder, kind, value string, n *node) {
	if value == "" || n == nil {
		return
	}
	if s.seen == nil {
		s.seen = map[string]place{}
	}
	key := kind + "\x00" + value
	at, known := s.seen[key]
	if !known {
		s.seen[key] = place{n.line, n.col}
		return
	}
	b.fail(n, problem{what: fmt.Sprintf("this %s is already used at %d:%d", kind, at.line, at.col), expected: "a different one"})
}
