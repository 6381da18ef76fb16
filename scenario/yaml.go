package scenario

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxPiece bounds what is given to the YAML library at once, in bytes. Its tree takes some sixty
	// times as much memory, and for some texts its time grows with the square of their size.
	maxPiece = 512 << 10
	// maxKeys bounds the keys of one block map: the library recurses from each key to the next.
	maxKeys = 10_000
	// maxAliased bounds the values that aliases stand for, which tiny files can make astronomic.
	maxAliased = 100_000
	// maxLines bounds the work of split; MaxSize of users has a third of that.
	maxLines = 6_000_000
)

// yamlReader turns YAML text into nodes.
type yamlReader struct {
	*report
	offset  int32              // lines before the piece being read
	gaps    []gap              // lines left out of the piece being read
	anchors map[string][]*node // by name, in the order of the file
	aliased int32
	bomb    bool
}

// root reads a whole document. Long lists of users stay text until they are asked for.
func (r *yamlReader) root(text string, threshold int) *node {
	if len(text) <= threshold {
		return r.piece(text, 0)
	}
	if strings.Count(text, "\n") > maxLines {
		r.add(0, 0, "", problem{what: fmt.Sprintf("the file has more than %d lines", maxLines), expected: "less; import the rest through the Backend API"})
		return nil
	}
	rest, lists, gaps := split(text)
	r.gaps = gaps
	n := r.piece(rest, 0)
	r.gaps = nil
	attach(n, lists)
	return n
}

// attach puts the lists that split took out back under their keys.
func attach(n *node, lists map[int32][]chunk) {
	for key, value := range n.pairs() {
		if chunks, found := lists[key.line]; found && key.text == "users" {
			value.kind, value.chunks = listKind, chunks
		} else if key.text == "instances" {
			for _, instance := range value.pairs() {
				attach(instance, lists)
			}
		}
	}
}

// items yields the elements of a list, reading chunk after chunk so that a hundred thousand users
// are never in memory as a tree.
func (r *yamlReader) items(n *node) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for _, item := range n.kids {
			if !yield(item) {
				return
			}
		}
		if n.json != nil {
			n.json.items(yield)
		}
		for _, c := range n.chunks {
			for _, item := range r.piece(c.text, c.line).items() {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// piece reads one text that begins after a number of lines; nil when it is empty or wrong. The
// library is not trusted with arbitrary bytes: a panic in it is a syntax error here.
func (r *yamlReader) piece(text string, offset int32) (n *node) {
	r.offset = offset
	if len(text) > maxPiece {
		r.add(int(offset)+1, 1, "", problem{what: fmt.Sprintf("more than %d KiB of YAML in one piece", maxPiece>>10),
			expected: "a long list of users to stand below a line `users:`, one `- ` per user, or the whole file to be JSON"})
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			r.add(int(offset)+1, 1, "", problem{what: "this is not YAML that can be read", expected: "plain YAML or JSON"})
			n = nil
		}
	}()
	tokens := lexer.Tokenize(text)
	if tk, limit := beyond(tokens); tk != nil {
		r.fail(tk, problem{what: "too much for one place", expected: "at most " + limit})
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	return r.document(file)
}

func (r *yamlReader) fail(tk *token.Token, p problem) {
	line, col := r.place(tk)
	r.add(int(line), int(col), "", p)
}

func (r *yamlReader) place(tk *token.Token) (line, col int32) {
	if tk == nil || tk.Position == nil {
		return r.offset + 1, 1
	}
	line = r.offset + int32(tk.Position.Line)
	for _, g := range r.gaps {
		if line > g.after {
			line += g.lines
		}
	}
	return line, max(1, int32(tk.Position.Column))
}

func (r *yamlReader) syntax(err error) {
	var known yaml.Error
	if !errors.As(err, &known) {
		r.add(int(r.offset)+1, 1, "", problem{what: "not YAML: " + err.Error()})
		return
	}
	p := problem{what: "not YAML: " + known.GetMessage(), expected: "`key: value` and `- item`; look at indentation and quotes here and on the line above"}
	if tk := known.GetToken(); tk != nil {
		line, _ := r.place(tk)
		if strings.HasPrefix(strings.TrimLeft(lineOf(r.text, int(line)), " "), "\t") {
			p.hint = "indent with spaces; YAML allows no tabs there"
		}
	}
	r.fail(known.GetToken(), p)
}

func (r *yamlReader) document(file *ast.File) *node {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			r.fail(startOf(doc.Body), problem{what: "a second YAML document", expected: "one document per file"})
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		return nil
	}
	return r.node(body)
}

// level is a column in which block style has opened something.
type level struct{ column, tokens int }

// beyond finds the token at which a text goes beyond what the library can read safely. Its parser
// recurses without bound and keeps a path per level, so this must be known before it starts.
func beyond(tokens token.Tokens) (tk *token.Token, limit string) {
	var block []level
	flow, run := 0, 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.CommentType:
			continue
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		}
		if flow == 0 {
			block = enter(block, tk.Position.Column)
			if top := block[len(block)-1]; top.tokens > maxKeys && tk.Type != token.SequenceEntryType {
				return tk, fmt.Sprintf("%d keys in an object", maxKeys)
			}
		}
		if run = run + 1; !nests(tk.Type) {
			run = 0
		}
		if len(block)+flow > 2*maxDepth || run > maxDepth {
			return tk, fmt.Sprintf("%d levels", maxDepth)
		}
	}
	return nil, ""
}

// enter closes the levels to the right of a column and counts the token in its own.
func enter(block []level, column int) []level {
	for len(block) > 0 && block[len(block)-1].column > column {
		block = block[:len(block)-1]
	}
	if len(block) == 0 || block[len(block)-1].column < column {
		block = append(block, level{column: column})
	}
	block[len(block)-1].tokens++
	return block
}

// nests says whether a token opens a level by itself, wherever it stands.
func nests(t token.Type) bool {
	switch t {
	case token.TagType, token.AnchorType, token.MappingKeyType, token.AliasType:
		return true
	}
	return false
}
