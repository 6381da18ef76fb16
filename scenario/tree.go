package scenario

import (
	"iter"
	"strings"
)

type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	stringKind
	mapKind
	listKind
	badKind // already complained about
)

// node is one value of the file with its place. YAML and JSON are both read into nodes, so that
// everything after knows one kind of tree.
type node struct {
	kind      kind
	depth     int16 // levels below, itself included
	line, col int32 // from 1, columns in characters
	size      int32 // values it stands for, aliases expanded
	text      string
	source    string      // a number as written, to suggest it in quotes
	kids      []*node     // items of a list; key, value, key, value … of a map
	chunks    []chunk     // a long list still in YAML, see split
	json      *jsonReader // a list still in JSON, standing before it
}

// maxDepth bounds every recursion over the file.
const maxDepth = 64

// pairs yields keys and values of a map; none for anything else.
func (n *node) pairs() iter.Seq2[*node, *node] {
	return func(yield func(key, value *node) bool) {
		if n == nil || n.kind != mapKind {
			return
		}
		for i := 0; i+1 < len(n.kids); i += 2 {
			if !yield(n.kids[i], n.kids[i+1]) {
				return
			}
		}
	}
}

// get is the value under a key, nil when there is none.
func (n *node) get(name string) *node {
	for key, value := range n.pairs() {
		if key.text == name {
			return value
		}
	}
	return nil
}

// key is the key node of a name, or the map itself.
func (n *node) key(name string) *node {
	for key := range n.pairs() {
		if key.text == name {
			return key
		}
	}
	return n
}

// orSelf is the value under a key of a map, or n itself when n is the short form of that map.
func (n *node) orSelf(name string) *node {
	if n.kind == mapKind {
		return n.get(name)
	}
	return n
}

// items are the elements of a list that is in memory; none for anything else.
func (n *node) items() []*node {
	if n == nil || n.kind != listKind {
		return nil
	}
	return n.kids
}

// measure fills size and depth from the children.
func (n *node) measure() {
	n.size, n.depth = 1, 1
	for _, kid := range n.kids {
		n.size = min(n.size+kid.size, 1<<30)
		n.depth = max(n.depth, kid.depth+1)
	}
}

// describe names what stands there, for messages.
func (n *node) describe() string {
	switch n.kind {
	case nullKind, badKind:
		return "nothing"
	case boolKind:
		return "the boolean " + n.text
	case numberKind:
		return "the number " + abbreviate(n.source)
	case stringKind:
		return "the text " + quote(abbreviate(n.text))
	case mapKind:
		return "an object"
	default:
		return "a list"
	}
}

func abbreviate(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:57]) + "…"
	}
	return strings.ReplaceAll(text, "\n", "⏎")
}
