package users_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

func (e *env) metadata(id string, fn func(*store.Tx, users.Rules, string, users.MetadataParams) (*users.User, error), public string) (*users.User, error) {
	return in(e, func(tx *store.Tx) (*users.User, error) {
		return fn(tx, e.rules, id, users.MetadataParams{PublicMetadata: json.RawMessage(public)})
	})
}

func TestMetadataIsMergedAtEveryDepth(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(users.CreateParams{EmailAddress: []string{"a@example.com"}, PrivateMetadata: json.RawMessage(`{"kept":1}`)})
		e.events = nil
		for _, step := range []struct{ patch, want string }{
			{`{"a":{"b":{"c":1,"d":2}},"list":[1,{"x":null}]}`, `{"a":{"b":{"c":1,"d":2}},"list":[1,{"x":null}]}`},
			{`{"a":{"b":{"c":null,"e":12345678901234567890.5}}}`, `{"a":{"b":{"d":2,"e":12345678901234567890.5}},"list":[1,{"x":null}]}`},
			{`{"list":[2],"a":{"b":"flat"}}`, `{"a":{"b":"flat"},"list":[2]}`},
			{`{"a":{"b":{"deep":null,"new":{}}},"none":null}`, `{"a":{"b":{"new":{}}},"list":[2]}`},
			{`null`, `{"a":{"b":{"new":{}}},"list":[2]}`},
			{`{"a":null,"list":null,"<&>":"<b>"}`, `{"<&>":"<b>"}`},
		} {
			got, err := e.metadata(u.ID, users.UpdateMetadata, step.patch)
			if err != nil || string(got.PublicMetadata()) != step.want || string(got.PrivateMetadata()) != `{"kept":1}` {
				e.t.Errorf("%s made %s, %v", step.patch, got.PublicMetadata(), err)
			}
		}
		if got := e.get(u.ID); string(got.PublicMetadata()) != `{"<&>":"<b>"}` {
			e.t.Errorf("stored %s", got.PublicMetadata())
		}
		if n := len(e.emitted()); n != 6 {
			e.t.Errorf("%d events of 6 calls", n)
		}
	})
}

func TestMetadataIsReplaced(t *testing.T) {
	each(t, func(e *env) {
		u := e.create(full())
		got, err := e.metadata(u.ID, users.ReplaceMetadata, `{"z":{"null":null}}`)
		if err != nil || string(got.PublicMetadata()) != `{"z":{"null":null}}` || string(got.PrivateMetadata()) != `{"n":1.50}` {
			e.t.Errorf("%s, %v", got.PublicMetadata(), err)
		}
	})
}

func TestMetadataIsRefused(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		half := `{"%":"` + strings.Repeat("x", 5000) + `"}`
		if _, err := e.metadata(u.ID, users.UpdateMetadata, strings.Replace(half, "%", "a", 1)); err != nil {
			e.t.Fatal(err)
		}
		before := encode(e.get(u.ID).Backend())
		for bad, want := range map[string]string{
			strings.Replace(half, "%", "b", 1): "form_param_exceeds_allowed_size public_metadata", // too large together
			`"text"`:                           "form_param_value_invalid public_metadata",
			`{`:                                "form_param_value_invalid public_metadata",
			`{} {}`:                            "form_param_value_invalid public_metadata",
			`{"a\u0000":1}`:                    "form_param_value_invalid public_metadata",
			"{\"a\":\"\xff\"}":                 "form_param_value_invalid public_metadata",
		} {
			_, err := e.metadata(u.ID, users.UpdateMetadata, bad)
			wantError(e.t, err, want)
		}
		if got := encode(e.get(u.ID).Backend()); string(got) != string(before) {
			e.t.Error("a refused patch changed the user")
		}
	})
}

func TestMetadataHoldsExactly8KiB(t *testing.T) {
	each(t, func(e *env) {
		u := e.user("a@example.com")
		filled := func(n int) string { return `{"<":"` + strings.Repeat("<", n-len(`{"<":""}`)) + `"}` }
		if _, err := e.metadata(u.ID, users.ReplaceMetadata, filled(8192)); err != nil {
			e.t.Error(err)
		}
		_, err := e.metadata(u.ID, users.ReplaceMetadata, filled(8193))
		wantError(e.t, err, "form_param_exceeds_allowed_size public_metadata")
	})
}
