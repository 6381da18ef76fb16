package controlapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/controlapi"
)

// The document and the table say the same, in the same order.
func TestDocumentDescribesEveryRoute(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			described[method+" "+path] = op.OperationID
		}
	}
	for _, r := range controlapi.Routes() {
		key := r[1] + " " + r[2]
		if described[key] != r[0] {
			t.Errorf("the route %s is called %q in the table and %q in the document", key, r[0], described[key])
		}
		delete(described, key)
	}
	for key := range described {
		t.Errorf("%s is described and no route", key)
	}
}

// Readers generate clients from the document: everything has a name and a reason.
func TestDocumentIsComplete(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Summary == "" {
				t.Errorf("%s %s has no summary", method, path)
			}
			for _, segment := range strings.Split(path, "/") {
				if name, ok := strings.CutPrefix(segment, "{"); ok && op.Parameters.GetByInAndName("path", strings.TrimSuffix(name, "}")) == nil {
					t.Errorf("%s %s does not describe {%s", method, path, name)
				}
			}
		}
	}
	used := func(name string) bool {
		raw, _ := doc.MarshalJSON()
		return strings.Contains(string(raw), "#/components/schemas/"+name+"\"")
	}
	names := make([]string, 0, len(doc.Components.Schemas))
	for name := range doc.Components.Schemas {
		names = append(names, name)
	}
	if i := slices.IndexFunc(names, func(n string) bool { return !used(n) }); i >= 0 {
		t.Errorf("the schema %s is used by nothing", names[i])
	}
}
