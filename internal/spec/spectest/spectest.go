// Package spectest knows where a test finds Clerk's published OpenAPI documents.
// They are data of the tests alone: no part of the program may import this
// package.
package spectest

import (
	"os"
	"path/filepath"
	"testing"
)

// Read returns the document, for instance ("bapi", "2026-05-12").
//
// The documents are looked for in the folder CLERK_OPENAPI_DIR, by default
// ../shared/spec beside the repository, as bapi-2026-05-12.yml or, as in the
// public repository clerk/openapi-specs, bapi/2026-05-12.yml. Without them the
// test is skipped; with CI=true it fails.
func Read(t testing.TB, name, version string) []byte {
	t.Helper()
	data, dir := find(t, name, version)
	if data == nil {
		missing(t, name+" "+version, dir)
	}
	return data
}

// Available tells whether Read would find the document. A test that is worth
// running without it asks, and says loudly what it did not check.
func Available(t testing.TB, name, version string) bool {
	t.Helper()
	data, _ := find(t, name, version)
	return data != nil || os.Getenv("CI") == "true"
}

func find(t testing.TB, name, version string) (data []byte, dir string) {
	t.Helper()
	dir = folder(t)
	for _, path := range []string{
		filepath.Join(dir, name+"-"+version+".yml"),
		filepath.Join(dir, name, version+".yml"),
	} {
		if data, err := os.ReadFile(path); err == nil {
			return data, dir
		}
	}
	return nil, dir
}

func missing(t testing.TB, document, dir string) {
	t.Helper()
	const hint = "Clerk's OpenAPI document %s is not in %s: clone github.com/clerk/openapi-specs and set CLERK_OPENAPI_DIR to it"
	if os.Getenv("CI") == "true" {
		t.Fatalf(hint, document, dir)
	}
	t.Skipf("SKIPPED, NOTHING WAS CHECKED: "+hint, document, dir)
}

func folder(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("CLERK_OPENAPI_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(Root(t), "..", "shared", "spec")
}

// Root returns the folder of go.mod above the working directory, which for a
// test is its package's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("find the working directory: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory: run the test inside the module")
		}
		dir = parent
	}
}
