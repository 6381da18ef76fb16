package spectest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// ending is a test that notes how it was ended.
type ending struct {
	testing.TB
	skipped, failed string
}

func (e *ending) Helper() {}

func (e *ending) Skipf(format string, args ...any) {
	e.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (e *ending) Fatalf(format string, args ...any) {
	e.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func read(t *testing.T) (data []byte, end *ending) {
	end = &ending{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		data = spectest.Read(end, "bapi", "2026-05-12")
	}()
	<-done
	return data, end
}

func TestMissingDocumentsSkip(t *testing.T) {
	t.Setenv("CLERK_OPENAPI_DIR", t.TempDir())
	t.Setenv("CI", "")
	if _, end := read(t); end.skipped == "" || end.failed != "" {
		t.Errorf("skipped %q, failed %q", end.skipped, end.failed)
	}
}

func TestMissingDocumentsFailInCI(t *testing.T) {
	t.Setenv("CLERK_OPENAPI_DIR", t.TempDir())
	t.Setenv("CI", "true")
	if _, end := read(t); end.skipped != "" || end.failed == "" {
		t.Errorf("skipped %q, failed %q", end.skipped, end.failed)
	}
}

// Both the flat folder and a clone of clerk/openapi-specs serve.
func TestBothLayouts(t *testing.T) {
	for _, path := range []string{"bapi-2026-05-12.yml", "bapi/2026-05-12.yml"} {
		dir := t.TempDir()
		t.Setenv("CLERK_OPENAPI_DIR", dir)
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
		if data, _ := read(t); string(data) != path {
			t.Errorf("%s: read %q", path, data)
		}
	}
}
