package sample

import (
	"encoding/json"
	"reflect"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

// isFree tells whether v holds an object that may have any members: metadata, an
// actor, the data of a template.
func isFree(v reflect.Value) bool {
	return v.Type() == reflect.TypeFor[json.RawMessage]() || v.Kind() == reflect.Map
}

// setFree sets a member of such an object, or the whole of it. Objects on the
// way are made. null is a value where null was, as in an actor.
func setFree(v reflect.Value, steps []string, at string, value json.RawMessage) *apierr.Error {
	before, err := json.Marshal(v.Interface())
	if err != nil {
		panic("sample: data must encode: " + err.Error())
	}
	after, failed := graft(before, steps, at, value)
	if failed != nil {
		return failed
	}
	v.SetZero() // a map would keep what it had
	if err := json.Unmarshal(after, v.Addr().Interface()); err != nil || after[0] != '{' && !(isNull(after) && isNull(before)) {
		return apierr.FormInvalidType(at, "object")
	}
	return nil
}

// graft returns the object with the value at the end of the steps.
func graft(object json.RawMessage, steps []string, at string, value json.RawMessage) (json.RawMessage, *apierr.Error) {
	if len(steps) == 0 {
		return value, nil
	}
	members := map[string]json.RawMessage{}
	if object != nil && !isNull(object) && json.Unmarshal(object, &members) != nil {
		return nil, invalid(below(at, steps[0]), at+" is no object and has no fields.")
	}
	grown, err := graft(members[steps[0]], steps[1:], below(at, steps[0]), value)
	if err != nil {
		return nil, err
	}
	members[steps[0]] = grown
	encoded, failed := json.Marshal(members)
	if failed != nil {
		return nil, invalid(at, at+" would not be JSON.")
	}
	return encoded, nil
}
