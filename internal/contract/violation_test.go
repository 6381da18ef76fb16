package contract

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// Of several alternatives the one that was most likely meant speaks, and its
// pointers start at the top of the body.
func TestClosestAlternative(t *testing.T) {
	const alternatives = `[
		{"type":"object","required":["a","b"],"properties":{"a":{"type":"string"},"b":{"type":"integer"}}},
		{"type":"object","required":["c"],"properties":{"c":{"type":"string"},"d":{"type":"string"}}}]`
	for _, keyword := range []string{"oneOf", "anyOf"} {
		var schema openapi3.Schema
		text := `{"type":"array","items":{"type":"object","properties":{"x/y":{"` + keyword + `":` + alternatives + `}}}}`
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatal(err)
		}
		got := checkJSON("body", []byte(`[{},{"x/y":{"a":"","b":"1"}}]`), schema.NewRef())
		want := []violation{{"body", "/1/x~1y/b", `value must be an integer, got "1" (closest of 2 alternatives)`}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(violation{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", keyword, diff)
		}
	}
}

func TestConflictOfAlternatives(t *testing.T) {
	var schema openapi3.Schema
	if err := json.Unmarshal([]byte(`{"oneOf":[{"type":"integer"},{"type":"number"}]}`), &schema); err != nil {
		t.Fatal(err)
	}
	if got := checkJSON("body", []byte("1"), schema.NewRef()); len(got) != 1 || got[0].pointer != "" {
		t.Errorf("a value that fits two alternatives of a oneOf: %v", got)
	}
}
