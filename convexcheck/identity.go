package convexcheck

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Field is one member of an identity; Value is its JSON.
type Field struct {
	Name  string
	Value json.RawMessage
}

// Identity is what ctx.auth.getUserIdentity() returns: tokenIdentifier, issuer and subject, then the standard fields
// that are set, then the custom claims by name. Its JSON is one object in that order.
type Identity []Field

// Get returns the JSON of a member, nil when the identity does not have it.
func (id Identity) Get(name string) json.RawMessage {
	for _, f := range id {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// MarshalJSON implements json.Marshaler. No identity is null.
func (id Identity) MarshalJSON() ([]byte, error) {
	if id == nil {
		return []byte("null"), nil
	}
	b := []byte{'{'}
	for i, f := range id {
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), f.Value...)
	}
	return append(b, '}'), nil
}

// Changed lists the members that differ between two identities of one user. Convex's query cache keys on the identity:
// a member that changes from one token to the next reruns every query that looks at it.
func Changed(a, b Identity) []string {
	var names []string
	for _, f := range slices.Concat(a, b) {
		if !bytes.Equal(a.Get(f.Name), b.Get(f.Name)) && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// newIdentity lays custom claims over the given fields: one that has the name of a field replaces it, as in Convex.
func newIdentity(iss, sub string, standard map[string]json.RawMessage, custom []field) Identity {
	id := Identity{
		{"tokenIdentifier", quote(iss + "|" + sub)},
		{"issuer", quote(iss)},
		{"subject", quote(sub)},
	}
	for _, c := range standardClaims {
		if value, ok := standard[c.field]; ok {
			id = append(id, Field{c.field, value})
		}
	}
	slices.SortStableFunc(custom, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for _, f := range custom {
		id = id.set(f.name, compact(f.value))
	}
	return id
}

func (id Identity) set(name string, value json.RawMessage) Identity {
	for i := range id {
		if id[i].Name == name {
			id[i].Value = value
			return id
		}
	}
	return append(id, Field{name, value})
}

// isIdentityField tells whether a name is one Convex sets itself.
func isIdentityField(name string) bool {
	return slices.Contains([]string{"tokenIdentifier", "issuer", "subject"}, name) ||
		slices.ContainsFunc(standardClaims, func(c standardClaim) bool { return c.field == name })
}

// flatten is how customJwt passes claims on: nested objects become dotted names, lists stay, empty objects vanish.
func flatten(prefix string, fields []field) (out []field) {
	for _, f := range fields {
		name := prefix + f.name
		if !isObject(f.value) {
			out = append(out, field{name, f.value})
			continue
		}
		nested, _ := parseObject(f.value)
		out = append(out, flatten(name+".", nested)...)
	}
	return out
}

func quote(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return bytes.TrimRight(b.Bytes(), "\n")
}

func compact(data json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return data
	}
	return b.Bytes()
}
