package scenario

import (
	"regexp"
	"slices"
	"strings"
)

// format is a kind of text: what the JSON Schema can say about it, and what only code can.
type format struct {
	pattern *regexp.Regexp
	expect  string
	name    string              // JSON Schema format, "" for none
	enum    []string            // closed list instead of a pattern
	max     int                 // greatest length in bytes, 0 for none
	problem func(string) string // why a text is refused, "" when it is not; goes before pattern
}

// reason says why a text is refused, "" when it is not.
func (f *format) reason(text string) string {
	if f.problem != nil {
		if why := f.problem(text); why != "" {
			return why
		}
	}
	if f.enum != nil && !slices.Contains(f.enum, text) || f.pattern != nil && !f.pattern.MatchString(text) {
		return "is not " + f.article()
	}
	if f.max > 0 && len(text) > f.max {
		return "is too long"
	}
	return ""
}

func (f *format) article() string {
	if before, _, found := strings.Cut(f.expect, ","); found {
		return before
	}
	return f.expect
}

// The patterns are read by Go and, through the JSON Schema, by ECMAScript: they keep to what both
// understand alike.
var formats = map[string]*format{
	"database_url": {
		pattern: regexp.MustCompile(`^postgres(ql)?://\S+$`),
		expect:  "a PostgreSQL URL, such as postgres://user@localhost:5432/nightclerk",
	},
	"duration": {
		pattern: regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$`),
		expect:  "a duration, such as 500ms, 5s or 1h30m",
		problem: durationProblem,
	},
	"email": {
		pattern: regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`),
		expect:  "an e-mail address, such as alice@example.com",
		max:     254,
	},
	"event_pattern": {
		pattern: regexp.MustCompile(`^[A-Za-z.]*\*?$`),
		expect:  "an event type such as user.created, or a beginning such as user.*",
		problem: eventPatternProblem,
	},
	"event_type": {
		enum:   eventTypes,
		expect: "one of Clerk's webhook events, such as user.created",
	},
	"header_name": {
		pattern: regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
		expect:  "the name of an HTTP header, such as X-Environment",
		problem: headerProblem,
	},
	"header_value": {
		pattern: regexp.MustCompile(`^[\t\x20-\x7e]*$`),
		expect:  "the value of an HTTP header, one line of ASCII",
		max:     4096,
	},
	"host": {
		pattern: regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`),
		expect:  "a host in lower case with an optional port, such as emulator:4545",
		problem: hostProblem,
	},
	"host_name": {
		pattern: regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+)$`),
		expect:  "a host name in lower case without port, such as emulator",
	},
	"issuer": {
		pattern: regexp.MustCompile(`^https?://[^\s/?#]+[^\s?#]*$`),
		expect:  "an http or https URL without query, such as http://localhost:4545",
		problem: urlProblem,
	},
	"listen": {
		pattern: regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]*):[0-9]{1,5}$`),
		expect:  "an address with a port, such as localhost:4545",
		problem: portProblem,
	},
	"password": {
		pattern: regexp.MustCompile(`^[\s\S]+$`),
		expect:  "a password, of at most 72 bytes",
		max:     72, // bcrypt reads no more
	},
	"phone": {
		pattern: regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`),
		expect:  "a phone number in E.164 form, such as +15555550100",
	},
	"publishable_key": {
		pattern: regexp.MustCompile(`^pk_test_[A-Za-z0-9+/]+={0,2}$`),
		expect:  "a publishable key, pk_test_ and base64 of a host that ends in $",
		problem: publishableKeyProblem,
	},
	"secret_key": {
		pattern: regexp.MustCompile(`^sk_test_[A-Za-z0-9]+$`),
		expect:  "a secret key, sk_test_ and letters or digits",
		problem: secretKeyProblem,
		max:     256,
	},
	"signing_key": {
		pattern: regexp.MustCompile(`^(development|generated|-----BEGIN [A-Z ]+-----[\s\S]+)$`),
		expect:  "development, generated or an RSA private key as PEM",
		problem: signingKeyProblem,
	},
	"slug": {
		pattern: regexp.MustCompile(`^[a-z0-9-]{1,40}$`),
		expect:  "a slug, 1 to 40 lower-case letters, digits and dashes",
		problem: slugProblem,
	},
	"template_name": {
		pattern: regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`),
		expect:  "a template name, letters, digits, dashes and underscores",
	},
	"text": {
		pattern: regexp.MustCompile(`^[\s\S]+$`),
		expect:  "a text, not empty",
		max:     1024,
	},
	"url": {
		pattern: regexp.MustCompile(`^https?://[^\s/?#]+\S*$`),
		expect:  "an http or https URL, such as http://localhost:3211/clerk-users-webhook",
		problem: urlProblem,
		name:    "uri",
	},
	"username": {
		pattern: regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`),
		expect:  "a username, letters, digits, dots, dashes and underscores",
	},
	"webhook_secret": {
		pattern: regexp.MustCompile(`^whsec_[A-Za-z0-9+/]+={0,2}$`),
		expect:  "a signing secret, whsec_ and base64 of 24 to 75 bytes",
		problem: webhookSecretProblem,
	},
}

// idFormat is the format of an id with a prefix. Clerk's have 27 base62 characters; a readable
// pinned id such as user_alice is as good, for no SDK looks inside.
func idFormat(prefix string) *format {
	return &format{
		pattern: regexp.MustCompile(`^` + prefix + `_[0-9A-Za-z]{1,64}$`),
		expect:  "an id, " + prefix + "_ and letters or digits (Clerk's own have 27)",
	}
}

func init() {
	for _, prefix := range []string{"ep", "idn", "ins", "jtmp", "user"} {
		formats[prefix] = idFormat(prefix)
	}
}
