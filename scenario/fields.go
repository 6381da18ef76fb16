package scenario

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// rule is what the tags of a field say about its value. Binding enforces it, the schema prints it.
type rule struct {
	is       *format  // of the text, or of each text in a list or map
	keys     *format  // of the keys of a map
	enum     []string // closed list of texts
	min, max int64    // of a number; bounded says whether they count
	bounded  bool
	required bool
	secret   bool
	initial  string // the default, for the schema
	doc      string
}

// field is one field of the file.
type field struct {
	rule
	name  string
	index []int
	typ   reflect.Type
}

// shape is the fields of a struct in their order, inlined structs among them.
type shape struct {
	fields []field
	byName map[string]int
}

var shapes sync.Map // reflect.Type → *shape

func shapeOf(t reflect.Type) *shape {
	if known, found := shapes.Load(t); found {
		return known.(*shape)
	}
	s := &shape{byName: map[string]int{}}
	s.collect(t, nil)
	for i, f := range s.fields {
		s.byName[f.name] = i
	}
	shapes.Store(t, s)
	return s
}

func (s *shape) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		name, inline := strings.CutSuffix(f.Tag.Get("yaml"), ",inline")
		if inline {
			s.collect(f.Type, at)
			continue
		}
		s.fields = append(s.fields, field{rule: ruleOf(f.Tag), name: name, index: at, typ: f.Type})
	}
}

// ruleOf reads the tags. A tag that names no format is a mistake in this package, caught by the
// first test that touches the type.
func ruleOf(tag reflect.StructTag) rule {
	r := rule{
		is:       formatOf(tag.Get("is")),
		keys:     formatOf(tag.Get("keys")),
		required: tag.Get("required") == "true",
		secret:   tag.Get("secret") == "true",
		initial:  tag.Get("default"),
		doc:      tag.Get("doc"),
	}
	if enum := tag.Get("enum"); enum != "" {
		r.enum = strings.Split(enum, "|")
	}
	if tag.Get("min") != "" {
		r.bounded, r.min, r.max = true, mustInt(tag.Get("min")), mustInt(tag.Get("max"))
	}
	return r
}

func formatOf(name string) *format {
	f := formats[name]
	if f == nil && name != "" {
		panic("scenario: unknown format " + name)
	}
	return f
}

func mustInt(text string) int64 {
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return i
}

func (s *shape) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// homes are the places of every field name of the file, such as settings.password.min_length, to
// tell somebody who wrote a field one level off where it belongs.
var homes = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	gather(all, reflect.TypeFor[File](), "")
	return all
})

func gather(all map[string][]string, t reflect.Type, path string) {
	for _, f := range shapeOf(t).fields {
		all[f.name] = append(all[f.name], path)
		if f.name == "instances" {
			continue // the same fields again
		}
		if inner := structIn(f.typ); inner != nil {
			gather(all, inner, strings.TrimPrefix(path+"."+f.name, "."))
		}
	}
}

// structIn is the struct of the file that a type holds, alone, in a list or in a map; else nil.
func structIn(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == nullStringType {
		return nil
	}
	return t
}
