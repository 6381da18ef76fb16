package convexcheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// field is one member of a JSON object. Payloads are read as lists of fields, because order and repetition matter:
// Convex's parsers refuse a repeated claim they know.
type field struct {
	name  string
	value json.RawMessage
}

// parseObject reads a whole JSON object. Like serde_json it wants valid UTF-8 and nothing behind the object.
func parseObject(data []byte) ([]field, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("not a JSON object but %s", describeRaw(data))
	}
	var fields []field
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		fields = append(fields, field{name, value})
	}
	return fields, nil
}

// find returns the last value of a name, nil when there is none.
func find(fields []field, name string) json.RawMessage {
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].name == name {
			return fields[i].value
		}
	}
	return nil
}

// repeated returns the first name among names that occurs twice, "" when none does.
func repeated(fields []field, names func(string) bool) string {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.name] && names(f.name) {
			return f.name
		}
		seen[f.name] = true
	}
	return ""
}

func isNull(data json.RawMessage) bool { return len(data) == 0 || string(data) == "null" }

func isText(data json.RawMessage) bool { return len(data) > 0 && data[0] == '"' }

func isNumber(data json.RawMessage) bool {
	return len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9')
}

func isBool(data json.RawMessage) bool { return string(data) == "true" || string(data) == "false" }

func isList(data json.RawMessage) bool { return len(data) > 0 && data[0] == '[' }

func isObject(data json.RawMessage) bool { return len(data) > 0 && data[0] == '{' }

// text decodes a JSON string; the caller has checked isText.
func text(data json.RawMessage) (s string) {
	_ = json.Unmarshal(data, &s)
	return s
}

// texts decodes a list of strings.
func texts(data json.RawMessage) (list []string, ok bool) {
	var items []json.RawMessage
	if !isList(data) || json.Unmarshal(data, &items) != nil {
		return nil, false
	}
	for _, item := range items {
		if !isText(item) {
			return nil, false
		}
		list = append(list, text(item))
	}
	return list, true
}

// textOrNull tells whether a member is absent, null or a string.
func textOrNull(data json.RawMessage) bool { return isNull(data) || isText(data) }

// textsOrNull tells whether a member is absent, null or a list of strings.
func textsOrNull(data json.RawMessage) bool {
	_, ok := texts(data)
	return ok || isNull(data)
}

// describeRaw names a JSON value and its type for an explanation, shortened.
func describeRaw(data json.RawMessage) string {
	shown := string(data)
	if len(shown) > 40 {
		shown = shown[:37] + "..."
	}
	switch {
	case isNull(data):
		return "null"
	case isText(data):
		return "the string " + shown
	case isBool(data):
		return "the boolean " + shown
	case isNumber(data):
		return "the number " + shown
	case isList(data):
		return "the list " + shown
	}
	return "the object " + shown
}

// describe names a decoded value as serde does in its messages.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprintf("boolean `%t`", v)
	case float64:
		return fmt.Sprintf("number `%v`", v)
	case string:
		return fmt.Sprintf("string %q", v)
	case []any:
		return "sequence"
	}
	return "map"
}
