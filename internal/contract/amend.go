package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// amend applies the document's waivers. A waiver that changes nothing is an
// error: the document no longer says what the row claims.
func amend(doc *openapi3.T, name Document) error {
	for _, w := range Waivers {
		if w.Document != name {
			continue
		}
		ref, err := schemaAt(doc, w.At)
		if err != nil {
			return fmt.Errorf("waiver %s %s: %w", w.Document, w.At, err)
		}
		if !w.apply(ref) {
			return fmt.Errorf("waiver %s %s is unused: the document already allows it, drop the row", w.Document, w.At)
		}
	}
	return nil
}

// schemaAt follows "Client.Session/allOf/1/properties/status": the name of a
// component, then the way into its schema.
func schemaAt(doc *openapi3.T, at string) (*openapi3.SchemaRef, error) {
	steps := strings.Split(at, "/")
	ref := doc.Components.Schemas[steps[0]]
	for steps = steps[1:]; ref != nil && len(steps) > 0; {
		var taken int
		if ref, taken = step(ref.Value, steps); taken > 0 {
			steps = steps[taken:]
		}
	}
	if ref == nil {
		return nil, fmt.Errorf("no such schema in the document")
	}
	return ref, nil
}

// step returns the schema that the next steps lead to and how many it took.
func step(schema *openapi3.Schema, steps []string) (*openapi3.SchemaRef, int) {
	if steps[0] == "items" {
		return schema.Items, 1
	}
	if len(steps) < 2 {
		return nil, 0
	}
	var branch openapi3.SchemaRefs
	switch steps[0] {
	case "properties":
		return schema.Properties[steps[1]], 2
	case "allOf":
		branch = schema.AllOf
	case "oneOf":
		branch = schema.OneOf
	}
	if i, err := strconv.Atoi(steps[1]); err == nil && i < len(branch) {
		return branch[i], 2
	}
	return nil, 0
}

// apply changes the schema and tells whether every part of the waiver was
// needed.
func (w Waiver) apply(ref *openapi3.SchemaRef) bool {
	switch {
	case w.Enum != nil:
		return addToEnum(ref.Value, w.Enum)
	case w.Null:
		return makeNullable(ref)
	case w.Optional != nil:
		return makeOptional(ref.Value, w.Optional)
	case w.Extra != nil:
		return allowProperties(ref.Value, w.Extra)
	}
	return false
}

func addToEnum(s *openapi3.Schema, values []any) bool {
	for _, v := range values {
		if len(s.Enum) == 0 || slices.Contains(s.Enum, v) {
			return false
		}
		s.Enum = append(s.Enum, v)
	}
	return true
}

// makeNullable also serves a nullable written beside a $ref, which OpenAPI 3.0
// says to ignore: the reference moves into an allOf.
func makeNullable(ref *openapi3.SchemaRef) bool {
	if ref.Value.Nullable {
		return false
	}
	if ref.Ref == "" {
		ref.Value.Nullable = true
		return true
	}
	referred := *ref
	*ref = openapi3.SchemaRef{Value: &openapi3.Schema{Nullable: true, AllOf: openapi3.SchemaRefs{&referred}}}
	return true
}

func makeOptional(s *openapi3.Schema, names []string) bool {
	before := len(s.Required)
	s.Required = slices.DeleteFunc(slices.Clone(s.Required), func(n string) bool { return slices.Contains(names, n) })
	return len(s.Required) == before-len(names)
}

func allowProperties(s *openapi3.Schema, names []string) bool {
	if open := s.AdditionalProperties.Has; open == nil || *open {
		return false
	}
	for _, name := range names {
		if s.Properties[name] != nil {
			return false
		}
		s.Properties[name] = &openapi3.SchemaRef{Value: &openapi3.Schema{Nullable: true}}
	}
	return true
}
