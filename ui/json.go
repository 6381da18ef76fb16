package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"
)

// prettyJSON indents JSON and marks names, texts and other values up, so that
// they can be told apart. It is the one place that makes HTML without a
// template: every byte that comes from outside goes through html.EscapeString.
// What is not JSON is shown as it is.
func prettyJSON(raw []byte) template.HTML {
	var buf bytes.Buffer
	if json.Indent(&buf, legible(raw), "", "  ") != nil {
		return template.HTML(html.EscapeString(strings.ToValidUTF8(string(raw), string(utf8.RuneError))))
	}
	var b strings.Builder
	for src := buf.String(); src != ""; {
		n := token(src)
		if class := classOf(src, n); class != "" {
			b.WriteString(`<span class="` + class + `">` + html.EscapeString(src[:n]) + `</span>`)
		} else {
			b.WriteString(html.EscapeString(src[:n]))
		}
		src = src[n:]
	}
	return template.HTML(b.String())
}

// legible writes out the three characters that encoding/json escapes for the
// sake of HTML: "R&D" should not be read as "R\u0026D".
func legible(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c, n := raw[i], 1
		if c == '\\' {
			n = 2
			if plain, ok := htmlEscapes[string(raw[i:min(i+6, len(raw))])]; ok {
				out, i = append(out, plain), i+5
				continue
			}
		}
		out = append(out, raw[i:min(i+n, len(raw))]...)
		i += n - 1
	}
	return out
}

var htmlEscapes = map[string]byte{`\u0026`: '&', `\u003c`: '<', `\u003e`: '>'}

// token is the length of the next string, of the next word or of one byte.
func token(src string) int {
	if src[0] == '"' {
		for i := 1; i < len(src); i++ {
			switch src[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(src)
	}
	if n := strings.IndexAny(src, " \n,:{}[]\""); n > 0 {
		return n
	} else if n < 0 {
		return len(src)
	}
	return 1
}

// classOf names what the token of n bytes is.
func classOf(src string, n int) string {
	switch {
	case src[0] == '"' && strings.HasPrefix(src[n:], ":"):
		return "j-name"
	case src[0] == '"':
		return "j-text"
	case strings.ContainsAny(src[:1], " \n,:{}[]"):
		return ""
	}
	return "j-value"
}

// jsonObject checks a field that must hold a JSON object, or nothing, and says
// where it is wrong; what is wrong is not handed on, and a field that the form
// lacks is nil.
func (f *form) jsonObject(name string) json.RawMessage {
	text := f.Get(name)
	if strings.TrimSpace(text) == "" {
		if f.values.Has(name) {
			return json.RawMessage("{}")
		}
		return nil
	}
	var object map[string]any
	err := json.Unmarshal([]byte(text), &object)
	switch syntax, isSyntax := err.(*json.SyntaxError); {
	case isSyntax:
		p := placeIn(text, int(syntax.Offset))
		f.mark(name, fmt.Sprintf("Not JSON: %s (line %d, column %d).", syntax, p.Line, p.Column))
		f.places[name] = &p
	case err != nil || object == nil:
		f.mark(name, notAnObject)
	default:
		return json.RawMessage(text)
	}
	return nil
}

const notAnObject = `This must be a JSON object, such as {"plan": "pro"}, or empty.`

// place is where a text is wrong; both numbers count from 1, columns in
// characters. Before, At and After are the line around it, cut short.
type place struct {
	Line, Column      int
	Before, At, After string
}

// around is how many characters of a line are shown on either side of a place.
const around = 32

// placeIn is the place of the byte that is the n-th of a text.
func placeIn(text string, n int) place {
	n = min(max(n, 1), len(text))
	start := strings.LastIndex(text[:n-1], "\n") + 1
	for n-1 > start && !utf8.RuneStart(text[n-1]) {
		n--
	}
	line, _, _ := strings.Cut(text[start:], "\n")
	before, rest := []rune(text[start:n-1]), []rune(strings.TrimPrefix(strings.TrimRight(line, "\r"), text[start:n-1]))
	p := place{Line: strings.Count(text[:n-1], "\n") + 1, Column: len(before) + 1}
	p.Before = string(before[max(0, len(before)-around):])
	if len(rest) > 0 {
		p.At, p.After = string(rest[:1]), string(rest[1:min(len(rest), around)])
	}
	return p
}

// plural is a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// indented is JSON for a text area.
func indented(raw []byte) string {
	var buf bytes.Buffer
	if json.Indent(&buf, legible(raw), "", "  ") != nil {
		return string(raw)
	}
	return buf.String()
}
