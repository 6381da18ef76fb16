package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// binder fills Go values from nodes and reports what does not fit.
type binder struct {
	*report
	reader   *yamlReader // opens the chunks of long lists
	path     []step
	instance *scope // what must be unique within the instance being read
	process  *scope // what must be unique among instances
	flawed   bool   // for check: a field of this very struct was refused
}

// step is one step of a path: a name, or an index when the name is empty.
type step struct {
	name  string
	index int
}

// shorthander is a struct that may also be written as one of its texts.
type shorthander interface{ shorthand() string }

// checker is a struct with rules that concern more than one field. It runs after its fields.
type checker interface{ check(b *binder, n *node) }

// taker is a value with a syntax of its own.
type taker interface {
	take(b *binder, n *node, r *rule)
}

var (
	instanceType   = reflect.TypeFor[Instance]()
	nullStringType = reflect.TypeFor[NullString]()
	rawType        = reflect.TypeFor[json.RawMessage]()
)

func (b *binder) fail(n *node, p problem) {
	b.add(int(n.line), int(n.col), b.where(), p)
}

func (b *binder) lineOf(n *node) string { return strconv.Itoa(int(n.line)) }

func (b *binder) where() string {
	var s strings.Builder
	for _, one := range b.path {
		if one.name == "" {
			s.WriteString("[" + strconv.Itoa(one.index) + "]")
			continue
		}
		if s.Len() > 0 {
			s.WriteByte('.')
		}
		s.WriteString(one.name)
	}
	return s.String()
}

// at runs fn one step deeper in the path.
func (b *binder) at(one step, fn func()) {
	b.path = append(b.path, one)
	fn()
	b.path = b.path[:len(b.path)-1]
}

// bind fills v, which can be set, from n.
func (b *binder) bind(n *node, v reflect.Value, r *rule) {
	if n.kind == badKind {
		return
	}
	if v.Kind() == reflect.Pointer {
		fresh := reflect.New(v.Type().Elem())
		before := len(b.errors)
		b.bind(n, fresh.Elem(), r)
		if len(b.errors) == before {
			v.Set(fresh)
		}
		return
	}
	if t, ok := v.Addr().Interface().(taker); ok {
		t.take(b, n, r)
		return
	}
	switch {
	case v.Type() == rawType:
		b.object(n, v)
	case v.Kind() == reflect.Struct:
		b.structure(n, v)
	case v.Kind() == reflect.Slice:
		b.list(n, v, r)
	case v.Kind() == reflect.Map:
		b.mapping(n, v, r)
	default:
		b.scalar(n, v, r)
	}
}

// object keeps a free-form object as compact JSON.
func (b *binder) object(n *node, v reflect.Value) {
	switch n.kind {
	case mapKind:
		v.SetBytes(appendJSON(nil, n))
	case nullKind: // a key with nothing after it
		v.SetBytes([]byte("{}"))
	default:
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: "an object, such as {plan: pro}"})
	}
}

// last is the field being read, for messages.
func (b *binder) last() string {
	for i := len(b.path) - 1; i >= 0; i-- {
		if b.path[i].name != "" {
			return quote(b.path[i].name)
		}
	}
	return "the file"
}

func (b *binder) structure(n *node, v reflect.Value) {
	before := len(b.errors)
	if short, ok := v.Addr().Interface().(shorthander); ok && n.kind == stringKind {
		s := shapeOf(v.Type())
		f := &s.fields[s.byName[short.shorthand()]]
		b.bind(n, v.FieldByIndex(f.index), &f.rule)
	} else if n.kind == mapKind || n.kind == nullKind {
		b.fieldsOf(n, v)
	} else {
		p := problem{what: b.last() + " is " + n.describe(), expected: expectedStruct(v)}
		if n.kind == numberKind {
			p.hint = inQuotes(n)
		}
		b.fail(n, p)
		return
	}
	if c, ok := v.Addr().Interface().(checker); ok {
		b.flawed = b.full() || len(b.errors) > before
		c.check(b, n)
	}
}

func expectedStruct(v reflect.Value) string {
	fields := "an object with fields such as " + oneOf(first(shapeOf(v.Type()).names(), 4))
	if short, ok := v.Addr().Interface().(shorthander); ok {
		return "a text with the " + strings.ReplaceAll(short.shorthand(), "_", " ") + " in quotes, or " + fields
	}
	return fields
}

func first(names []string, n int) []string { return names[:min(n, len(names))] }

// fieldsOf binds every key of a map to the field of its name.
func (b *binder) fieldsOf(n *node, v reflect.Value) {
	if v.Type() == instanceType {
		outer := b.instance
		b.instance = &scope{}
		defer func() { b.instance = outer }()
	}
	s := shapeOf(v.Type())
	for key, value := range n.pairs() {
		i, known := s.byName[key.text]
		if !known {
			b.unknown(key, s)
			continue
		}
		f := &s.fields[i]
		b.at(step{name: f.name}, func() { b.bind(value, v.FieldByIndex(f.index), &f.rule) })
	}
	for _, f := range s.fields {
		if f.required && n.get(f.name) == nil {
			b.fail(n, problem{what: quote(f.name) + " is missing", expected: f.name + ": " + expectation(&f)})
		}
	}
}

func expectation(f *field) string {
	if f.is != nil {
		return f.is.expect
	}
	return "an object"
}

// unknown refuses a key and says which field was probably meant, or where the field belongs.
func (b *binder) unknown(key *node, s *shape) {
	if b.full() {
		return
	}
	p := problem{what: "unknown field " + quote(abbreviate(key.text)), expected: "one of " + oneOf(s.names())}
	p.hint = didYouMean(key.text, s.names())
	if places := homes()[key.text]; p.hint == "" && len(places) > 0 {
		if places[0] == "" {
			p.hint = quote(key.text) + " belongs to the top level of the file, or to an instance"
		} else {
			p.hint = quote(key.text) + " belongs under " + quote(places[0])
		}
	}
	b.fail(key, p)
}

// maxItems bounds a list: a few bytes of YAML can stand for a user of half a kilobyte.
const maxItems = 500_000

func (b *binder) list(n *node, v reflect.Value, r *rule) {
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.kids)))
	if n.kind == nullKind { // a key whose items are all commented out
		return
	}
	if n.kind != listKind {
		b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: "a list", hint: listHint(n)})
		return
	}
	index := 0
	for item := range b.reader.items(n) {
		if b.full() {
			return
		}
		if index == maxItems {
			b.fail(item, problem{what: "too much for one place", expected: fmt.Sprintf("at most %d items in a list", maxItems)})
			return
		}
		one := reflect.New(v.Type().Elem()).Elem()
		b.at(step{index: index}, func() { b.bind(item, one, r) })
		v.Set(reflect.Append(v, one))
		index++
	}
}

func listHint(n *node) string {
	if n.kind == mapKind {
		return "put `- ` before each item"
	}
	return "put the value in brackets: [ ]"
}

func (b *binder) mapping(n *node, v reflect.Value, r *rule) {
	v.Set(reflect.MakeMap(v.Type()))
	if n.kind != mapKind {
		if n.kind != nullKind {
			b.fail(n, problem{what: b.last() + " is " + n.describe(), expected: "an object"})
		}
		return
	}
	for key, value := range n.pairs() {
		if r.keys != nil && !b.text(key, key.text, r.keys, false) {
			continue
		}
		one := reflect.New(v.Type().Elem()).Elem()
		b.at(step{name: key.text}, func() { b.bind(value, one, r) })
		if one.Kind() != reflect.Pointer || !one.IsNil() {
			v.SetMapIndex(reflect.ValueOf(key.text), one)
		}
	}
}
