package issuer

import (
	"encoding/json"
	"strings"
)

// operand is one side of a || expression, resolved once when the template is compiled.
type operand func(*Subject) value

// expression is the inside of one {{…}}.
type expression []operand

// eval gives the first operand that is neither null nor false, else the last whatever it is.
func (e expression) eval(s *Subject) value {
	var v value
	for _, o := range e {
		if v = o(s); !v.falsy() {
			return v
		}
	}
	return v
}

// part is a stretch of a claim string: literal text, or an expression when expr is not nil.
type part struct {
	literal string
	expr    expression
}

// parseParts splits a claim string at its shortcodes. An opening without a closing is literal text.
func parseParts(s string) []part {
	var parts []part
	for {
		before, rest, found := strings.Cut(s, "{{")
		end := -1
		if found {
			end = closing(rest)
		}
		if end < 0 {
			if s != "" {
				parts = append(parts, part{literal: s})
			}
			return parts
		}
		if before != "" {
			parts = append(parts, part{literal: before})
		}
		parts = append(parts, part{expr: parseExpression(rest[:end])})
		s = rest[end+len("}}"):]
	}
}

// closing finds the end of a shortcode, skipping braces inside quotes; an unbalanced quote counts as no quote.
func closing(s string) int {
	if end := indexUnquoted(s, "}}"); end >= 0 {
		return end
	}
	return strings.Index(s, "}}")
}

func parseExpression(s string) expression {
	var e expression
	for {
		bar := indexUnquoted(s, "||")
		if bar < 0 {
			return append(e, parseOperand(strings.TrimSpace(s)))
		}
		e = append(e, parseOperand(strings.TrimSpace(s[:bar])))
		s = s[bar+len("||"):]
	}
}

// indexUnquoted is strings.Index outside 'single quotes', in which a backslash takes the next byte along.
func indexUnquoted(s, sep string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], sep):
			return i
		}
	}
	return -1
}

// parseOperand reads 'text', a number, true, false or a name. Clerk makes an unknown name null, not an error.
func parseOperand(s string) operand {
	if v, ok := parseLiteral(s); ok {
		return func(*Subject) value { return v }
	}
	if o, ok := shortcodes[s]; ok {
		return o
	}
	for prefix, metadata := range metadataShortcodes {
		if path, ok := strings.CutPrefix(s, prefix+"."); ok {
			return metadataOperand(metadata, strings.Split(path, "."))
		}
	}
	return func(*Subject) value { return value{} }
}

func parseLiteral(s string) (value, bool) {
	switch {
	case s == "true" || s == "false":
		return boolean(s == "true"), true
	case len(s) >= 2 && s[0] == '\'' && indexUnquoted(s+" ", " ") == len(s):
		return textValue(unquote(s[1 : len(s)-1])), true
	case s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s)):
		return value{kind: raw, json: []byte(s)}, true
	}
	return value{}, false
}

func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// metadataOperand walks a dot path. Whatever is not an object on the way, or not there, is null.
func metadataOperand(metadata func(*Subject) json.RawMessage, path []string) operand {
	return func(s *Subject) value {
		data := metadata(s)
		for _, key := range path {
			var object map[string]json.RawMessage
			if json.Unmarshal(data, &object) != nil {
				return value{}
			}
			data = object[key]
		}
		return rawValue(data)
	}
}
