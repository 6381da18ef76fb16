package httpapi

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"reflect"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

const formContentType = "application/x-www-form-urlencoded"

// DecodeForm is Decode for a body that is a form. The SDKs of browsers send
// forms so that no request needs a preflight; values that are no text are
// spelt as JSON within it. Fields that no tag names are ignored: every version
// of the SDKs adds some. What is absent stays nil, what is empty becomes an
// empty string, or null in a field that reads JSON.
func (c *Call) DecodeForm(in any) error {
	v := reflect.ValueOf(in).Elem()
	p := planOf(v.Type())
	if err := c.decodeURL(v, p); err != nil || len(p.body) == 0 {
		return err
	}
	form, err := c.form()
	if err != nil {
		return err
	}
	var errs []*apierr.Error
	for _, f := range p.bodyFields {
		if values := append(form[f.name], form[f.name+"[]"]...); len(values) > 0 {
			errs = append(errs, decodeFormField(v.FieldByIndex(f.index), f.name, values))
		}
	}
	return apierr.Join(errs...)
}

// form parses the body, whatever it says it is, unless that is something else.
func (c *Call) form() (url.Values, error) {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil, nil
	}
	if contentType := c.R.Header.Get("Content-Type"); contentType != "" {
		if media, _, err := mime.ParseMediaType(contentType); err != nil || media != formContentType {
			return nil, apierr.UnsupportedContentType(contentType, formContentType)
		}
	}
	return parseQuery(string(c.Body))
}

func decodeFormField(dst reflect.Value, name string, values []string) *apierr.Error {
	if list, ok := dst.Addr().Interface().(*[]string); ok {
		*list = values
		return nil
	}
	text := values[0]
	if raw, ok := dst.Addr().Interface().(*json.RawMessage); ok {
		return decodeRaw(raw, name, text)
	}
	if u, ok := dst.Addr().Interface().(json.Unmarshaler); ok {
		return decodeJSONText(u, name, text)
	}
	if dst.Kind() == reflect.Pointer {
		if text == "" && dst.Type().Elem().Kind() != reflect.String {
			return nil
		}
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	if text == "" && dst.Kind() != reflect.String {
		return nil
	}
	return asOne(decodeText(dst, name, text))
}

// decodeRaw keeps a value that is JSON within the form.
func decodeRaw(dst *json.RawMessage, name, text string) *apierr.Error {
	if text == "" {
		return nil
	}
	if !json.Valid([]byte(text)) || hasNUL([]byte(text)) {
		return apierr.FormInvalidType(name, "JSON")
	}
	*dst = json.RawMessage(text)
	return nil
}

// decodeJSONText fills a field that reads JSON from the text of a form: empty is
// null, otherwise it is a string, or the literal that it spells.
func decodeJSONText(dst json.Unmarshaler, name, text string) *apierr.Error {
	if text == "" {
		return asOne(dst.UnmarshalJSON([]byte("null")))
	}
	quoted, err := json.Marshal(text)
	if err == nil && dst.UnmarshalJSON(quoted) == nil {
		return nil
	}
	if !json.Valid([]byte(text)) || dst.UnmarshalJSON([]byte(text)) != nil {
		return apierr.FormInvalidParameterValue(name, text)
	}
	return nil
}

// asOne is an error of decodeText as the one Clerk error that it is.
func asOne(err error) *apierr.Error {
	for _, e := range apierr.All(err) {
		return e
	}
	return nil
}
