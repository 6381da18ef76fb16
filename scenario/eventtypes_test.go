package scenario

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"
)

// TestEventTypesAreClerks compares the list with Clerk's webhook document.
func TestEventTypesAreClerks(t *testing.T) {
	dir := cmp.Or(os.Getenv("CLERK_OPENAPI_DIR"), "../../shared/spec")
	text, err := os.ReadFile(filepath.Join(dir, "webhooks-2025-04-15.yml"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("NOT CHECKED: Clerk's OpenAPI documents are not in %s; set CLERK_OPENAPI_DIR", dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Webhooks map[string]any `yaml:"x-webhooks"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var want []string
	for name := range document.Webhooks {
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := gocmp.Diff(want, slices.Sorted(slices.Values(eventTypes))); diff != "" {
		t.Error(diff)
	}
}
