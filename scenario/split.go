package scenario

import (
	"regexp"
	"slices"
	"strings"
)

// splitThreshold is the size in bytes above which lists of users are read in chunks.
const splitThreshold = 128 << 10

// chunkSize is how much of a list is read at once. The library's cost per byte grows with the size
// of a text: in pieces of this size it reads 25 MB in 2 s and 110 MB of memory, in one in 7 s and
// 1.5 GB.
const chunkSize = 24 << 10

// chunk is some items of a block list: text that is a block list itself.
type chunk struct {
	text string
	line int32 // lines of the file before it
}

// line is one line of the file as the splitter sees it.
type line struct {
	text   string // with its line break
	indent int
	kind   byte // the first character, 0 for a blank line or a comment
}

// gap is where lines were left out of a text.
type gap struct {
	after int32 // line of the file, from 1
	lines int32
}

// split takes the block lists under `users:` and `instances: <slug>: users:` out of a document. It
// gives what remains, the lists by the line of their key, and where they were. YAML has the rule
// that makes this safe: whatever belongs to a key, even the lines of a block text, stands further to
// the right than the key, or begins with a dash in its column. Anything unusual is left in place for
// the library to judge.
func split(text string) (rest string, lists map[int32][]chunk, gaps []gap) {
	lines := scan(text)
	lists = map[int32][]chunk{}
	var kept strings.Builder
	at := 0
	for _, key := range listKeys(lines) {
		end, ok := extent(lines, key)
		if !ok {
			continue
		}
		lists[int32(key+1)] = chunks(lines, key+1, end)
		gaps = append(gaps, gap{int32(key + 1), int32(end - key - 1)})
		kept.WriteString(join(lines[at : key+1]))
		at = end
	}
	kept.WriteString(join(lines[at:]))
	return kept.String(), lists, gaps
}

func join(lines []line) string {
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text)
	}
	return text.String()
}

func scan(text string) []line {
	lines := make([]line, 0, strings.Count(text, "\n")+1)
	for whole := range strings.Lines(text) {
		l := line{text: whole}
		bare := strings.TrimLeft(whole, " ")
		l.indent = len(whole) - len(bare)
		if bare != "" && bare[0] != '\n' && bare[0] != '#' {
			l.kind = bare[0]
		}
		lines = append(lines, l)
	}
	return lines
}

var bareKey = regexp.MustCompile(`^ *([a-z0-9_-]+) *:(?: +#.*| *)\n?$`)

// name is the key of a line that holds a key and nothing else, else "".
func (l line) name() string {
	if l.kind == 0 || l.kind == '-' {
		return ""
	}
	if m := bareKey.FindStringSubmatch(l.text); m != nil {
		return m[1]
	}
	return ""
}

// listKeys are the lines, from 0, of the keys `users:` whose place in the file is certain.
func listKeys(lines []line) []int {
	keys := children(lines, 0, len(lines), 0, "users")
	for _, instances := range children(lines, 0, len(lines), 0, "instances") {
		end := below(lines, instances)
		for _, slug := range children(lines, instances+1, end, firstIndent(lines, instances+1, end), "") {
			inner := below(lines, slug)
			keys = append(keys, children(lines, slug+1, inner, firstIndent(lines, slug+1, inner), "users")...)
		}
	}
	slices.Sort(keys)
	return keys
}

// children are the lines from..to with a bare key in a column, of a name when one is given.
func children(lines []line, from, to, indent int, name string) []int {
	var found []int
	for i := from; i < to; i++ {
		if lines[i].indent != indent || lines[i].kind == 0 {
			continue
		}
		if key := lines[i].name(); key != "" && (name == "" || key == name) {
			found = append(found, i)
		}
	}
	return found
}

// below is the line after all that stands further to the right than a key.
func below(lines []line, key int) int {
	end := key + 1
	for end < len(lines) && (lines[end].kind == 0 || lines[end].indent > lines[key].indent) {
		end++
	}
	return end
}

func firstIndent(lines []line, from, to int) int {
	for i := from; i < to; i++ {
		if lines[i].kind != 0 {
			return lines[i].indent
		}
	}
	return -1
}

// extent is the line after the block list of a key, and whether it is a block list all through.
func extent(lines []line, key int) (end int, ok bool) {
	indent := firstIndent(lines, key+1, len(lines))
	if indent < lines[key].indent {
		return 0, false
	}
	for end = key + 1; end < len(lines); end++ {
		l := lines[end]
		switch {
		case l.kind == 0 || l.indent > indent:
		case l.indent == indent && l.startsItem():
		case l.indent <= lines[key].indent && l.kind != '\t' && l.kind != '-':
			return end, end > key+1
		default:
			return 0, false
		}
	}
	return end, true
}

func (l line) startsItem() bool {
	bare := l.text[l.indent:]
	return l.kind == '-' && (bare == "-" || bare == "-\n" || bare[1] == ' ')
}

// chunks cuts a block list before items, each time enough has come together.
func chunks(lines []line, from, to int) []chunk {
	var all []chunk
	indent, size, start := firstIndent(lines, from, to), 0, from
	for i := from; i <= to; i++ {
		if i == to || size >= chunkSize && lines[i].kind != 0 && lines[i].indent == indent {
			all = append(all, chunk{text: join(lines[start:i]), line: int32(start)})
			start, size = i, 0
		}
		if i < to {
			size += len(lines[i].text)
		}
	}
	return all
}
