package webhooks

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// The names svix-server refuses for custom headers (FORBIDDEN_KEYS and
// FORBIDDEN_PREFIXES of core/types/mod.rs), lower case.
var (
	forbiddenHeaders = []string{
		"age", "cache-control", "clear-site-data", "content-encoding", "content-language", "content-length",
		"content-location", "content-type", "expires", "keep-alive", "pragma", "proxy-authenticate",
		"proxy-authorization", "te", "trailers", "transfer-encoding", "upgrade", "user-agent", "warning",
	}
	forbiddenHeaderPrefixes = []string{
		"svix-", "x-amz-", "x-amzn-", "x-azure-", "x-fd-", "x-gfe", "x-goog-", "x-google", "x-svix-",
	}
	// sensitiveHeaders are answered by name only.
	sensitiveHeaders = []string{
		"authorization", "proxy-authenticate", "proxy-authorization", "www-authenticate", "x-api-key", "x-auth-token",
	}
)

const maxHeaderValue = 4096

// What RFC 9110 allows as a field name and a field value.
var (
	headerNamePattern  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	headerValuePattern = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`)
)

// PatchHeaders sets the custom headers that have a value and removes those that
// have none.
func (p *EndpointParams) PatchHeaders(headers map[string]*string) {
	merged := map[string]string{}
	maps.Copy(merged, p.Headers)
	for name, value := range headers {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = *value
		}
	}
	p.Headers = merged
}

func checkHeaders(headers map[string]string) error {
	for name, value := range headers {
		if msg := headerFault(name, value); msg != "" {
			return Invalid([]string{"body", "headers"}, msg)
		}
	}
	return nil
}

func headerFault(name, value string) string {
	lower := strings.ToLower(name)
	switch {
	case !headerNamePattern.MatchString(name):
		return "Invalid Header Name."
	case slices.Contains(forbiddenHeaders, lower):
		return "Header uses a forbidden key."
	case slices.ContainsFunc(forbiddenHeaderPrefixes, func(p string) bool { return strings.HasPrefix(lower, p) }):
		return "Header starts with a forbidden prefix."
	case !headerValuePattern.MatchString(value):
		return "Invalid Header Value."
	case len(value) > maxHeaderValue:
		return "Maximum header length is 4096 bytes"
	}
	return ""
}

// addCustomHeaders sets an endpoint's own headers in the user's spelling; they
// win over the defaults.
func addCustomHeaders(h http.Header, custom map[string]string) {
	for name, value := range custom {
		h.Del(name)
		h[name] = []string{value}
	}
}
