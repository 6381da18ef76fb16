package scenario

import (
	"strings"
	"testing"
	"time"
)

// TestHostile repeats short pieces of YAML. The library behind would recurse without bound or need
// gigabytes for some of them.
func TestHostile(t *testing.T) {
	pieces := []string{
		"[", "- ", "a: ", "\"", "'", "|\n", "&a ", "!", "!!str ", "!!str\n", "? ", "?\n", "{a: ", "#", "\t", " ", "\n", "- - ",
		"a\n", "a: b\n", "- a\n", "- |\n  x\n", "*a ", "%", "%a\n", "---\n", "...\n", "{", "}", "]", ",", "[,", "a:\n", "'a'\n",
		"\"a\" \n", "\"\\\n", "'\n", "> \n x\n", "@", "`", "\r", "\u0085", "é", "[a,b],", "- {a: b}\n", "\"x\\n", "# c\n",
		"a: # c\n", "  - b\n", " a\n", "{\n", "[\n", "- [\n", "<<: *a\n", "<<: {", "&a [", "*a : ", "{\"a\":", "[{\"a\":",
		"users:\n", "instances:\n  a:\n", "users:\n- &a\n", "- &a [*a]\n",
	}
	for _, piece := range pieces {
		start := time.Now()
		data := []byte(strings.Repeat(piece, 60_000/len(piece)))
		_, _ = Parse("hostile.yaml", data)
		_, _ = parse("hostile.yaml", append([]byte("users:\n"), data...), 0)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q takes %v", piece, took)
		}
	}
}
