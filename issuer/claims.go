package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ReservedClaimError refuses claims JSON that names a claim Clerk sets itself.
type ReservedClaimError struct {
	Claim string
}

func (e *ReservedClaimError) Error() string {
	return fmt.Sprintf("claim %q is set automatically in every token and cannot be overridden: remove it from the claims", e.Claim)
}

// templateReserved and sessionReserved are the claims no template may name, alphabetically.
var (
	templateReserved = []string{"azp", "exp", "iat", "iss", "jti", "nbf", "sub"}
	sessionReserved  = []string{"act", "azp", "exp", "fea", "fva", "iat", "iss", "jti", "nbf", "o", "pla", "sid", "sts", "sub", "v"}
)

// Claims is claims JSON with its shortcodes parsed: made once, evaluated at every mint, safe for concurrent use.
type Claims struct {
	members []member // by name
}

// claim is one member of a payload; value is its JSON text.
type claim struct {
	name  string
	value []byte
}

// CompileSessionClaims compiles the custom claims an instance adds to its session tokens. The claims of a session
// token itself are reserved: *ReservedClaimError names the first.
func CompileSessionClaims(claims json.RawMessage) (*Claims, error) {
	return compileClaims(claims, sessionReserved)
}

func compileClaims(claims json.RawMessage, reserved []string) (*Claims, error) {
	if !json.Valid(claims) { // also bounds the nesting
		return nil, errors.New("claims are not valid JSON: expected an object like {\"aud\": \"convex\"}")
	}
	dec := json.NewDecoder(bytes.NewReader(claims))
	dec.UseNumber()
	if token, _ := dec.Token(); token != json.Delim('{') {
		return nil, errors.New("claims must be a JSON object like {\"aud\": \"convex\"}")
	}
	members, err := parseMembers(dec)
	if err != nil {
		return nil, fmt.Errorf("claims: %w; write them as one JSON object", err)
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for _, m := range members {
		if slices.Contains(reserved, m.name) {
			return nil, &ReservedClaimError{Claim: m.name}
		}
	}
	return &Claims{members: members}, nil
}

// appendTo evaluates the claims for one subject.
func (c *Claims) appendTo(claims []claim, s *Subject) []claim {
	for _, m := range c.members {
		claims = append(claims, claim{m.name, m.node.appendJSON(nil, s)})
	}
	return claims
}

// node is a piece of claims JSON.
type node interface {
	appendJSON(dst []byte, s *Subject) []byte
}

type (
	static   []byte               // JSON without shortcodes, compact
	shortcut struct{ expression } // a string that is one shortcode alone: keeps its type
	mixed    []part               // a string with shortcodes in it: always a string
	array    []node
	object   []member
)

type member struct {
	name string
	node node
}

func (n static) appendJSON(dst []byte, _ *Subject) []byte { return append(dst, n...) }

func (n shortcut) appendJSON(dst []byte, s *Subject) []byte { return n.eval(s).appendJSON(dst) }

func (n mixed) appendJSON(dst []byte, s *Subject) []byte {
	var b []byte
	for _, p := range n {
		b = append(b, p.literal...)
		if p.expr != nil {
			b = p.expr.eval(s).appendText(b)
		}
	}
	return appendString(dst, string(b))
}

func (n array) appendJSON(dst []byte, s *Subject) []byte {
	dst = append(dst, '[')
	for i, item := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item.appendJSON(dst, s)
	}
	return append(dst, ']')
}

func (n object) appendJSON(dst []byte, s *Subject) []byte {
	dst = append(dst, '{')
	for i, m := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, m.name), ':')
		dst = m.node.appendJSON(dst, s)
	}
	return append(dst, '}')
}

// parseMembers reads an object whose { is consumed. A repeated name keeps its first place and its last value, as
// JSON.parse does.
func parseMembers(dec *json.Decoder) ([]member, error) {
	var members []member
	place := map[string]int{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		n, err := parseNode(dec)
		if err != nil {
			return nil, err
		}
		if i, again := place[name]; again {
			members[i].node = n
			continue
		}
		place[name] = len(members)
		members = append(members, member{name, n})
	}
	_, err := dec.Token()
	return members, err
}

func parseNode(dec *json.Decoder) (node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return parseText(t), nil
	case json.Number:
		return static(t), nil
	case json.Delim:
		return parseNested(dec, t)
	}
	b, err := json.Marshal(token) // true, false, null
	return static(b), err
}

func parseNested(dec *json.Decoder, open json.Delim) (node, error) {
	var n node
	var fixed bool
	var err error
	if open == '{' {
		n, fixed, err = parseObject(dec)
	} else {
		n, fixed, err = parseArray(dec)
	}
	if err == nil && fixed { // nothing to evaluate: keep the text
		n = static(n.appendJSON(nil, nil))
	}
	return n, err
}

func parseObject(dec *json.Decoder) (n object, fixed bool, err error) {
	members, err := parseMembers(dec)
	fixed = !slices.ContainsFunc(members, func(m member) bool { return !isStatic(m.node) })
	return members, fixed, err
}

func parseArray(dec *json.Decoder) (n array, fixed bool, err error) {
	for dec.More() {
		item, err := parseNode(dec)
		if err != nil {
			return nil, false, err
		}
		n = append(n, item)
	}
	fixed = !slices.ContainsFunc(n, func(item node) bool { return !isStatic(item) })
	_, err = dec.Token()
	return n, fixed, err
}

func isStatic(n node) bool { _, ok := n.(static); return ok }

func parseText(s string) node {
	parts := parseParts(s)
	switch {
	case len(parts) == 1 && parts[0].expr != nil:
		return shortcut{parts[0].expr}
	case slices.ContainsFunc(parts, func(p part) bool { return p.expr != nil }):
		return mixed(parts)
	}
	return static(appendString(nil, s))
}
