package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one mistake in a file, ready to be shown: its text has several lines.
type Error struct {
	File         string // name given to [Parse]
	Line, Column int    // from 1, columns in characters; 0 when the file as a whole is meant
	Path         string // such as users[2].email_addresses[0], "" at the top
	Message      string // what is wrong
	Expected     string // what would be right, "" when the message says it
	Hint         string // what was probably meant, "" when unknown
	Excerpt      string // the line with a caret below; secrets in it are masked
}

// Error shows place, message, line with caret, expectation and hint.
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&s, ":%d:%d", e.Line, e.Column)
	}
	s.WriteString(": " + e.Message)
	if e.Path != "" {
		s.WriteString(" (at " + e.Path + ")")
	}
	if e.Excerpt != "" {
		s.WriteString("\n" + e.Excerpt)
	}
	if e.Expected != "" {
		s.WriteString("\n  expected " + e.Expected)
	}
	if e.Hint != "" {
		s.WriteString("\n  " + e.Hint)
	}
	return s.String()
}

// Errors are the mistakes of one file in the order of the file. It is what [Parse] returns.
type Errors []*Error

// Error shows every mistake, one after the other.
func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, one := range e {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap gives errors.As each single [Error].
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// maxErrors is how many mistakes are worth reading at once.
const maxErrors = 20

// problem is what a check has to say; the place comes from the node.
type problem struct {
	what, expected, hint string
	secret               bool // hide the line from the column on
}

// report collects mistakes and knows the text they are in.
type report struct {
	file   string
	text   string
	errors Errors
}

// add records a mistake. Line 0 is the file as a whole.
func (r *report) add(line, col int, path string, p problem) {
	if r.full() {
		return
	}
	e := &Error{File: r.file, Line: line, Column: col, Path: path, Message: maskSecrets(p.what), Expected: p.expected, Hint: maskSecrets(p.hint)}
	if line > 0 {
		e.Excerpt = excerpt(r.text, line, col, p.secret)
	}
	r.errors = append(r.errors, e)
}

// full says that no more mistakes are told, so that looking for them can end.
func (r *report) full() bool { return len(r.errors) == maxErrors }

// err is nil or the sorted [Errors].
func (r *report) err() error {
	if len(r.errors) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errors, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.full() {
		r.errors = append(r.errors, &Error{File: r.file, Message: "perhaps more; repair these first"})
	}
	return r.errors
}
