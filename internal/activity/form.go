package activity

import (
	"net/url"
	"strings"
)

// Pair is a parameter of a query or a form, decoded.
type Pair struct{ Name, Value string }

// maxPairs bounds how many parameters are kept.
const maxPairs = 100

// maskPairs decodes a query or form without its secrets, in its order. cut says
// that there was more, or something that cannot be decoded.
func maskPairs(raw string) (out []Pair, cut bool) {
	if len(raw) > maxRead {
		return nil, true
	}
	size := 0
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		p, ok := maskPair(part)
		if size += len(p.Name) + len(p.Value); !ok || size > maxBody || len(out) == maxPairs {
			return out, true
		}
		out = append(out, p)
	}
	return out, false
}

func maskPair(part string) (Pair, bool) {
	rawName, rawValue, _ := strings.Cut(part, "=")
	name, err := url.QueryUnescape(rawName)
	if err != nil {
		return Pair{}, false
	}
	value, err := url.QueryUnescape(rawValue)
	switch {
	case err != nil:
		return Pair{}, false
	case value != "" && secretName(name) && isToken(value):
		value = maskToken(value)
	case value != "" && secretName(name):
		value = Masked
	case strings.HasPrefix(value, "{") || strings.HasPrefix(value, "["): // JSON within a form
		masked, _ := maskJSON([]byte(value), true)
		value = string(masked)
	default:
		value = shortened(maskText(value))
	}
	return Pair{shortened(maskText(name)), value}, true
}
