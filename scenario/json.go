package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// looksLikeJSON tells JSON from YAML in flow style: JSON quotes its keys.
func looksLikeJSON(text string) bool {
	rest, found := strings.CutPrefix(strings.TrimLeft(text, " \t\n"), "{")
	rest = strings.TrimLeft(rest, " \t\n")
	return found && (strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "}"))
}

// maxValues bounds the values in memory at once; users are read one by one and count for themselves.
const maxValues = 1_000_000

// jsonReader turns JSON into nodes, at a third of the cost of reading it as YAML.
type jsonReader struct {
	*yamlReader
	text      string
	at        int
	line, col int32 // of seen
	seen      int
	values    int
}

// rootJSON reads a JSON document; nil when it is not one.
func (r *yamlReader) rootJSON(text string) *node {
	j := &jsonReader{yamlReader: r, text: text, line: 1, col: 1}
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		j.syntax(err)
		return nil
	}
	return j.value(1, atTop) // from here on the text is known to be valid
}

// site is where in the file a value stands, as far as it matters for finding the lists of users.
type site uint8

const (
	elsewhere site = iota
	atTop
	inInstances
	inInstance
)

func (s site) hasUsers() bool { return s == atTop || s == inInstance }

func (s site) below(key string) site {
	switch {
	case s == atTop && key == "instances":
		return inInstances
	case s == inInstances && key != "":
		return inInstance
	}
	return elsewhere
}

func (j *jsonReader) syntax(err error) {
	p := problem{what: "not JSON: " + err.Error()}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		j.at = max(0, int(syntax.Offset)-1)
		if before := strings.TrimRight(j.text[:j.at], " \t\n"); strings.HasSuffix(before, ",") {
			p.hint = "JSON allows no comma before a closing bracket"
		}
	}
	line, col := j.place()
	j.add(int(line), int(col), "", p)
}

// place is line and column of j.at, counted on from where it was last asked for.
func (j *jsonReader) place() (line, col int32) {
	between := j.text[j.seen:min(j.at, len(j.text))]
	j.seen += len(between)
	if lines := strings.Count(between, "\n"); lines > 0 {
		j.line, j.col = j.line+int32(lines), 1
		between = between[strings.LastIndexByte(between, '\n')+1:]
	}
	j.col += int32(utf8.RuneCountInString(between))
	return j.line, j.col
}

func (j *jsonReader) value(depth int, at site) *node {
	j.space()
	line, col := j.place()
	n := &node{line: line, col: col, size: 1, depth: 1}
	if j.values++; j.values > maxValues {
		j.stop(n, fmt.Sprintf("%d values", maxValues))
		return n
	}
	switch c := j.text[j.at]; {
	case c == '{' || c == '[':
		j.children(n, depth, at)
	case c == '"':
		n.kind = stringKind
		n.text = j.quoted(n)
		n.source = n.text
	default:
		end := strings.IndexAny(j.text[j.at:], ",]} \t\n")
		if end < 0 {
			end = len(j.text) - j.at
		}
		n.text = j.text[j.at : j.at+end]
		n.source, n.kind = n.text, literalKind(c)
		j.at += end
	}
	return n
}

func literalKind(c byte) kind {
	switch c {
	case 'n':
		return nullKind
	case 't', 'f':
		return boolKind
	}
	return numberKind
}

func (j *jsonReader) space() {
	for j.at < len(j.text) && strings.IndexByte(" \t\n,:", j.text[j.at]) >= 0 {
		j.at++
	}
}

// children reads what is between brackets; commas and colons count as space, for the text is valid.
func (j *jsonReader) children(n *node, depth int, at site) {
	n.kind = listKind
	if j.text[j.at] == '{' {
		n.kind = mapKind
	}
	if depth > maxDepth {
		j.stop(n, fmt.Sprintf("%d levels", maxDepth))
		return
	}
	j.at++
	for j.more() {
		key := ""
		if k := len(n.kids); n.kind == mapKind && k%2 == 1 {
			key = n.kids[k-1].text
		}
		if at.hasUsers() && key == "users" && j.text[j.at] == '[' {
			n.kids = append(n.kids, j.postpone())
			continue
		}
		n.kids = append(n.kids, j.value(depth+1, at.below(key)))
	}
	j.at++
	if n.kind == mapKind {
		n.kids = n.kids[:len(n.kids)/2*2]
		j.distinct(n)
	}
	n.measure()
}

// more moves to the next value and says whether there is one before the closing bracket.
func (j *jsonReader) more() bool {
	j.space()
	return j.at < len(j.text) && j.text[j.at] != '}' && j.text[j.at] != ']'
}

// stop gives up on the rest of the text.
func (j *jsonReader) stop(n *node, limit string) {
	j.add(int(n.line), int(n.col), "", problem{what: "too much for one place", expected: "at most " + limit})
	j.at = len(j.text)
}

// postpone steps over a list and remembers where it stands.
func (j *jsonReader) postpone() *node {
	line, col := j.place()
	before := *j
	for depth := 0; ; j.at++ {
		switch j.text[j.at] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"':
			j.pass()
			j.at-- // the loop steps on
		}
		if depth == 0 {
			j.at++
			return &node{kind: listKind, line: line, col: col, size: 1, depth: 1, json: &before}
		}
	}
}

// items reads a postponed list.
func (j *jsonReader) items(yield func(*node) bool) {
	at := *j
	at.at++
	for at.more() {
		at.values = 0
		if !yield(at.value(4, elsewhere)) {
			return
		}
	}
}

// pass steps over a text, whose end is the first quote that is not escaped.
func (j *jsonReader) pass() (escaped bool) {
	for j.at++; j.text[j.at] != '"'; j.at++ {
		if j.text[j.at] == '\\' {
			escaped = true
			j.at++
		}
	}
	j.at++
	return escaped
}

// quoted is the value of a JSON string.
func (j *jsonReader) quoted(n *node) string {
	start := j.at
	escaped := j.pass()
	if !escaped {
		return j.text[start+1 : j.at-1]
	}
	var text string
	_ = json.Unmarshal([]byte(j.text[start:j.at]), &text)
	if strings.ContainsRune(text, 0) {
		j.add(int(n.line), int(n.col), "", problem{what: "a text with a zero byte", expected: "text that a database can hold"})
		n.kind = badKind
		return ""
	}
	return text
}
