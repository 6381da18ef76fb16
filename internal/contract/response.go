package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkResponse checks status, content type and body of an answer.
func (d *document) checkResponse(r *route, req *http.Request, x Exchange) []violation {
	described := r.operation.Responses.Status(x.Status)
	if described == nil {
		return d.checkUndocumentedStatus(r, x)
	}
	content := described.Value.Content
	if len(content) == 0 {
		return d.checkErrorEnvelope(r, x)
	}
	given := x.Header.Get("Content-Type")
	// Clerk's server SDK compares the whole header with "application/json" and
	// hands on a string otherwise (packages/backend/src/api/request.ts), so a
	// charset is as wrong as another type.
	media := content[given]
	if strings.HasPrefix(given, "text/") {
		media = content.Get(given)
	}
	if media == nil {
		return at("response", "Content-Type %q is not one of %v", given, contentTypes(content))
	}
	if given != jsonType {
		return nil
	}
	return checkJSON("response", x.Body, paged(r, req, x, media.Schema))
}

// paged returns the schema of a list as a page. Eight lists of the Backend API
// take paginated=true ("if true, the results will be paginated") and are
// described as arrays only; Clerk's server SDK asks so and takes either
// (packages/backend/src/api/resources/Deserializer.ts).
func paged(r *route, req *http.Request, x Exchange, list *openapi3.SchemaRef) *openapi3.SchemaRef {
	asked := req.URL.Query().Get("paginated") == "true" &&
		r.operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, "paginated") != nil
	isPage := bytes.HasPrefix(bytes.TrimSpace(x.Body), []byte("{"))
	if list == nil || !asked || !isPage || !list.Value.Type.Is(openapi3.TypeArray) {
		return list
	}
	page := openapi3.NewObjectSchema().
		WithPropertyRef("data", list).
		WithProperty("total_count", openapi3.NewIntegerSchema().WithMin(0)).
		WithRequired([]string{"data", "total_count"})
	return page.NewRef()
}

// checkUndocumentedStatus accepts the statuses that a StatusWaiver names, and
// the emulator's own answers.
func (d *document) checkUndocumentedStatus(r *route, x Exchange) []violation {
	own := strings.HasPrefix(firstCode(x.Body), "emulator_")
	if !own && !statusWaived(r, x) {
		documented := slices.Sorted(maps.Keys(r.operation.Responses.Map()))
		return at("response", "status %d is not documented; documented are %s", x.Status, strings.Join(documented, ", "))
	}
	return d.checkErrorEnvelope(r, x)
}

// checkErrorEnvelope checks an error that the document gives no body for:
// Clerk's errors have one shape everywhere, except on the OAuth endpoints.
func (d *document) checkErrorEnvelope(r *route, x Exchange) []violation {
	if x.Status < http.StatusBadRequest || len(x.Body) == 0 || strings.HasPrefix(r.op.Path, "/oauth/") {
		return nil
	}
	if given := x.Header.Get("Content-Type"); given != jsonType {
		return at("response", "Content-Type %q of an error is not %s", given, jsonType)
	}
	return checkJSON("response", x.Body, d.doc.Components.Schemas["ClerkErrors"])
}

func checkJSON(place string, body []byte, schema *openapi3.SchemaRef) []violation {
	value, err := decodeJSON(body)
	if err != nil {
		return at(place, "%v", err)
	}
	if schema == nil {
		return nil
	}
	return flatten(place, schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse()))
}

// decodeJSON keeps numbers as they were written and wants exactly one value.
func decodeJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is not JSON: something follows the value")
	}
	return value, nil
}

// firstCode returns the code of the first error of an answer, or "".
func firstCode(body []byte) string {
	var envelope struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &envelope) != nil || len(envelope.Errors) == 0 {
		return ""
	}
	return envelope.Errors[0].Code
}

func contentTypes(content openapi3.Content) []string { return slices.Sorted(maps.Keys(content)) }
