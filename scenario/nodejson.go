package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// distinct refuses a key that a map has twice.
func (r *report) distinct(n *node) {
	if len(n.kids) <= 16 {
		for i := 2; i < len(n.kids); i += 2 {
			for k := 0; k < i; k += 2 {
				r.twice(n.kids[i], n.kids[k])
			}
		}
		return
	}
	seen := make(map[string]*node, len(n.kids)/2)
	for key := range n.pairs() {
		if before := seen[key.text]; before != nil {
			r.twice(key, before)
			continue
		}
		seen[key.text] = key
	}
}

func (r *report) twice(key, before *node) {
	if key.text == before.text {
		r.add(int(key.line), int(key.col), "", problem{what: fmt.Sprintf("%s is given twice; the first is on line %d", quote(abbreviate(key.text)), before.line),
			expected: "each name once"})
	}
}

// bounded refuses a value that aliases have made too deep to walk.
func (r *report) bounded(n *node) *node {
	if n.depth <= maxDepth {
		return n
	}
	r.add(int(n.line), int(n.col), "", problem{what: "nested too deeply", expected: fmt.Sprintf("at most %d levels", maxDepth)})
	return &node{kind: badKind, line: n.line, col: n.col, size: 1, depth: 1}
}

// appendJSON writes a value as compact JSON, keys in the order of the file. It does not escape what
// JSON.stringify does not.
func appendJSON(to []byte, n *node) []byte {
	switch n.kind {
	case stringKind:
		return appendString(to, n.text)
	case nullKind, badKind:
		return append(to, "null"...)
	case boolKind, numberKind:
		return append(to, n.text...)
	}
	open, end := byte('['), byte(']')
	if n.kind == mapKind {
		open, end = '{', '}'
	}
	to = append(to, open)
	for i, kid := range n.kids {
		switch {
		case i > 0 && n.kind == mapKind && i%2 == 1:
			to = append(to, ':')
		case i > 0:
			to = append(to, ',')
		}
		to = appendJSON(to, kid)
	}
	return append(to, end)
}

// appendString quotes a text, which is valid UTF-8 by now, the way JSON.stringify does.
func appendString(to []byte, text string) []byte {
	to = append(to, '"')
	for _, r := range text {
		switch short := strings.IndexRune("\b\t\n\f\r\"\\", r); {
		case short >= 0:
			to = append(to, '\\', `btnfr"\`[short])
		case r < ' ':
			to = fmt.Appendf(to, `\u%04x`, r)
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return append(to, '"')
}
