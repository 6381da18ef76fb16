package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// ClaimsProblem is something about claims JSON and where: Length bytes from
// Offset on.
type ClaimsProblem struct {
	Offset, Length int
	Message        string
	// Fatal claims cannot be saved. The others are taken, as Clerk does, and are
	// hardly what was meant.
	Fatal bool
}

// CheckTemplateClaims finds all that is wrong with the claims of a template, in
// the order of the text: what is not JSON, claims that Clerk sets itself, and
// shortcodes that are not closed or that nobody knows, which become null.
func CheckTemplateClaims(claims []byte) []ClaimsProblem {
	if err := json.Unmarshal(claims, new(json.RawMessage)); err != nil {
		return []ClaimsProblem{syntaxProblem(claims, err)}
	}
	if open := bytes.TrimLeft(claims, " \t\r\n"); open[0] != '{' {
		return []ClaimsProblem{{Offset: len(claims) - len(open), Length: len(open), Fatal: true,
			Message: `Claims are a JSON object, such as {"aud": "convex"}.`}}
	}
	l := linter{text: claims, dec: json.NewDecoder(bytes.NewReader(claims))}
	l.run()
	return l.problems
}

func syntaxProblem(claims []byte, err error) ClaimsProblem {
	p := ClaimsProblem{Offset: len(bytes.TrimRight(claims, " \t\r\n")), Length: 1, Fatal: true, Message: "This is not JSON: " + err.Error() + "."}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Error() != "unexpected end of JSON input" {
		p.Offset = max(0, min(int(syntax.Offset)-1, len(claims)-1))
	}
	return p
}

// linter walks claims that are known to be a JSON object.
type linter struct {
	text     []byte
	dec      *json.Decoder
	problems []ClaimsProblem
}

func (l *linter) run() {
	depth, key := 0, []bool{} // by level: whether a name comes next; lists have none
	inObject := []bool{}
	for {
		before := int(l.dec.InputOffset())
		token, err := l.dec.Token()
		if err != nil {
			return
		}
		start := before + len(l.text[before:]) - len(bytes.TrimLeft(l.text[before:], " \t\r\n,:"))
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
				inObject, key = append(inObject, t == '{'), append(key, t == '{')
				continue
			}
			depth--
			inObject, key = inObject[:depth], key[:depth]
		case string:
			if depth > 0 && inObject[depth-1] && key[depth-1] {
				l.name(t, start, depth)
				key[depth-1] = false
				continue
			}
			l.value(start)
		}
		if depth > 0 {
			key[depth-1] = inObject[depth-1]
		}
	}
}

func (l *linter) name(name string, start, depth int) {
	if depth == 1 && slices.Contains(templateReserved, name) {
		l.problems = append(l.problems, ClaimsProblem{start, int(l.dec.InputOffset()) - start, (&ReservedClaimError{name}).Error() + ".", true})
	}
}

// value looks for shortcodes in a text as it is spelt; escapes in them are rare,
// and then its place is that of the text.
func (l *linter) value(start int) {
	end := int(l.dec.InputOffset())
	text := string(l.text[start:end])
	for at := 0; ; {
		open := strings.Index(text[at:], "{{")
		if open < 0 {
			return
		}
		at += open
		length := closing(text[at+2:])
		if length < 0 {
			l.warn(start+at, len(text)-at-1, "This shortcode is not closed, so that it stays text: end it with }}.")
			return
		}
		for _, name := range unknownNames(text[at+2 : at+2+length]) {
			l.warn(start+at, length+4, "There is no shortcode "+name+": it becomes null in every token."+suggestion(name))
		}
		at += length + 4
	}
}

func (l *linter) warn(offset, length int, message string) {
	l.problems = append(l.problems, ClaimsProblem{Offset: offset, Length: length, Message: message})
}

// unknownNames are the operands of an expression that nobody knows.
func unknownNames(s string) (names []string) {
	for s != "" {
		operand := s
		if bar := indexUnquoted(s, "||"); bar >= 0 {
			operand, s = s[:bar], s[bar+2:]
		} else {
			s = ""
		}
		if operand = strings.TrimSpace(operand); !known(operand) {
			names = append(names, operand)
		}
	}
	return names
}

func known(name string) bool {
	if _, ok := parseLiteral(name); ok || shortcodes[name] != nil {
		return true
	}
	for prefix := range metadataShortcodes {
		if strings.HasPrefix(name, prefix+".") {
			return true
		}
	}
	return false
}

// suggestion names the shortcode that was meant: the one that is spelt alike but
// for case, marks and the word in front.
func suggestion(name string) string {
	bare := func(s string) string {
		s = strings.ToLower(s[strings.LastIndexByte(s, '.')+1:])
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(s)
	}
	var best string
	for known := range shortcodes {
		if bare(known) == bare(name) && (best == "" || strings.HasPrefix(known, "user.") || known < best && !strings.HasPrefix(best, "user.")) {
			best = known
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean " + best + "?"
}
