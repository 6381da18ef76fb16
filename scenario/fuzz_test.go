package scenario

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse: no bytes make Parse panic, and where the library can read a text at once, chunks do not
// change what is read.
func FuzzParse(f *testing.F) {
	for _, text := range splittable {
		f.Add([]byte(text))
	}
	if example, err := os.ReadFile("../examples/nightclerk.yaml"); err == nil {
		f.Add(example)
	}
	f.Add([]byte(`{"users":[{"id":"user_1","email_addresses":["a@b.co"],"public_metadata":{"a":[1,null]}}],"instances":{"a":{"users":[]}}}`))
	f.Add([]byte("&a [*a]: &b !!str ? |\n - {<<: *a}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := parse("x", data, len(data))
		if err != nil {
			_ = err.Error()
			return
		}
		if split, err := parse("x", data, -1); err == nil {
			if diff := cmp.Diff(whole, split); diff != "" {
				t.Errorf("in chunks: %s", diff)
			}
		}
	})
}

// FuzzSplit puts arbitrary text where a list of users can stand.
func FuzzSplit(f *testing.F) {
	f.Add("- id: user_1\n- id: user_2\n", byte(2))
	f.Fuzz(func(t *testing.T, list string, indent byte) {
		pad := strings.Repeat(" ", int(indent%8))
		text := "users:\n" + pad + strings.ReplaceAll(list, "\n", "\n"+pad) + "\nissuer: http://a\n"
		whole, err := parse("x", []byte(text), len(text))
		if err != nil {
			return
		}
		split, err := parse("x", []byte(text), -1)
		if diff := cmp.Diff(whole, split); err == nil && diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	})
}
