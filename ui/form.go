package ui

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/webhooks"
)

// form is what a person filled in and what is wrong with it, field by field.
// Names are those of the parameters of Clerk's and Svix's APIs, so that the
// nouns' errors find their fields.
type form struct {
	values url.Values
	errs   map[string]string
	places map[string]*place
	// Problems are errors that belong to no field of the form.
	Problems []string
}

func newForm(values url.Values) *form {
	if values == nil {
		values = url.Values{}
	}
	return &form{values: values, errs: map[string]string{}, places: map[string]*place{}}
}

// Get is a field's text.
func (f *form) Get(name string) string { return f.values.Get(name) }

// Is tells whether a choice of a field is the one that was made.
func (f *form) Is(name, value string) bool {
	for _, v := range f.values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Err is what is wrong with a field, "" for nothing.
func (f *form) Err(name string) string { return f.errs[name] }

// Failed tells whether anything is wrong.
func (f *form) Failed() bool { return len(f.errs)+len(f.Problems) > 0 }

// set gives a field a text.
func (f *form) set(name, value string) { f.values.Set(name, value) }

// mark says what is wrong with a field; the first word on a field stays.
func (f *form) mark(name, message string) {
	if f.errs[name] == "" {
		f.errs[name] = message
	}
}

// take sorts an error of a noun into the form and returns nil, or returns what
// is not about the form: a missing resource, a failure.
func (f *form) take(err error) error {
	if errors.Is(err, errMarked) {
		return nil
	}
	var refusal *webhooks.Error
	if errors.As(err, &refusal) {
		return f.takeSvix(refusal)
	}
	list := apierr.All(err)
	for _, e := range list {
		if e.Status != http.StatusUnprocessableEntity && e.Status != http.StatusBadRequest && e.Status != http.StatusForbidden {
			return err
		}
	}
	for _, e := range list {
		f.place(e)
	}
	if list == nil {
		return err
	}
	return nil
}

// errMarked ends the transaction of a form that is wrong already: it was begun
// to hear what the noun has to say of the other fields.
var errMarked = errors.New("fields of the form are marked as wrong")

// unless is err, or errMarked when the form is wrong already.
func (f *form) unless(err error) error {
	if err == nil && f.Failed() {
		return errMarked
	}
	return err
}

// place puts an error at the fields it names, else above the form.
func (f *form) place(e *apierr.Error) {
	names, _ := e.Meta["param_names"].([]string)
	for _, name := range names {
		f.mark(name, "This is required here.")
	}
	name := strings.TrimSuffix(e.Param(), "[]")
	switch _, known := f.values[name]; {
	case len(names) > 0:
	case name != "" && known:
		f.mark(name, sentence(e))
	default:
		f.Problems = append(f.Problems, sentence(e))
	}
}

func (f *form) takeSvix(e *webhooks.Error) error {
	if e.Status == http.StatusNotFound {
		return e
	}
	for _, field := range e.Fields {
		f.mark(field.Loc[len(field.Loc)-1], field.Msg)
	}
	if len(e.Fields) == 0 {
		f.Problems = append(f.Problems, e.Detail)
	}
	return nil
}

// optional is a field's text without surrounding spaces, nil when empty.
func (f *form) optional(name string) *string {
	text := strings.TrimSpace(f.Get(name))
	if text == "" {
		return nil
	}
	return &text
}

// fieldView is what the template of a field needs.
type fieldView struct {
	Name, Label, Type, Hint, Value, Err, List string
	Required                                  bool
	Options                                   []option
	Place                                     *place // where a JSON text is wrong
}

// option is a choice of a field.
type option struct{ Value, Text string }

// Choice is a field with a list of values; an empty one is shown as default.
func (f *form) Choice(name, label, hint string, values ...string) fieldView {
	v := f.Field(name, label, "select", hint)
	for _, value := range values {
		v.Options = append(v.Options, option{value, cmp.Or(value, "default")})
	}
	return v
}

// Field describes a field to its template; typ is that of an input, or json for
// a text area. An empty hint says nothing.
func (f *form) Field(name, label, typ, hint string) fieldView {
	return fieldView{Name: name, Label: label, Type: typ, Hint: hint, Value: f.Get(name), Err: f.Err(name), Place: f.places[name]}
}

// List is a field that offers the options of a datalist.
func (f *form) List(name, label, list, hint string) fieldView {
	v := f.Field(name, label, "text", hint)
	v.List = list
	return v
}

// Password is a field whose text is never sent back to the page.
func (f *form) Password(name, label string) fieldView {
	v := f.Field(name, label, "password", "Kept as a hash.")
	v.Value = ""
	return v
}
