package issuer_test

import (
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/issuer"
)

func TestProblemsOfClaimsAreFoundWhereTheyAre(t *testing.T) {
	for _, c := range []struct {
		claims, at, says string
		fatal            bool
	}{
		{`{"aud": convex}`, `c`, "not JSON", true},
		{`{"aud": "convex"`, ``, "not JSON", true},
		{`["aud"]`, `["aud"]`, "JSON object", true},
		{`{"a": {"iss": 1}, "iss": "x"}`, `"iss"`, "set automatically", true},
		{"{\n \"n\": \"Hello {{user.fullName}}!\"}", `{{user.fullName}}`, "Did you mean user.full_name?", false},
		{`{"n": ["{{user.id"]}`, `{{user.id`, "not closed", false},
		{`{"n": "{{user.nick || 'x'}}"}`, `{{user.nick || 'x'}}`, "no shortcode user.nick: it becomes null", false},
	} {
		list := issuer.CheckTemplateClaims([]byte(c.claims))
		if len(list) != 1 {
			t.Errorf("%s: %+v", c.claims, list)
			continue
		}
		p := list[0]
		if end := min(p.Offset+p.Length, len(c.claims)); c.claims[p.Offset:end] != c.at || !strings.Contains(p.Message, c.says) || p.Fatal != c.fatal {
			t.Errorf("%s: %q %+v", c.claims, c.claims[p.Offset:end], p)
		}
	}
	if at := issuer.CheckTemplateClaims([]byte(`{"a": {"iss": 1}, "iss": "x"}`))[0].Offset; at != 18 {
		t.Errorf("the nested claim of that name is marked: %d", at)
	}
	if list := issuer.CheckTemplateClaims(issuer.ConvexTemplate().Claims); list != nil {
		t.Errorf("Clerk's own template: %+v", list)
	}
	for _, fine := range []string{`{}`, `{"a":"{{user.public_metadata.x.y}}","b":"{{'text'}} {{1}}","c":[{"d":"}}"}],"e":null}`} {
		if list := issuer.CheckTemplateClaims([]byte(fine)); list != nil {
			t.Errorf("%s: %+v", fine, list)
		}
	}
}

func FuzzCheckTemplateClaims(f *testing.F) {
	f.Add([]byte(`{"a":"{{user.id || 'x'}}","iss":[1,{"b":"{{"}]}`))
	f.Fuzz(func(t *testing.T, claims []byte) {
		for _, p := range issuer.CheckTemplateClaims(claims) {
			if p.Offset < 0 || p.Length < 0 || p.Offset > len(claims) {
				t.Errorf("%q: %+v", claims, p)
			}
		}
	})
}
