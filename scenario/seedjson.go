package scenario

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// SeedJSON writes an instance as JSON that [Parse] reads back as the same instance. It is how a
// long file is handed over in pieces.
func SeedJSON(i *Instance) []byte { return appendFields(nil, reflect.ValueOf(*i)) }

// appendValue writes what bind reads. A field that holds its zero value was not named.
func appendValue(to []byte, v reflect.Value) []byte {
	switch {
	case v.Type() == nullStringType:
		if v.Interface().(NullString).Value == nil {
			return append(to, "null"...)
		}
		return appendString(to, v.Interface().(NullString).String())
	case v.Type() == rawType:
		return append(to, v.Bytes()...)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return appendValue(to, v.Elem())
	case reflect.Slice:
		return appendList(to, v)
	case reflect.Map:
		return appendMap(to, v)
	case reflect.Struct:
		return appendFields(to, v)
	case reflect.Bool:
		return strconv.AppendBool(to, v.Bool())
	case reflect.String:
		return appendString(to, v.String())
	case reflect.Float64:
		return strconv.AppendFloat(to, v.Float(), 'f', -1, 64)
	}
	return strconv.AppendInt(to, v.Int(), 10)
}

func appendList(to []byte, v reflect.Value) []byte {
	to = append(to, '[')
	for i := range v.Len() {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendValue(to, v.Index(i))
	}
	return append(to, ']')
}

// appendMap writes a map of texts; nothing else stands inside an instance.
func appendMap(to []byte, v reflect.Value) []byte {
	to = append(to, '{')
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for i, key := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(appendString(to, key.String()), ':')
		to = appendValue(to, v.MapIndex(key))
	}
	return append(to, '}')
}

func appendFields(to []byte, v reflect.Value) []byte {
	to = append(to, '{')
	open := len(to)
	for _, f := range shapeOf(v.Type()).fields {
		value := v.FieldByIndex(f.index)
		if value.IsZero() {
			continue
		}
		if len(to) > open {
			to = append(to, ',')
		}
		to = append(appendString(to, f.name), ':')
		to = appendValue(to, value)
	}
	return append(to, '}')
}
