package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// violation is one difference from the document.
type violation struct {
	place   string // "response", "request body", "query parameter limit"
	pointer string // JSON pointer inside the place, "" for all of it
	reason  string
}

func (v violation) String() string {
	return strings.TrimSpace(v.place+" "+v.pointer) + ": " + v.reason
}

func at(place, format string, args ...any) []violation {
	return []violation{{place: place, reason: fmt.Sprintf(format, args...)}}
}

// unique drops repetitions: parts of an allOf often find the same fault.
func unique(all []violation) []violation {
	var out []violation
	for _, v := range all {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// flatten takes the validator's nested errors apart into single violations.
func flatten(place string, err error) []violation {
	switch e := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var all []violation
		for _, one := range e {
			all = append(all, flatten(place, one)...)
		}
		return all
	case *openapi3.SchemaError:
		return flattenSchema(place, e)
	case *openapi3filter.RequestError:
		return flattenParameter(e)
	}
	return at(place, "%v", err)
}

func flattenParameter(e *openapi3filter.RequestError) []violation {
	place := "request"
	if e.Parameter != nil {
		place = e.Parameter.In + " parameter " + e.Parameter.Name
	}
	if e.Err == nil {
		return at(place, "%s", e.Reason)
	}
	return flatten(place, e.Err)
}

func flattenSchema(place string, e *openapi3.SchemaError) []violation {
	switch {
	case e.SchemaField == "allOf":
		return flatten(place, parts(e))
	case e.SchemaField == "anyOf":
		return under(pointer(e), closest(place, anyOfErrors(e)))
	case e.SchemaField == "oneOf" && !errors.Is(e, openapi3.ErrOneOfConflict):
		return closest(place, parts(e))
	}
	return []violation{{place: place, pointer: pointer(e), reason: e.Reason + quote(e.Value)}}
}

// parts returns the errors of an allOf's or oneOf's alternatives, which the
// validator wraps in a type of its own.
func parts(e *openapi3.SchemaError) openapi3.MultiError {
	var all openapi3.MultiError
	errors.As(e.Origin, &all)
	return all
}

// anyOfErrors asks every alternative again: the validator does not keep what
// they said.
func anyOfErrors(e *openapi3.SchemaError) openapi3.MultiError {
	var all openapi3.MultiError
	for _, alternative := range e.Schema.AnyOf {
		if err := alternative.Value.VisitJSON(e.Value, openapi3.MultiErrors()); err != nil {
			all = append(all, err)
		}
	}
	return all
}

// closest keeps what the alternative with the fewest faults found: most likely
// the one that was meant.
func closest(place string, alternatives openapi3.MultiError) []violation {
	var best []violation
	for i, err := range alternatives {
		if found := unique(flatten(place, err)); i == 0 || len(found) < len(best) {
			best = found
		}
	}
	if len(alternatives) > 1 {
		for i := range best {
			best[i].reason += fmt.Sprintf(" (closest of %d alternatives)", len(alternatives))
		}
	}
	return best
}

func under(parent string, all []violation) []violation {
	for i := range all {
		all[i].pointer = parent + all[i].pointer
	}
	return all
}

func pointer(e *openapi3.SchemaError) string {
	var p strings.Builder
	for _, key := range e.JSONPointer() {
		p.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return p.String()
}

// quote shows a small wrong value; a large one would bury the reason.
func quote(value any) string {
	switch value.(type) {
	case string, bool, json.Number, float64:
		if text, err := json.Marshal(value); err == nil && len(text) <= 80 {
			return ", got " + string(text)
		}
	}
	return ""
}
