package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node turns one value of the library's tree, and all below, into a node.
func (r *yamlReader) node(n ast.Node) *node {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return r.make(nullKind, n, "")
	case *ast.BoolNode:
		return r.make(boolKind, n, strconv.FormatBool(n.Value))
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return r.number(n)
	case *ast.StringNode:
		if n.Token.Type == token.StringType && numeric(n.Value) {
			return r.number(n)
		}
		return r.string(n, n.Value)
	case *ast.LiteralNode:
		return r.string(n, n.Value.Value)
	case *ast.MappingNode:
		return r.mapping(n, n.Values)
	case *ast.MappingValueNode:
		return r.mapping(n, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		return r.sequence(n)
	case *ast.AnchorNode:
		return r.anchor(n)
	case *ast.AliasNode:
		return r.alias(n)
	case *ast.TagNode:
		return r.tag(n)
	}
	return r.bad(n, problem{what: "YAML that this file does not need", expected: "plain maps, lists, texts, numbers and booleans"})
}

// bad complains and stands in for the value, so that nothing else complains about it.
func (r *yamlReader) bad(n ast.Node, p problem) *node {
	r.fail(startOf(n), p)
	return r.make(badKind, n, "")
}

func (r *yamlReader) make(k kind, n ast.Node, text string) *node {
	var tk *token.Token
	if n != nil {
		tk = startOf(n)
	}
	line, col := r.place(tk)
	if tk != nil && tk.Type == token.ImplicitNullType { // the library puts it one column too far
		col--
	}
	return &node{kind: k, line: line, col: col, text: text, source: text, size: 1, depth: 1}
}

// startOf is the first token of a value; the library names a block map by its colon.
func startOf(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

func (r *yamlReader) string(n ast.Node, text string) *node {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return r.bad(n, problem{what: "a text with a zero byte or broken UTF-8", expected: "text that a database can hold"})
	}
	return r.make(stringKind, n, text)
}

// The numbers of YAML 1.2's core schema. The library also knows YAML 1.1's, by which 0123 is 83 and
// 1_000 is 1000, and takes 1e3 and numbers beyond 64 bits for text; editors, which follow 1.2, would
// disagree.
var (
	decimal     = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	zeroPadded  = regexp.MustCompile(`^[-+]?0[0-9]+$`)
	prefixed    = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
	fraction    = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	jsonDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

func numeric(plain string) bool {
	return plain != "" && plain[0] <= '9' && (fraction.MatchString(plain) || prefixed.MatchString(plain))
}

func (r *yamlReader) number(n ast.Node) *node {
	source := n.GetToken().Value
	made := r.make(numberKind, n, "0")
	made.source = source
	switch {
	case decimal.MatchString(source):
		made.text = strings.TrimPrefix(source, "+")
	case zeroPadded.MatchString(source):
		return r.bad(n, problem{what: source + " begins with zero, so it is a number to some and a text to others",
			expected: fmt.Sprintf("quotes around a text: %q", source)})
	case prefixed.MatchString(source):
		if i, err := strconv.ParseUint(source, 0, 64); err == nil {
			made.text = strconv.FormatUint(i, 10)
		} else {
			return r.bad(n, problem{what: source + " is too large for a number"})
		}
	case jsonDecimal.MatchString(source):
		made.text = source
	case fraction.MatchString(source):
		return r.float(n, made)
	case n.Type() == ast.InfinityType || n.Type() == ast.NanType:
		return r.bad(n, problem{what: source + " is no number in JSON", expected: "a finite number"})
	default:
		return r.string(n, source)
	}
	return made
}

// float rewrites a number such as .5 or 1. the way JSON has it.
func (r *yamlReader) float(n ast.Node, made *node) *node {
	f, _ := strconv.ParseFloat(made.source, 64)
	text, err := json.Marshal(f)
	if err != nil {
		return r.bad(n, problem{what: made.source + " is too large for a number"})
	}
	made.text = string(text)
	return made
}

func (r *yamlReader) sequence(n *ast.SequenceNode) *node {
	made := r.make(listKind, n, "")
	for _, item := range n.Values {
		made.kids = append(made.kids, r.node(item))
	}
	made.measure()
	return r.bounded(made)
}

func (r *yamlReader) mapping(n ast.Node, values []*ast.MappingValueNode) *node {
	made := r.make(mapKind, n, "")
	var merged []*node
	for _, pair := range values {
		if pair.Key.IsMergeKey() {
			merged = append(merged, r.node(pair.Value))
			continue
		}
		if key := r.key(pair.Key); key != nil {
			made.kids = append(made.kids, key, r.node(pair.Value))
		}
	}
	r.distinct(made)
	if len(merged) > 0 {
		have := map[string]bool{}
		for key := range made.pairs() {
			have[key.text] = true
		}
		r.merge(made, have, merged)
	}
	made.measure()
	return r.bounded(made)
}

// key is the node of a map key; any plain scalar counts as its text.
func (r *yamlReader) key(n ast.MapKeyNode) *node {
	var key ast.Node = n
	if explicit, ok := n.(*ast.MappingKeyNode); ok {
		key = explicit.Value
	}
	switch key := key.(type) {
	case *ast.StringNode:
		return r.string(key, key.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return r.string(key, key.GetToken().Value)
	case *ast.LiteralNode:
		return r.string(key, key.Value.Value)
	}
	r.fail(n.GetToken(), problem{what: "a key that is not a plain text", expected: "name: value"})
	return nil
}

// merge adds what `<<` brings and the map does not have yet.
func (r *yamlReader) merge(into *node, have map[string]bool, from []*node) {
	for _, one := range from {
		switch one.kind {
		case mapKind:
			for key, value := range one.pairs() {
				if !have[key.text] {
					have[key.text] = true
					into.kids = append(into.kids, key, value)
				}
			}
		case listKind:
			r.merge(into, have, one.kids)
		case badKind:
		default:
			r.add(int(one.line), int(one.col), "", problem{what: "`<<` merges " + one.describe(), expected: "an alias of an object, such as *defaults"})
		}
	}
}

func (r *yamlReader) anchor(n *ast.AnchorNode) *node {
	made := r.node(n.Value)
	name := n.Name.GetToken().Value
	all := r.anchors[name]
	at := len(all)
	for at > 0 && all[at-1].line > made.line { // only what follows the lists of users was read before
		at--
	}
	r.anchors[name] = slices.Insert(all, at, made)
	return made
}

// alias is the value last given to an anchor above. Values are shared, not copied, but what they
// stand for is counted, for everything after walks it.
func (r *yamlReader) alias(n *ast.AliasNode) *node {
	name := n.Value.GetToken().Value
	line, _ := r.place(n.Start)
	var target *node
	for _, candidate := range slices.Backward(r.anchors[name]) {
		if candidate.line <= line {
			target = candidate
			break
		}
	}
	if target == nil {
		return r.bad(n, problem{what: "no anchor &" + name + " above this alias", expected: "&" + name + " before a value further up"})
	}
	if r.aliased += target.size; r.aliased > maxAliased {
		if !r.bomb {
			r.fail(n.Start, problem{what: fmt.Sprintf("the aliases up to here stand for more than %d values", maxAliased), expected: "fewer aliases"})
		}
		r.bomb, r.aliased = true, maxAliased
		return r.make(badKind, n, "")
	}
	return target
}

func (r *yamlReader) tag(n *ast.TagNode) *node {
	if text, ok := n.Value.(ast.ScalarNode); ok && n.Start.Value == "!!str" {
		return r.string(n, text.GetToken().Value)
	}
	return r.bad(n, problem{what: "the tag " + abbreviate(n.Start.Value) + " has no meaning here", expected: "a plain value, in quotes when it is a text"})
}
