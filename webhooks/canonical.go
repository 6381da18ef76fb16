package webhooks

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical encodes data as JSON whose bytes survive a JavaScript
// JSON.stringify(JSON.parse(x)): many receivers verify a signature over a body
// their framework has parsed and written again (@clerk/fastify always,
// @clerk/express after express.json()), so any other spelling would look like
// a wrong signature to them.
//
// Keys are sorted, integer-like keys first in ascending order as JavaScript
// engines enumerate them. Numbers lose precision exactly as they do in
// JavaScript. A json.RawMessage or []byte holding JSON is taken as it is.
func Canonical(data any) ([]byte, error) {
	c := canonicals.Get().(*canonical)
	defer canonicals.Put(c)
	src, err := c.plain(data)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(src) {
		src = bytes.ToValidUTF8(src, []byte("\uFFFD"))
	}
	w := &c.writer
	w.src, w.pos, w.dst, w.members = src, 0, make([]byte, 0, len(src)), w.members[:0]
	w.value()
	out := w.dst
	w.src, w.dst = nil, nil
	return out, nil
}

// canonical is what one encoding needs beside its result: a body is two kilobytes
// and would leave five times as much behind.
type canonical struct {
	buf    bytes.Buffer
	writer canonicalWriter
}

var canonicals = sync.Pool{New: func() any { return &canonical{} }}

// maxKept is the largest buffer that is kept for the next encoding.
const maxKept = 64 << 10

// plain is plainJSON into a buffer that is used again.
func (c *canonical) plain(data any) ([]byte, error) {
	switch raw := data.(type) {
	case []byte:
		return validJSON(raw)
	case json.RawMessage:
		return validJSON(raw)
	}
	if c.buf.Cap() > maxKept {
		c.buf = bytes.Buffer{}
	}
	c.buf.Reset()
	return encodeJSON(&c.buf, data)
}

// plainJSON encodes without HTML escaping; []byte means JSON, not base64.
func plainJSON(data any) ([]byte, error) {
	switch raw := data.(type) {
	case []byte:
		return validJSON(raw)
	case json.RawMessage:
		return validJSON(raw)
	}
	return encodeJSON(&bytes.Buffer{}, data)
}

func encodeJSON(buf *bytes.Buffer, data any) ([]byte, error) {
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil {
		return nil, fmt.Errorf("webhooks: encode event data: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func validJSON(raw []byte) ([]byte, error) {
	if !json.Valid(raw) {
		return nil, fmt.Errorf("webhooks: event data of %d bytes is not JSON; pass a value or valid JSON bytes", len(raw))
	}
	return raw, nil
}

// canonicalWriter rewrites valid JSON in one pass; only objects whose members
// are out of order are copied once more.
type canonicalWriter struct {
	src []byte
	pos int
	dst []byte
	// members are those of the objects that are open, the innermost last;
	// unordered is where an object's bytes are while its members are put in
	// order. Both are kept because a body has many small objects.
	members   []member
	unordered []byte
}

func (w *canonicalWriter) value() {
	switch w.peek() {
	case '{':
		w.object()
	case '[':
		w.array()
	case '"':
		w.string()
	case 't', 'n':
		w.literal(4)
	case 'f':
		w.literal(5)
	default:
		w.number()
	}
}

// peek skips white space and returns the next byte without consuming it.
func (w *canonicalWriter) peek() byte {
	for w.pos < len(w.src) {
		switch b := w.src[w.pos]; b {
		case ' ', '\t', '\r', '\n':
			w.pos++
		default:
			return b
		}
	}
	return 0
}

func (w *canonicalWriter) literal(n int) {
	w.dst = append(w.dst, w.src[w.pos:w.pos+n]...)
	w.pos += n
}

func (w *canonicalWriter) array() {
	w.dst = append(w.dst, '[')
	w.pos++
	for first := true; w.peek() != ']'; first = false {
		if !first {
			w.pos++ // the comma
			w.dst = append(w.dst, ',')
		}
		w.value()
	}
	w.pos++
	w.dst = append(w.dst, ']')
}

// member is one `"key":value` written to dst[from:to], its key to dst[from:colon].
type member struct {
	from, colon, to int
	// rank orders most keys without looking at them: array indexes by their value
	// come first, then all others by their first seven bytes.
	rank uint64
}

func (w *canonicalWriter) object() {
	w.dst = append(w.dst, '{')
	w.pos++
	start, outer := len(w.dst), len(w.members)
	for first := true; w.peek() != '}'; first = false {
		if !first {
			w.pos++
			w.peek()
			w.dst = append(w.dst, ',')
		}
		m := w.member()
		w.members = append(w.members, m)
	}
	w.pos++
	if members := w.members[outer:]; !w.inOrder(members) {
		w.arrange(start, members)
	}
	w.members = w.members[:outer]
	w.dst = append(w.dst, '}')
}

func (w *canonicalWriter) member() member {
	m := member{from: len(w.dst)}
	w.string()
	m.colon = len(w.dst)
	m.rank = rank(w.dst[m.from+1 : m.colon-1])
	w.peek()
	w.pos++ // the colon
	w.dst = append(w.dst, ':')
	w.value()
	m.to = len(w.dst)
	return m
}

func (w *canonicalWriter) inOrder(members []member) bool {
	for i := 1; i < len(members); i++ {
		if compareMembers(w.dst, members[i-1], members[i]) >= 0 {
			return false
		}
	}
	return true
}

// arrange puts the members written since start in order. Of duplicate keys the
// last one wins, as in JSON.parse.
func (w *canonicalWriter) arrange(start int, members []member) {
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(compareMembers(w.dst, a, b), cmp.Compare(a.from, b.from))
	})
	w.unordered = append(w.unordered[:0], w.dst[start:]...)
	key := func(m member) []byte { return w.unordered[m.from-start : m.colon-start] }
	w.dst = w.dst[:start]
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(key(m), key(members[i+1])) {
			continue
		}
		if len(w.dst) > start {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, w.unordered[m.from-start:m.to-start]...)
	}
}

func compareMembers(text []byte, a, b member) int {
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	return bytes.Compare(text[a.from:a.colon], text[b.from:b.colon])
}

// notIndex is set in the rank of keys that are not array indexes.
const notIndex = 1 << 63

func rank(key []byte) uint64 {
	if n, ok := arrayIndex(key); ok {
		return n
	}
	r := uint64(notIndex)
	for i, b := range key[:min(len(key), 7)] {
		r |= uint64(b) << (48 - 8*i)
	}
	return r
}

// arrayIndex reports whether JavaScript treats key as an array index: a decimal
// integer in its shortest form below 2^32-1. Such keys are enumerated first.
func arrayIndex(key []byte) (uint64, bool) {
	if len(key) == 0 || len(key) > 10 || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	for _, b := range key {
		if b < '0' || b > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(key), 10, 64)
	return n, err == nil && n < math.MaxUint32
}

func (w *canonicalWriter) string() {
	w.dst = append(w.dst, '"')
	w.pos++
	for {
		from := w.pos
		for b := w.src[w.pos]; b != '"' && b != '\\'; b = w.src[w.pos] {
			w.pos++
		}
		w.dst = append(w.dst, w.src[from:w.pos]...)
		if w.src[w.pos] == '"' {
			break
		}
		w.escape()
	}
	w.pos++
	w.dst = append(w.dst, '"')
}

// escape rewrites one escape sequence as JSON.stringify would spell it.
func (w *canonicalWriter) escape() {
	b := w.src[w.pos+1]
	if b != 'u' {
		w.pos += 2
		if b == '/' {
			w.dst = append(w.dst, '/')
			return
		}
		w.dst = append(w.dst, '\\', b)
		return
	}
	r := w.hex4()
	if utf16.IsSurrogate(r) {
		r = w.pair(r)
	}
	w.dst = appendRune(w.dst, r)
}

// hex4 consumes a \uXXXX.
func (w *canonicalWriter) hex4() rune {
	n, _ := strconv.ParseUint(string(w.src[w.pos+2:w.pos+6]), 16, 32)
	w.pos += 6
	return rune(n)
}

// pair consumes the second half of a surrogate pair, if it follows; a lone
// half is returned as it is.
func (w *canonicalWriter) pair(high rune) rune {
	if w.pos+6 > len(w.src) || w.src[w.pos] != '\\' || w.src[w.pos+1] != 'u' {
		return high
	}
	back := w.pos
	if r := utf16.DecodeRune(high, w.hex4()); r != utf8.RuneError {
		return r
	}
	w.pos = back
	return high
}

const shortEscapes = "\b\t\n\f\r\"\\"

// appendRune writes r the way JSON.stringify does: raw unless it is a control
// character, a quote, a backslash, or half a surrogate pair.
func appendRune(dst []byte, r rune) []byte {
	if i := strings.IndexRune(shortEscapes, r); i >= 0 {
		return append(dst, '\\', `btnfr"\`[i])
	}
	if r < 0x20 || utf16.IsSurrogate(r) {
		return fmt.Appendf(dst, `\u%04x`, r)
	}
	return utf8.AppendRune(dst, r)
}

func (w *canonicalWriter) number() {
	start, integer := w.pos, true
	for w.pos < len(w.src) && isNumberByte(w.src[w.pos]) {
		if b := w.src[w.pos]; b == '.' || b == 'e' || b == 'E' {
			integer = false
		}
		w.pos++
	}
	text := w.src[start:w.pos]
	if integer && len(text) <= 15 && string(text) != "-0" {
		w.dst = append(w.dst, text...)
		return
	}
	w.dst = appendNumber(w.dst, string(text))
}

func isNumberByte(b byte) bool {
	return b >= '0' && b <= '9' || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E'
}

// appendNumber writes text as ECMAScript's Number::toString would; what a
// double cannot hold becomes null, as JSON.stringify(Infinity) does.
func appendNumber(dst []byte, text string) []byte {
	f, _ := strconv.ParseFloat(text, 64)
	switch abs := math.Abs(f); {
	case math.IsInf(f, 0):
		return append(dst, "null"...)
	case f == 0:
		return append(dst, '0') // -0 too
	case abs >= 1e-6 && abs < 1e21:
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1] // Go pads the exponent to two digits, JavaScript does not
		dst = dst[:n-1]
	}
	return dst
}
