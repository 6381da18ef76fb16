package instance_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/instance"
)

func TestThePublishableKeyIsTheOneThatEveryDocumentPrints(t *testing.T) {
	const documented = "pk_test_bG9jYWxob3N0OjQ1NDUvLmFjY291bnRzLmRldiQ"
	if got := instance.PublishableKey("localhost:4545"); got != documented {
		t.Errorf("the key of localhost:4545 is %s", got)
	}
	for _, key := range []string{documented, documented + "="} { // padded ones exist in the wild
		if host, err := instance.ParsePublishableKey(key); err != nil || host != "localhost:4545/.accounts.dev" {
			t.Errorf("%s decodes to %q, %v", key, host, err)
		}
	}
}

func TestKeysThatCannotWorkAreRefusedWithTheReason(t *testing.T) {
	encode := func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }
	for key, reason := range map[string]string{
		"pk_live_" + encode("clerk.example.com$"): "production",
		"sk_test_x":                            "pk_test_",
		"pk_test_" + encode("localhost:4545$"): "dot",
		"pk_test_" + encode("a.dev"):           "$",
		"pk_test_" + encode("a.dev$b$"):        "$",
		"pk_test_%%%":                          "decode",
		"":                                     "pk_test_",
	} {
		if _, err := instance.ParsePublishableKey(key); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func FuzzParsePublishableKey(f *testing.F) {
	f.Add("pk_test_bG9jYWxob3N0OjQ1NDUvLmFjY291bnRzLmRldiQ")
	f.Add("pk_live_x")
	f.Fuzz(func(t *testing.T, key string) {
		host, err := instance.ParsePublishableKey(key)
		if err == nil && (!strings.Contains(host, ".") || strings.Contains(host, "$")) {
			t.Errorf("%q decodes to %q", key, host)
		}
	})
}

func TestSlugsThatCannotStandInAHostAreRefused(t *testing.T) {
	for _, slug := range []string{"", "A", "a_b", "a.b", "myclerk", strings.Repeat("a", 41), "ä"} {
		if instance.CheckSlug(slug) == nil {
			t.Errorf("slug %q is taken", slug)
		}
	}
	for _, slug := range []string{"a", "worker-1", strings.Repeat("a", 40)} {
		if err := instance.CheckSlug(slug); err != nil {
			t.Error(err)
		}
	}
}
