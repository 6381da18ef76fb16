package scenario

import (
	"strings"
	"testing"
)

// TestHostile repeats short pieces of YAML. The library behind would recurse without bound or need
// gigabytes for some of them; each must simply come to an end, before the test's own time is up.
func TestHostile(t *testing.T) {
	pieces := []string{
		"[", "- ", "a: ", "\"", "'", "|\n", "&a ", "!", "!!str ", "!!str\n", "? ", "?\n", "{a: ", "#", "\t", " ", "\n", "- - ",
		"a\n", "a: b\n", "- a\n", "- |\n  x\n", "*a ", "%", "%a\n", "---\n", "...\n", "{", "}", "]", ",", "[,", "a:\n", "'a'\n",
		"\"a\" \n", "\"\\\n", "'\n", "> \n x\n", "@", "`", "\r", "\u0085", "é", "[a,b],", "- {a: b}\n", "\"x\\n", "# c\n",
		"a: # c\n", "  - b\n", " a\n", "{\n", "[\n", "- [\n", "<<: *a\n", "<<: {", "&a [", "*a : ", "{\"a\":", "[{\"a\":",
		"users:\n", "instances:\n  a:\n", "users:\n- &a\n", "- &a [*a]\n",
	}
	for _, piece := range pieces {
		data := []byte(strings.Repeat(piece, 20_000/len(piece)))
		_, _ = Parse("hostile.yaml", data)
		_, _ = parse("hostile.yaml", append([]byte("users:\n"), data...), 0)
	}
}
