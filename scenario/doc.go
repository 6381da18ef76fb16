// Package scenario knows the file that describes a world to start from: nightclerk.yaml.
//
// It knows the file's fields, what each may hold and how to say what is wrong with one: every
// complaint names file, line and column, shows the line with a caret, says what was expected and,
// where it can, what was probably meant. One set of struct tags drives parsing, checks and the JSON
// Schema for editors, so the three cannot drift apart.
//
// The YAML itself is read by goccy/go-yaml. Binding its tree to Go values is done here and not by
// that library's decoder, because the decoder stops at the first mistake and can neither suggest a
// name nor keep a password out of the line it shows.
//
// Field names are Clerk's own. A file owns the fields it names and no others, so absent, null and
// set are told apart throughout; [File.WithDefaults] adds what a start without a file needs.
//
// The package must not know HTTP, SQL, or how the nouns store what is described here.
package scenario
