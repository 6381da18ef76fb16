package scenario

import (
	"strings"

	"github.com/nightclerk/nightclerk/internal/spelling"
)

func quote(text string) string { return "`" + text + "`" }

// list is a, b and c.
func list(names []string) string { return series(names, " and ") }

// oneOf is a, b or c.
func oneOf(names []string) string { return series(names, " or ") }

func series(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

// didYouMean is a hint when one of the names is close to what was written, else "".
func didYouMean(written string, names []string) string {
	if name := spelling.Closest(written, names); name != "" {
		return "did you mean " + quote(name) + "?"
	}
	return ""
}
