package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/webhooks"
)

// The file knows the actions that the noun knows.
func TestFaultActionsAreTheNouns(t *testing.T) {
	f, _ := reflect.TypeFor[WebhookFault]().FieldByName("Action")
	var want []string
	for _, info := range webhooks.Faults {
		want = append(want, string(info.Action))
	}
	if got := ruleOf(f.Tag).enum; !slices.Equal(got, want) {
		t.Errorf("the file has %v, the noun %v", got, want)
	}
}

// A wrong rule is refused with the line and the field that is wrong.
func TestWrongWebhookSettingsArePointedAt(t *testing.T) {
	for _, c := range []struct{ yaml, at, says string }{
		{"webhook_faults:\n  - {action: dorp}\n", "f:2:14", "did you mean"},
		{"webhook_faults:\n  - types: [user.*]\n", "f:2:5", "`action` is missing"},
		{"webhook_faults:\n  - action: delay\n    by: 5\n", "f:3:9", "in quotes"},
		{"webhook_faults:\n  - action: delay\n    by: \"5\"\n", "f:3:9", "has no unit"},
		{"webhook_faults:\n  - action: delay\n    by: 0s\n", "f:3:5", "such as 5s"},
		{"webhook_faults:\n  - action: drop\n    times: 2\n", "f:3:5", "means nothing to drop"},
		{"webhook_faults:\n  - {action: reorder, size: 1}\n", "f:2:23", "between 2"},
		{"webhook_faults:\n  - {action: drop, types: [users.*]}\n", "f:2:28", "fits none"},
		{"webhook_faults:\n  - {action: drop, probability: 2}\n", "f:2:33", "from 0 to 1"},
		{"webhook_faults:\n  - {action: drop, probability: \"0.5\"}\n", "f:2:33", "remove the quotes"},
		{"webhooks: {answer_after: 2h}\n", "f:1:26", "at most 1m"},
		{"webhook_endpoints:\n  - url: http://localhost:1/\n    timeout: 1h\n", "f:3:14", "at most 5m"},
		{"webhook_endpoints:\n  - url: http://localhost:1/\n    ordered: true\n    concurrency: 2\n", "f:4:18", "one message at a time"},
		{"server: {webhook_timeout: 10m}\n", "f:1:27", "at most 5m"},
		{"server: {webhook_jitter: 2}\n", "f:1:26", "from 0 to 1"},
	} {
		_, err := Parse("f", []byte(c.yaml))
		if err == nil || !strings.HasPrefix(err.Error(), c.at+":") || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "^") {
			t.Errorf("%s\nis refused with\n%v", c.yaml, err)
		}
	}
}
