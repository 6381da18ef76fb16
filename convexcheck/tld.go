package convexcheck

import (
	_ "embed"
	"strings"
	"sync"
)

// tldText is the ASCII part of the DNS root zone's top-level domains.
//
//go:embed tlds.txt
var tldText string

var tlds = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for tld := range strings.FieldsSeq(tldText) {
		set[tld] = true
	}
	return set
})

// endsWithTLD is Convex's guess at whether a domain without a scheme is one: "localhost", or a name under a top-level
// domain that exists.
func endsWithTLD(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 {
		return host == "localhost"
	}
	tld := strings.ToLower(host[dot+1:])
	return tlds()[tld] || strings.HasPrefix(tld, "xn--")
}
