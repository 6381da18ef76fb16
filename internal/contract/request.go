package contract

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// checkRequest checks the parameters and the body of a request that was not
// refused.
func (d *document) checkRequest(r *route, req *http.Request, x Exchange) []violation {
	if x.Status >= http.StatusBadRequest {
		return nil
	}
	return append(d.checkParameters(r, req), checkBody(r, req, x.RequestBody)...)
}

func (d *document) checkParameters(r *route, req *http.Request) []violation {
	err := openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request:    req,
		PathParams: r.vars,
		Route:      &routers.Route{Spec: d.doc, Path: r.path, PathItem: r.item, Method: req.Method, Operation: r.operation},
		Options: &openapi3filter.Options{
			AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody:  true,
			MultiError:          true,
			SkipSettingDefaults: true,
		},
	})
	return flatten("request", err)
}

// checkBody leaves a body alone where the document describes none: clerk-js
// sends fields that no document has, and Clerk ignores them.
func checkBody(r *route, req *http.Request, body []byte) []violation {
	const place = "request body"
	if r.operation.RequestBody == nil {
		return nil
	}
	described := r.operation.RequestBody.Value
	if len(body) == 0 {
		if described.Required {
			return at(place, "is required but missing")
		}
		return nil
	}
	given := req.Header.Get("Content-Type")
	media := described.Content.Get(given)
	if media == nil {
		return at(place, "Content-Type %q is not one of %v", given, contentTypes(described.Content))
	}
	if media.Schema == nil {
		return nil
	}
	value, err := decodeRequest(given, body, media.Schema.Value)
	if err != nil {
		return at(place, "%v", err)
	}
	if value == nil {
		return nil
	}
	return flatten(place, media.Schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest()))
}

// decodeRequest returns nil for a body that is not data: an uploaded image.
func decodeRequest(contentType string, body []byte, schema *openapi3.Schema) (any, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	switch media {
	case jsonType:
		return decodeJSON(body)
	case formType:
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		return decodeForm(values, schema), nil
	}
	return nil, nil
}

// decodeForm gives form fields the types of the schema. Forms have none of
// their own: clerk-js writes booleans as words, repeats the elements of an
// array, and sends an empty string for null.
func decodeForm(values url.Values, schema *openapi3.Schema) map[string]any {
	object := map[string]any{}
	for name, given := range values {
		field := &openapi3.Schema{}
		if ref := schema.Properties[name]; ref != nil {
			field = ref.Value
		}
		if !field.Type.Is(openapi3.TypeArray) {
			object[name] = formValue(given[len(given)-1], field)
			continue
		}
		items := make([]any, len(given))
		for i, item := range given {
			items[i] = formValue(item, field.Items.Value)
		}
		object[name] = items
	}
	return object
}

// formValue returns the text itself where it is not of the type: the validator
// then says so.
func formValue(text string, schema *openapi3.Schema) any {
	switch {
	case text == "" && schema.Nullable:
		return nil
	case schema.Type.Is(openapi3.TypeString) || schema.Type == nil:
		return text
	}
	value, err := decodeJSON([]byte(strings.TrimSpace(text)))
	if err != nil {
		return text
	}
	return value
}
