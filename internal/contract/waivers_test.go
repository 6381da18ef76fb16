package contract

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// Every row has an effect on the document as published, and a second time it
// would be reported as unused.
func TestWaiversAreNeeded(t *testing.T) {
	docs := map[Document]*openapi3.T{}
	for document, file := range map[Document][2]string{
		BackendDocument:  {"bapi", spec.Version},
		FrontendDocument: {"fapi", spec.Version},
	} {
		doc, err := openapi3.NewLoader().LoadFromData(spectest.Read(t, file[0], file[1]))
		if err != nil {
			t.Fatal(err)
		}
		docs[document] = doc
	}
	webhooks, err := loadWebhooks(spectest.Read(t, "webhooks", WebhooksVersion))
	if err != nil {
		t.Fatal(err)
	}
	docs[WebhooksDocument] = webhooks
	for _, w := range Waivers {
		t.Run(string(w.Document)+" "+w.At, func(t *testing.T) { checkWaiver(t, docs[w.Document], w) })
	}
}

func checkWaiver(t *testing.T, doc *openapi3.T, w Waiver) {
	ref, err := schemaAt(doc, w.At)
	if err != nil {
		t.Fatal(err)
	}
	before := faults(ref, w)
	if w.apply(ref); len(before) == 0 || len(faults(ref, w)) > 0 {
		t.Errorf("faults before %v, after %v", before, faults(ref, w))
	}
	if w.apply(ref) {
		t.Error("applied twice, the row still claims to be needed")
	}
	if w.Reason == "" || w.Source == "" {
		t.Error("reason and source are to be given")
	}
}

// faults returns what the schema has against the waived values, and only that.
func faults(ref *openapi3.SchemaRef, w Waiver) []violation {
	var all []violation
	for _, v := range w.Enum {
		all = append(all, flatten("", ref.Value.VisitJSON(v))...)
	}
	if w.Null {
		all = append(all, flatten("", ref.Value.VisitJSON(nil))...)
	}
	object := map[string]any{}
	for _, name := range w.Extra {
		object[name] = nil
	}
	for _, v := range flatten("", ref.Value.VisitJSON(object, openapi3.MultiErrors())) {
		about := func(name string) bool { return strings.Contains(v.reason, `"`+name+`"`) }
		if slices.ContainsFunc(w.Extra, about) || slices.ContainsFunc(w.Optional, about) {
			all = append(all, v)
		}
	}
	return all
}

// Every status row covers an operation that does not document the status, and
// only with its code.
func TestStatusWaiversAreNeeded(t *testing.T) {
	c := Load(t)
	for _, w := range StatusWaivers {
		used := 0
		for _, d := range c.apis {
			for _, r := range d.routes {
				if r.operation != nil && r.operation.Responses.Status(w.Status) == nil && w.covers(r, refused(w, w.Code)) {
					used++
				}
				if w.Code != "" && w.covers(r, refused(w, "another_code")) {
					t.Errorf("%d %s covers another code", w.Status, w.Code)
				}
			}
		}
		if used == 0 {
			t.Errorf("%d %s: every operation documents it, drop the row", w.Status, w.Code)
		}
	}
}

func refused(w StatusWaiver, code string) Exchange {
	return Exchange{Status: w.Status, Body: []byte(`{"errors":[{"code":"` + code + `"}]}`)}
}

func TestForms(t *testing.T) {
	d := Load(t).apis[spec.FrontendAPI]
	r := d.routes["POST /v1/organizations/{}/invitations/bulk"]
	schema := r.operation.RequestBody.Value.Content.Get(formType).Schema.Value
	form, err := url.ParseQuery("email_address=a@example.com&email_address=b@example.com&role=org:member&notify=&page=1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"email_address": []any{"a@example.com", "b@example.com"},
		"role":          "org:member",
		"notify":        nil,
		"page":          "1",
	}
	if diff := cmp.Diff(want, decodeForm(form, schema)); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}
