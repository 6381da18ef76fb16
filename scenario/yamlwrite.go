package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// YAML is the file, with a word on what it is and what it leaves out.
func (e *Exported) YAML() []byte {
	var b bytes.Buffer
	b.WriteString("# nightclerk.yaml of the instance " + e.Slug + ", as it was exported.\n" +
		"# What is not named is as in any new instance. Start with it: nightclerk --config this-file.yaml\n")
	if e.Instance.Users == nil {
		b.WriteString("# Its users are not among it: a start gives the default instance alice and bob.\n")
	}
	for _, n := range e.Notes {
		b.WriteString("# Left out: " + oneLine(n) + ".\n")
	}
	w := &yamlWriter{dec: json.NewDecoder(bytes.NewReader(SeedJSON(&e.Instance)))}
	w.dec.UseNumber()
	if text := w.value(0); text != "{}" {
		b.WriteString(strings.TrimPrefix(text, "\n"))
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// oneLine keeps text from leaving its comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// yamlWriter turns JSON into YAML in block style, in the order of the JSON.
type yamlWriter struct{ dec *json.Decoder }

// value writes one value: on the line of its key, or below it with a line break
// in front.
func (w *yamlWriter) value(indent int) string {
	token, err := w.dec.Token()
	if err != nil {
		panic(fmt.Sprintf("scenario: SeedJSON is not JSON: %v", err))
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return w.list(indent)
		}
		return w.object(indent)
	case string:
		return scalarText(t)
	case nil:
		return "null"
	}
	return fmt.Sprint(token) // numbers and booleans
}

func (w *yamlWriter) object(indent int) string {
	var b strings.Builder
	for w.dec.More() {
		key, _ := w.dec.Token()
		b.WriteString("\n" + strings.Repeat("  ", indent) + scalarText(key.(string)) + ":")
		b.WriteString(spaced(w.value(indent + 1)))
	}
	_, _ = w.dec.Token()
	if b.Len() == 0 {
		return "{}"
	}
	return b.String()
}

// list puts its items below the key, the first line of each behind its dash.
func (w *yamlWriter) list(indent int) string {
	var b strings.Builder
	for w.dec.More() {
		item := w.value(indent + 1)
		b.WriteString("\n" + strings.Repeat("  ", indent) + "-")
		b.WriteString(spaced(strings.TrimLeft(item, "\n ")))
	}
	_, _ = w.dec.Token()
	if b.Len() == 0 {
		return "[]"
	}
	return b.String()
}

func spaced(value string) string {
	if strings.HasPrefix(value, "\n") {
		return value
	}
	return " " + value
}

var (
	plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*$`)
	plainURL  = regexp.MustCompile(`^https?://[A-Za-z0-9_.:/@+~-]*[A-Za-z0-9_/]$`)
	// otherMeaning are texts that YAML, in one version or the other, takes for
	// something else.
	otherMeaning = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`)
)

// scalarText is a text without quotes where nothing could take it for anything
// else, and in double quotes as JSON has them elsewhere.
func scalarText(s string) string {
	if len(s) < 200 && (plainText.MatchString(s) || plainURL.MatchString(s)) && !otherMeaning.MatchString(s) {
		return s
	}
	return unprintable.Replace(string(appendString(nil, s)))
}

// unprintable are characters that JSON takes as they are and YAML does not.
var unprintable = strings.NewReplacer("\u007f", `\u007f`, "\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`, "\ufeff", `\ufeff`)
