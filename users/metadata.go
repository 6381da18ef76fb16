package users

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
)

// maxMetadata is the size of each kind of metadata in bytes of compact JSON
// (docs: metadata-callout).
const maxMetadata = 8 << 10

// MetadataParams are JSON objects; nil and null leave as it is.
type MetadataParams struct {
	PublicMetadata  json.RawMessage `json:"public_metadata"`
	PrivateMetadata json.RawMessage `json:"private_metadata"`
	UnsafeMetadata  json.RawMessage `json:"unsafe_metadata"`
}

// UpdateMetadata merges into a user's metadata, at every depth, and emits
// user.updated. A null removes its key (spec: UpdateUserMetadata).
func UpdateMetadata(tx *store.Tx, rules Rules, id string, p MetadataParams) (*User, error) {
	return change(tx, rules, id, func(u *User) error {
		return p.apply(u, func(old, patch map[string]any) map[string]any {
			merge(old, patch)
			return old
		})
	})
}

// ReplaceMetadata replaces the kinds of metadata that are given and emits
// user.updated.
func ReplaceMetadata(tx *store.Tx, rules Rules, id string, p MetadataParams) (*User, error) {
	return change(tx, rules, id, func(u *User) error { return p.apply(u, replace) })
}

func replace(_, given map[string]any) map[string]any { return given }

// merge is JSON merge patch (RFC 7386) on objects.
func merge(dst, patch map[string]any) {
	for key, value := range patch {
		object, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(dst, key)
		case isObject:
			old, _ := dst[key].(map[string]any)
			if old == nil {
				old = map[string]any{}
			}
			merge(old, object)
			dst[key] = old
		default:
			dst[key] = value
		}
	}
}

// apply combines each given kind with what the user has.
func (p MetadataParams) apply(u *User, combine func(old, given map[string]any) map[string]any) error {
	return apierr.Join(
		applyMetadata("public_metadata", &u.doc.PublicMetadata, p.PublicMetadata, combine),
		applyMetadata("private_metadata", &u.doc.PrivateMetadata, p.PrivateMetadata, combine),
		applyMetadata("unsafe_metadata", &u.doc.UnsafeMetadata, p.UnsafeMetadata, combine),
	)
}

func applyMetadata(param string, dst *json.RawMessage, raw json.RawMessage, combine func(old, given map[string]any) map[string]any) *apierr.Error {
	if absent(raw) {
		return nil
	}
	value, err := parseObject(param, raw)
	if err != nil {
		return err
	}
	old, err := parseObject(param, objectOf(*dst))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the size counts what was sent, not its escapes
	if enc.Encode(combine(old, value)) != nil {
		return apierr.FormMetadataInvalidType(param)
	}
	if b.Len()-1 > maxMetadata { // without the newline
		return apierr.FormParameterSizeTooLarge(param, maxMetadata)
	}
	*dst = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	return nil
}

// CheckMetadata returns metadata that is to become a user's in the form in which
// it is kept: an object, {} when absent.
func CheckMetadata(param string, raw json.RawMessage) (json.RawMessage, error) {
	kept := json.RawMessage("{}")
	err := applyMetadata(param, &kept, raw, replace)
	return kept, apierr.Join(err)
}

func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

// parseObject reads a JSON object; numbers keep their digits.
func parseObject(param string, raw json.RawMessage) (map[string]any, *apierr.Error) {
	if !utf8.Valid(raw) {
		return nil, apierr.FormInvalidEncoding(param)
	}
	var out map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&out) != nil || out == nil || len(bytes.TrimSpace(raw[dec.InputOffset():])) > 0 {
		return nil, apierr.FormMetadataInvalidType(param)
	}
	if hasNUL(out) {
		return nil, apierr.FormInvalidEncoding(param)
	}
	return out, nil
}

// hasNUL tells whether a text anywhere in a JSON value carries \u0000.
func hasNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, item := range v {
			if hasNUL(item) {
				return true
			}
		}
	case map[string]any:
		for key, item := range v {
			if strings.ContainsRune(key, 0) || hasNUL(item) {
				return true
			}
		}
	}
	return false
}
