package scenario

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// walker is a small validator for the words of JSON Schema that JSONSchema uses. An unknown word is
// an error, so that the schema cannot outgrow it unseen.
type walker struct{ root map[string]any }

func (w walker) check(s map[string]any, v any, at string) error {
	for word, want := range s {
		if err := w.word(s, word, want, v); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return w.below(s, v, at)
}

func (w walker) word(s map[string]any, word string, want, v any) error {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	object, _ := v.(map[string]any)
	ok := true
	switch word {
	case "$schema", "$defs", "title", "description", "default", "format", "properties", "items", "propertyNames", "additionalProperties":
	case "$ref":
		return w.check(w.root["$defs"].(map[string]any)[strings.TrimPrefix(want.(string), "#/$defs/")].(map[string]any), v, want.(string))
	case "anyOf":
		ok = slices.ContainsFunc(want.([]any), func(one any) bool { return w.check(one.(map[string]any), v, "") == nil })
	case "type":
		types := strings.Fields(strings.Trim(fmt.Sprint(want), "[]"))
		ok = slices.Contains(types, typeOf(v)) || typeOf(v) == "integer" && slices.Contains(types, "number")
	case "enum":
		ok = slices.Contains(want.([]any), v)
	case "pattern":
		ok = !isText || regexp.MustCompile(want.(string)).MatchString(text)
	case "maxLength":
		ok = !isText || float64(utf8.RuneCountInString(text)) <= want.(float64)
	case "minimum":
		ok = !isNumber || number >= want.(float64)
	case "maximum":
		ok = !isNumber || number <= want.(float64)
	case "required":
		for _, name := range want.([]any) {
			if _, found := object[name.(string)]; object != nil && !found {
				return fmt.Errorf("%s is missing", name)
			}
		}
	default:
		return fmt.Errorf("unknown word %s", word)
	}
	if !ok {
		return fmt.Errorf("%v is against %s %v", v, word, want)
	}
	return nil
}

func (w walker) below(s map[string]any, v any, at string) error {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if items, ok := s["items"].(map[string]any); ok {
				if err := w.check(items, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
					return err
				}
			}
		}
	case map[string]any:
		for name, value := range v {
			if err := w.member(s, name, value, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w walker) member(s map[string]any, name string, value any, at string) error {
	if names, ok := s["propertyNames"].(map[string]any); ok {
		if err := w.check(names, name, at); err != nil {
			return err
		}
	}
	properties, _ := s["properties"].(map[string]any)
	if known, found := properties[name].(map[string]any); found {
		return w.check(known, value, at)
	}
	switch more := s["additionalProperties"].(type) {
	case map[string]any:
		return w.check(more, value, at)
	case bool:
		return fmt.Errorf("%s: unknown property", at)
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
	}
	return "number"
}

func newWalker(t *testing.T) walker {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(JSONSchema(), &root); err != nil {
		t.Fatal(err)
	}
	return walker{root}
}

func (w walker) yaml(t *testing.T, text string) error {
	t.Helper()
	compact, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	var v any
	if err := json.Unmarshal(compact, &v); err != nil {
		t.Fatal(text, err)
	}
	return w.check(w.root, v, "")
}

func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	w := newWalker(t)
	texts := []string{
		"{}", "users:\nsettings:\nserver:\ninstances:\n  a:\n",
		`users: [{id: user_1, created_at: 1704164645006, first_name: null, public_metadata: null}]`,
		`webhook_endpoints: [{url: "http://a/b", event_types: null}]`,
	}
	for _, text := range append(texts, examples(t)...) {
		mustParse(t, text)
		if err := w.yaml(t, text); err != nil {
			t.Errorf("%.200s\n%v", text, err)
		}
	}
}

// examples are the files that the project shows to others.
func examples(t *testing.T) []string {
	t.Helper()
	var texts []string
	err := filepath.WalkDir("../examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "nightclerk.yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		texts = append(texts, string(text))
		return err
	})
	if err != nil || len(texts) == 0 {
		t.Fatalf("%d examples, %v", len(texts), err)
	}
	return texts
}

// TestSchemaRefusesWhatParseRefuses holds for every rule about one value.
func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	w := newWalker(t)
	for _, text := range []string{
		"usres: []", "users: {id: user_1}", "users: [{idd: a}]", "users: [null]", "users: [{id: usr_1}]",
		"users: [{first_name: 12}]", "users: [{banned: maybe}]", "users: [{email_addresses: [ada]}]",
		"users: [{email_addresses: [{verified: true}]}]", "users: [{email_addresses: [null]}]",
		"users: [{phone_numbers: [15555550100]}]", "users: [{created_at: 1704164645}]", "users: [{created_at: tomorrow}]",
		"users: [{public_metadata: [a]}]", "users: [{password_hasher: rot13}]",
		"secret_key: sk_live_a", "publishable_keys: [pk_live_a]", "signing_key: own", "tokens: local",
		"issuer: localhost", "issuer: null", "server: {listen: a}", "session_token: {lifetime: 29}", "session_token: {lifetime: 60.5}",
		"jwt_templates: [{name: a}]", "jwt_templates: [{name: a, claims: {}, allowed_clock_skew: 301}]",
		"webhook_endpoints: [{url: a}]", `webhook_endpoints: [{url: "http://a", event_types: [user.craeted]}]`,
		`webhook_endpoints: [{url: "http://a", custom_headers: {"a b": c}}]`, "instances: {A: {}}", "instances: {a: {usres: []}}",
		"settings: {sign_up: {mode: open}}", "settings: {password: {min_length: 0}}",
	} {
		if _, err := Parse("x", []byte(text)); err == nil {
			t.Errorf("Parse accepts %s", text)
		}
		if err := w.yaml(t, text); err == nil {
			t.Errorf("the schema accepts %s", text)
		}
	}
}

// TestSchemaNamesEveryField walks the Go types, not the tables the schema is made from.
func TestSchemaNamesEveryField(t *testing.T) {
	w := newWalker(t)
	defs := w.root["$defs"].(map[string]any)
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type, properties map[string]any)
	object := func(name string) map[string]any {
		def := defs[name].(map[string]any)
		if either, ok := def["anyOf"].([]any); ok {
			def = either[1].(map[string]any)
		}
		return def["properties"].(map[string]any)
	}
	walk = func(typ reflect.Type, properties map[string]any) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, inline := strings.CutSuffix(f.Tag.Get("yaml"), ",inline")
			if inline {
				walk(f.Type, properties)
				continue
			}
			p, _ := properties[name].(map[string]any)
			if doc, _ := p["description"].(string); name == "" || doc == "" {
				t.Errorf("%s.%s has no field in the schema, or no description", typ.Name(), f.Name)
			}
			if inner := structIn(f.Type); inner != nil && !seen[inner] {
				seen[inner] = true
				walk(inner, object(inner.Name()))
			}
		}
	}
	walk(reflect.TypeFor[File](), w.root["properties"].(map[string]any))
}

// TestSchemaDefaultsObeyTheSchema: a default that editors fill in must be a valid value.
func TestSchemaDefaultsObeyTheSchema(t *testing.T) {
	w := newWalker(t)
	var walk func(v any)
	walk = func(v any) {
		object, _ := v.(map[string]any)
		if value, found := object["default"]; found && object["description"] != nil {
			if err := w.check(object, value, fmt.Sprint(object["description"])); err != nil {
				t.Error(err)
			}
		}
		for _, below := range object {
			walk(below)
		}
	}
	walk(w.root)
}
