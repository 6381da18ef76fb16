package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

func malformed() error { return apierr.MalformedRequestParameters() }

// validText refuses what PostgreSQL cannot store and JSON cannot carry.
func validText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func parseQuery(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, malformed()
	}
	for name, list := range values {
		for _, v := range append(list, name) {
			if !validText(v) {
				return nil, apierr.FormInvalidEncoding(name)
			}
		}
	}
	return values, nil
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, apierr.RequestBodyTooLarge(limit)
	}
	if err != nil {
		return nil, apierr.InvalidRequestBody()
	}
	return body, nil
}

// Decode fills the struct, or the list of structs, that in points to. Fields are named by the tags
// `path`, `query` and `json`; a field of the body that no tag names is an
// unknown parameter. Embedded structs count as part of the struct; one without
// `json` tags takes no body and ignores one.
func (c *Call) Decode(in any) error {
	v := reflect.ValueOf(in).Elem()
	if v.Kind() == reflect.Slice {
		return c.decodeList(v)
	}
	p := planOf(v.Type())
	if err := c.decodeURL(v, p); err != nil || len(p.body) == 0 {
		return err
	}
	return c.decodeBody(v, p)
}

// decodeList reads a body that is a list of objects. Its errors say which of
// them they are about, counted from 0.
func (c *Call) decodeList(v reflect.Value) error {
	if err := c.checkJSON(); err != nil {
		return err
	}
	var items []json.RawMessage
	if json.Unmarshal(c.Body, &items) != nil || items == nil {
		return apierr.InvalidRequestBody()
	}
	p := planOf(v.Type().Elem())
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	var errs []*apierr.Error
	for i, raw := range items {
		members, err := object(raw)
		if err != nil {
			return err
		}
		for _, e := range decodeMembers(v.Index(i), p, members) {
			errs = append(errs, e.With("index", i))
		}
	}
	return apierr.Join(errs...)
}

// decodeURL fills what stands in the path and the query.
func (c *Call) decodeURL(v reflect.Value, p *plan) error {
	for _, f := range p.path {
		v.FieldByIndex(f.index).SetString(c.Vars[f.name])
	}
	for _, f := range p.query {
		if err := decodeQuery(v.FieldByIndex(f.index), f.name, c.Query); err != nil {
			return err
		}
	}
	return nil
}

type field struct {
	name  string
	index []int
}

// plan is a struct's fields by where they come from.
type plan struct {
	path, query, bodyFields []field
	body                    map[string][]int
}

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{body: map[string][]int{}}
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("path"); name != "" {
			p.path = append(p.path, field{name, f.Index})
		}
		if name := f.Tag.Get("query"); name != "" {
			p.query = append(p.query, field{name, f.Index})
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			p.body[name] = f.Index
			p.bodyFields = append(p.bodyFields, field{name, f.Index})
		}
	}
	plans.Store(t, p)
	return p
}

// decodeQuery reads one parameter. Lists may be spelt name=a&name=b, as the SDKs
// do, or name[]=a, as the documentation's examples do.
func decodeQuery(dst reflect.Value, name string, query url.Values) error {
	values := query[name]
	if dst.Kind() == reflect.Slice {
		dst.Set(reflect.ValueOf(slices.Concat(values, query[name+"[]"])))
		return nil
	}
	if len(values) == 0 || values[0] == "" && dst.Kind() == reflect.Pointer {
		return nil
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	return decodeText(dst, name, values[0])
}

func decodeText(dst reflect.Value, name, text string) error {
	switch dst.Kind() {
	case reflect.String:
		dst.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return apierr.FormInvalidType(name, "integer")
		}
		dst.SetInt(n)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return apierr.FormInvalidType(name, "boolean")
		}
		dst.SetBool(b)
	default:
		panic(fmt.Sprintf("httpapi: parameter %s has a type that no query can hold: %s", name, dst.Type()))
	}
	return nil
}

// decodeBody reads a JSON object; an absent body is an empty one. All its errors
// are told at once.
func (c *Call) decodeBody(v reflect.Value, p *plan) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	if err := c.checkJSON(); err != nil {
		return err
	}
	members, err := object(c.Body)
	if err != nil {
		return err
	}
	return apierr.Join(decodeMembers(v, p, members)...)
}

// checkJSON refuses a body that is not JSON.
func (c *Call) checkJSON() error {
	if err := jsonContent(c.R.Header.Get("Content-Type")); err != nil {
		return err
	}
	if !utf8.Valid(c.Body) || !json.Valid(c.Body) {
		return apierr.InvalidRequestBody()
	}
	return nil
}

func decodeMembers(v reflect.Value, p *plan, members []member) (errs []*apierr.Error) {
	for _, m := range members {
		err := apierr.FormUnknownParameter(m.name)
		if index, known := p.body[m.name]; known {
			err = decodeMember(v.FieldByIndex(index), m)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

type member struct {
	name  string
	value json.RawMessage
}

// object reads an object as a list of members in their order.
func object(raw []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, apierr.InvalidRequestBody()
	}
	var members []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, apierr.InvalidRequestBody()
		}
		m := member{name: name.(string)}
		if err := dec.Decode(&m.value); err != nil {
			return nil, apierr.InvalidRequestBody()
		}
		members = append(members, m)
	}
	return members, nil
}

// jsonContent refuses a body that says it is something else than JSON. One that
// says nothing is read as JSON.
func jsonContent(contentType string) error {
	if contentType == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return apierr.UnsupportedContentType(contentType, "application/json")
	}
	return nil
}

func decodeMember(dst reflect.Value, m member) *apierr.Error {
	if bytes.Contains(m.value, []byte(`\u0000`)) && hasNUL(m.value) {
		return apierr.FormInvalidEncoding(m.name)
	}
	if err := json.Unmarshal(m.value, dst.Addr().Interface()); err != nil {
		return wrongType(m, err)
	}
	return nil
}

// hasNUL tells an escaped NUL from an escaped backslash before "u0000".
func hasNUL(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
			return true
		}
		i++ // what the backslash escapes is no start of another escape
	}
	return false
}

// wrongType words a type error as Clerk's Backend API does.
func wrongType(m member, err error) *apierr.Error {
	var typed *apierr.Error
	if errors.As(err, &typed) {
		return typed.With("param_name", m.name)
	}
	want := "value of another type"
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		want = jsonType(mismatch.Type)
	}
	e := apierr.FormInvalidParameterValue(m.name, "")
	e.LongMessage = fmt.Sprintf("%s is invalid. Received %s, must be of type %s.", m.name, kindOf(m.value), want)
	return e
}

func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
