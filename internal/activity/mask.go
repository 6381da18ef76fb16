package activity

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How much of a body is kept and read, and of a text within it, in bytes.
const (
	maxBody  = 8 << 10
	maxRead  = 256 << 10
	maxText  = 600
	keepText = 200
)

// maskJSON copies JSON without its secrets, in its own order, at most maxBody
// bytes of it; cut says that there was more, or that what follows is no JSON and
// nobody could say what in it is a secret. What is open then is closed. request tells the code that somebody
// typed from the code of an error.
func maskJSON(raw []byte, request bool) (out []byte, cut bool) {
	m := &masker{src: raw, request: request, cut: len(raw) > maxRead}
	if m.cut {
		m.src = raw[:maxRead]
	}
	if !m.value("") || m.pos < len(m.src) {
		m.cut = true
	}
	return m.finish(), m.cut
}

// masker copies one JSON text. A value whose name is not seen to be harmless does
// not get through, so whatever is not JSON ends it.
type masker struct {
	src     []byte
	pos     int
	out     []byte
	cut     bool
	request bool
	secrets []string // that were masked by their names
	closers []byte   // of the lists that are open
	stopped bool     // nothing is written any more
	left    []byte   // closers when it stopped
}

// maxDepth bounds how deep values are nested.
const maxDepth = 64

func (m *masker) space() byte {
	for m.pos < len(m.src) {
		switch b := m.src[m.pos]; b {
		case ' ', '\n', '\r', '\t':
			m.pos++
		default:
			return b
		}
	}
	return 0
}

// put writes a piece while there is room; what is masked later is looked for all
// the same.
func (m *masker) put(text string) {
	if len(m.out)+len(text) > maxBody {
		m.stop()
	}
	if !m.stopped {
		m.out = append(m.out, text...)
	}
}

func (m *masker) stop() {
	if !m.stopped {
		m.stopped, m.cut, m.left = true, true, slices.Clone(m.closers)
	}
}

// close makes what was written until it stopped JSON again.
func (m *masker) close() {
	m.out = bytes.TrimSuffix(m.out, []byte(","))
	if bytes.HasSuffix(m.out, []byte(":")) {
		m.out = append(m.out, `"…"`...)
	}
	slices.Reverse(m.left)
	m.out = append(m.out, m.left...)
}

// value copies one value, of the member name.
func (m *masker) value(name string) bool {
	defer m.space()
	switch b := m.space(); b {
	case '{':
		return m.list('}', m.member)
	case '[':
		return m.list(']', func() bool { return m.value(name) })
	case '"':
		text, raw, ok := m.text()
		if ok {
			m.putText(text, raw, m.masked(name, text), "")
		}
		return ok
	default:
		return m.word(name)
	}
}

// list copies what stands between brackets.
func (m *masker) list(end byte, item func() bool) bool {
	if len(m.closers) == maxDepth {
		return false
	}
	m.put(string(m.src[m.pos]))
	m.closers = append(m.closers, end)
	ok := m.items(end, item)
	if !ok {
		m.stop()
	}
	m.closers = m.closers[:len(m.closers)-1]
	m.put(string(end))
	return ok
}

// items copies what is in a list, up to its end.
func (m *masker) items(end byte, item func() bool) bool {
	m.pos++
	for first := true; ; first = false {
		b := m.space()
		if b == end {
			m.pos++
			return true
		}
		if !first {
			if b != ',' {
				return false
			}
			m.pos++
			m.put(",")
			m.space()
		}
		if !item() {
			return false
		}
	}
}

// member copies a name and its value.
func (m *masker) member() bool {
	if m.space() != '"' {
		return false
	}
	name, raw, ok := m.text()
	if !ok || m.space() != ':' {
		return false
	}
	m.pos++
	m.putText(name, raw, maskText(name), ":")
	return m.value(name)
}

// text reads a string, and how it is written.
func (m *masker) text() (text string, raw []byte, ok bool) {
	start, escaped := m.pos, false
	for m.pos++; m.pos < len(m.src); m.pos++ {
		switch b := m.src[m.pos]; {
		case b == '\\':
			escaped = true
			m.pos++
		case b < ' ':
			return "", nil, false
		case b == '"':
			m.pos++
			raw = m.src[start:m.pos]
			if !escaped && utf8.Valid(raw) {
				return string(raw[1 : len(raw)-1]), raw, true
			}
			return text, raw, json.Unmarshal(raw, &text) == nil
		}
	}
	return "", nil, false
}

// putText writes what is kept of a text: as it was written, if that is all of it and
// has no escapes, in which a secret could be spelt another way.
func (m *masker) putText(text string, raw []byte, kept, after string) {
	if kept == text && len(raw) == len(text)+2 {
		m.put(string(raw) + after)
	} else {
		m.put(m.quoted(kept) + after)
	}
}

// masked is what is kept of a text.
func (m *masker) masked(name, text string) string {
	if text != "" && secretName(name) && (m.request || name != "code" || !errorCode.MatchString(text)) {
		if isToken(text) {
			return maskToken(text)
		}
		if len(text) >= 4 && len(m.secrets) < 64 {
			m.secrets = append(m.secrets, text)
		}
		return Masked
	}
	return shortened(maskText(text))
}

// shortened cuts a long text; pictures travel as texts.
func shortened(text string) string {
	if len(text) <= maxText {
		return text
	}
	head := text[:keepText]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	return head + "… (" + strconv.Itoa(len(text)) + " bytes)"
}

// word copies a number, true, false or null; a number may be a code.
func (m *masker) word(name string) bool {
	start := m.pos
	for m.pos < len(m.src) && !bytes.ContainsRune([]byte(" \n\r\t,]}"), rune(m.src[m.pos])) {
		m.pos++
	}
	word := string(m.src[start:m.pos])
	switch {
	case !json.Valid([]byte(word)):
		return false
	case word[0] != 't' && word[0] != 'f' && word[0] != 'n' && secretName(name):
		m.put(`"` + Masked + `"`)
	default:
		m.put(word)
	}
	return true
}

func (m *masker) quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(text) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// finish masks what was masked by its name also where it stands under another, and
// closes what is open.
// The longest goes first: one secret may be the beginning of another.
func (m *masker) finish() []byte {
	slices.SortFunc(m.secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range m.secrets {
		inner := m.quoted(secret)
		m.out = bytes.ReplaceAll(m.out, []byte(inner[1:len(inner)-1]), []byte(Masked))
	}
	if m.stopped {
		m.close()
	}
	return m.out
}
