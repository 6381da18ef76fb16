package sample

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/spelling"
)

// Set changes data that Data returned: each name is a dotted path such as
// payer.email or items.0.plan.slug, taken in alphabetical order. An object as
// value is laid over what is there.
//
// A path must lead to a field that the event's data can have, and a value must
// have the field's type. Which value of that type it is, is free: an app should
// be able to meet a status that it does not know. The errors name the paths.
func Set(data any, fields map[string]json.RawMessage) error {
	var errs []*apierr.Error
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		errs = append(errs, set(reflect.ValueOf(data).Elem(), strings.Split(path, "."), "", fields[path]))
	}
	return apierr.Join(errs...)
}

// set follows the steps from v, which stands at a path, and assigns.
func set(v reflect.Value, steps []string, at string, value json.RawMessage) *apierr.Error {
	if isFree(v) {
		return setFree(v, steps, at, value)
	}
	if len(steps) == 0 {
		return assign(v, at, value)
	}
	next := below(at, steps[0])
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return set(v.Elem(), steps, at, value)
	case reflect.Struct:
		field, names := fieldOf(v, steps[0])
		if !field.IsValid() {
			return unknown(next, at, steps[0], names)
		}
		return set(field, steps[1:], next, value)
	case reflect.Slice:
		n, err := strconv.Atoi(steps[0])
		if err != nil || n < 0 || n >= v.Len() {
			return invalid(next, fmt.Sprintf("%s is a list of %d: name one of them by its number, from 0, or set the whole list.", at, v.Len()))
		}
		return set(v.Index(n), steps[1:], next, value)
	}
	return invalid(next, at+" is a "+kindOf(v.Type())+" and has no fields.")
}

func below(at, step string) string {
	if at == "" {
		return step
	}
	return at + "." + step
}

// fieldOf is the field that encodes under a name, and the names that there are.
func fieldOf(v reflect.Value, name string) (field reflect.Value, names []string) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" {
			continue // an embedded struct, whose fields come too
		}
		if tag == name {
			field = v.FieldByIndex(f.Index)
		}
		names = append(names, tag)
	}
	return field, names
}

func unknown(path, at, name string, names []string) *apierr.Error {
	e := apierr.FormUnknownParameter(path)
	if near := spelling.Closest(name, names); near != "" {
		e.LongMessage += " Did you mean " + below(at, near) + "?"
		return e
	}
	slices.Sort(names)
	e.LongMessage += " There is: " + strings.Join(names, ", ") + "."
	return e
}

func invalid(path, long string) *apierr.Error {
	e := apierr.FormInvalidParameterFormat(path, "")
	e.LongMessage = long
	return e
}

// assign gives v, which stands at a path, a value of its own type.
func assign(v reflect.Value, at string, value json.RawMessage) *apierr.Error {
	if isNull(value) {
		if v.Kind() != reflect.Pointer {
			return apierr.FormInvalidType(at, kindOf(v.Type()))
		}
		v.SetZero()
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return set(v.Elem(), nil, at, value)
	case reflect.Struct:
		return assignObject(v, at, value)
	case reflect.Slice:
		return assignList(v, at, value)
	}
	if json.Unmarshal(value, v.Addr().Interface()) != nil {
		return mistyped(at, v.Type(), value)
	}
	return nil
}

// mistyped says how to write text that looks like something else.
func mistyped(at string, want reflect.Type, value json.RawMessage) *apierr.Error {
	e := apierr.FormInvalidType(at, kindOf(want))
	if want.Kind() == reflect.String && value[0] != '{' && value[0] != '[' {
		e.LongMessage += fmt.Sprintf(" Write it in quotes: %q.", value)
	}
	return e
}

func assignObject(v reflect.Value, at string, value json.RawMessage) *apierr.Error {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil {
		return apierr.FormInvalidType(at, "object")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := set(v, []string{name}, at, members[name]); err != nil {
			return err
		}
	}
	return nil
}

// assignList replaces a list. Objects in it are laid over those that were there,
// the last of which lends its fields to further ones: so they are whole.
func assignList(v reflect.Value, at string, value json.RawMessage) *apierr.Error {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return apierr.FormInvalidType(at, "array")
	}
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, one := range items {
		if n := v.Len(); n > 0 {
			clone(list.Index(i), v.Index(min(i, n-1)))
		}
		if err := set(list.Index(i), nil, below(at, strconv.Itoa(i)), one); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// clone copies without sharing what pointers point to.
func clone(to, from reflect.Value) {
	encoded, err := json.Marshal(from.Interface())
	if err == nil {
		err = json.Unmarshal(encoded, to.Addr().Interface())
	}
	if err != nil {
		panic("sample: data must encode and decode: " + err.Error())
	}
}

// kindOf names a type as JSON does.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int64:
		return "integer"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }
