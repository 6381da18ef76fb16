package contract

import (
	"fmt"
	"strings"
	"testing"
)

// recorder is a test that only takes notes of its errors.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// expect fails the test unless there is one error for each wanted text, in any
// order, and no other.
func (r *recorder) expect(t *testing.T, want ...string) {
	t.Helper()
	left := r.errors
	for _, text := range want {
		i := indexOf(left, text)
		if i < 0 {
			t.Errorf("no error contains %q; errors:\n%s", text, strings.Join(r.errors, "\n"))
			continue
		}
		left = append(left[:i:i], left[i+1:]...)
	}
	if len(left) > 0 && !t.Failed() {
		t.Errorf("unexpected errors:\n%s", strings.Join(left, "\n"))
	}
}

func indexOf(all []string, text string) int {
	for i, one := range all {
		if strings.Contains(one, text) {
			return i
		}
	}
	return -1
}
