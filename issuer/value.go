package issuer

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// value is what a shortcode or literal stands for at one mint. json is always one valid JSON value.
type value struct {
	kind kind
	text string // a string's content
	json []byte // a number's, object's or array's text
}

type kind byte

const (
	null kind = iota
	no
	yes
	text
	raw
)

func textValue(s string) value { return value{kind: text, text: s} }

func integer(n int64) value { return value{kind: raw, json: strconv.AppendInt(nil, n, 10)} }

func boolean(b bool) value {
	if b {
		return value{kind: yes}
	}
	return value{kind: no}
}

func nullable(s *string) value {
	if s == nil {
		return value{}
	}
	return textValue(*s)
}

// rawValue takes JSON from outside. A string, boolean or null in it becomes the kind that fallbacks and interpolation
// look at; anything damaged becomes null, so that a payload stays valid JSON whatever the metadata column holds.
func rawValue(data []byte) value {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return value{}
	}
	switch c := b.Bytes(); {
	case bytes.Equal(c, []byte("null")), len(c) == 0:
		return value{}
	case bytes.Equal(c, []byte("false")):
		return value{kind: no}
	case bytes.Equal(c, []byte("true")):
		return value{kind: yes}
	case c[0] == '"':
		var s string
		if json.Unmarshal(c, &s) != nil {
			return value{}
		}
		return textValue(s)
	default:
		return value{kind: raw, json: c}
	}
}

// falsy is Clerk's rule for the || operator: null and false, nothing else; "" and 0 win over a fallback.
func (v value) falsy() bool { return v.kind == null || v.kind == no }

func (v value) appendJSON(dst []byte) []byte {
	switch v.kind {
	case text:
		return appendString(dst, v.text)
	case raw:
		return append(dst, v.json...)
	}
	return v.appendText(dst)
}

// appendText writes the value inside a string, where Clerk prints null literally.
func (v value) appendText(dst []byte) []byte {
	switch v.kind {
	case no:
		return append(dst, "false"...)
	case yes:
		return append(dst, "true"...)
	case text:
		return append(dst, v.text...)
	case raw:
		return append(dst, v.json...)
	}
	return append(dst, "null"...)
}

// appendString writes s as a JSON string without reflection. Invalid UTF-8 becomes U+FFFD, as in encoding/json.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r) // RuneError encodes as U+FFFD
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}
