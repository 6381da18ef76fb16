package scenario

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
)

// JSONSchema is the JSON Schema (draft 2020-12) of the file, for editors. It is made from the same
// struct tags that [Parse] obeys. Rules that concern several fields at once, and keys that must
// decode, are known to Parse alone.
func JSONSchema() []byte {
	s := &schemaWriter{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[File]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "nightclerk.yaml"
	root["$defs"] = s.defs
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic(err) // plain maps, lists, texts and numbers always encode
	}
	return out.Bytes()
}

type schemaWriter struct{ defs map[string]any }

// object is the schema of a struct's fields.
func (s *schemaWriter) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range shapeOf(t).fields {
		properties[f.name] = s.field(&f)
		if f.required {
			required = append(required, f.name)
		}
	}
	made := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

func (s *schemaWriter) field(f *field) map[string]any {
	made := s.value(f.typ, &f.rule)
	made["description"] = f.doc
	if f.initial != "" {
		made["default"] = literal(f.typ, f.initial)
	}
	return made
}

// literal is the default of a tag in the type of its field.
func literal(t reflect.Type, text string) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return text == "true"
	case reflect.Int:
		i, _ := strconv.Atoi(text)
		return i
	case reflect.Float64:
		f, _ := strconv.ParseFloat(text, 64)
		return f
	}
	return text
}

func (s *schemaWriter) value(t reflect.Type, r *rule) map[string]any {
	if own, ok := reflect.New(t).Interface().(interface{ schema() map[string]any }); ok {
		return own.schema()
	}
	switch {
	case t.Kind() == reflect.Pointer:
		if own, ok := reflect.New(t.Elem()).Interface().(interface{ schema() map[string]any }); ok {
			return own.schema()
		}
		return s.value(t.Elem(), r)
	case t == nullStringType:
		return map[string]any{"anyOf": []any{text(r), map[string]any{"type": "null"}}}
	case t == rawType:
		return map[string]any{"type": []string{"object", "null"}}
	case t.Kind() == reflect.Struct:
		return s.reference(t)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": s.value(t.Elem(), r)}
	case t.Kind() == reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.value(t.Elem(), r), "propertyNames": names(r.keys)}
	}
	return scalarSchema(t, r)
}

func scalarSchema(t reflect.Type, r *rule) map[string]any {
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		made := map[string]any{"type": "integer"}
		if r.bounded {
			made["minimum"], made["maximum"] = r.min, r.max
		}
		return made
	}
	return text(r)
}

// reference puts the schema of a struct under $defs, with its short form and null where it may be
// left empty.
func (s *schemaWriter) reference(t reflect.Type) map[string]any {
	if _, known := s.defs[t.Name()]; !known {
		s.defs[t.Name()] = true // against endless recursion
		made := s.object(t)
		if short, ok := reflect.New(t).Interface().(shorthander); ok {
			f := shapeOf(t).fields[shapeOf(t).byName[short.shorthand()]]
			made = map[string]any{"anyOf": []any{text(&f.rule), made}}
		} else if made["required"] == nil && t != reflect.TypeFor[User]() {
			made["type"] = []string{"object", "null"}
		}
		s.defs[t.Name()] = made
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}

func text(r *rule) map[string]any {
	made := map[string]any{"type": "string"}
	if r.enum != nil {
		made["enum"] = r.enum
	}
	for key, value := range names(r.is) {
		made[key] = value
	}
	return made
}

// names is what a schema can say about a text, or about the keys of a map.
func names(f *format) map[string]any {
	made := map[string]any{}
	if f == nil {
		return made
	}
	if f.enum != nil {
		made["enum"] = f.enum
	}
	if f.pattern != nil {
		made["pattern"] = f.pattern.String()
	}
	if f.name != "" {
		made["format"] = f.name
	}
	if f.max > 0 {
		made["maxLength"] = f.max
	}
	return made
}
