package scenario

import (
	"fmt"
	"strings"
	"testing"
)

func metadata(t *testing.T, value string) string {
	t.Helper()
	f := mustParse(t, "users:\n  - id: user_1\n    public_metadata:\n      v: "+value+"\n")
	return strings.TrimSuffix(strings.TrimPrefix(string(f.Default.Users[0].PublicMetadata), `{"v":`), "}")
}

// TestYAMLValues follows the core schema of YAML 1.2, with JSON's rules for what it can hold.
func TestYAMLValues(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "null",
		"~":                            "null",
		"true":                         "true",
		"yes":                          `"yes"`,
		"12":                           "12",
		"+12":                          "12",
		"-0.50":                        "-0.50",
		"1e3":                          "1e3",
		".5":                           "0.5",
		"0x1F":                         "31",
		"0o17":                         "15",
		"0b11":                         `"0b11"`,
		"1_000":                        `"1_000"`,
		"12345678901234567890123":      "12345678901234567890123",
		"2024-01-02":                   `"2024-01-02"`,
		"!!str 12":                     `"12"`,
		`"\x41\u00e9\t\""`:             `"Aé\t\""`,
		"'it''s'":                      `"it's"`,
		"a # comment":                  `"a"`,
		"|\n        a\n        b":      `"a\nb\n"`,
		">-\n        a\n        b":     `"a b"`,
		"[a, {b: c}]":                  `["a",{"b":"c"}]`,
		"\n        - a\n        - [b]": `["a",["b"]]`,
		"{1: a, true: b}":              `{"1":"a","true":"b"}`,
		"a b\n        c":               `"a b c"`,
	} {
		if got := metadata(t, text); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

func TestAnchorsAndMerge(t *testing.T) {
	f := mustParse(t, `
users:
  - &first
    id: user_1
    first_name: Ada
    public_metadata: &plan {plan: pro}
  - <<: *first
    id: user_2
    private_metadata: *plan
  - <<: [{id: user_3}, *first]
    public_metadata: {<<: *plan, plan: free}
`)
	for i, want := range []string{`user_1 Ada {"plan":"pro"} `, `user_2 Ada {"plan":"pro"} {"plan":"pro"}`, `user_3 Ada {"plan":"free"} `} {
		u := f.Default.Users[i]
		if got := fmt.Sprintf("%s %s %s %s", u.ID, u.FirstName, u.PublicMetadata, u.PrivateMetadata); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestBombs(t *testing.T) {
	laughs := "users:\n  - id: user_1\n    public_metadata:\n      a0: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n"
	deep := "users:\n  - id: user_1\n    public_metadata:\n      a0: &a0 [0]\n"
	for i := 1; i < 100; i++ {
		if i < 20 {
			laughs += fmt.Sprintf("      a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
		}
		deep += fmt.Sprintf("      a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for text, say := range map[string]string{
		laughs:                                   "more than 100000 values",
		deep:                                     "nested too deeply",
		"users: &a\n  - *a\n":                    "no anchor &a above",
		"users: " + strings.Repeat("[", 100_000): "at most 64 levels",
		"users:\n  " + strings.Repeat("- ", 100_000):                                                     "at most 64 levels",
		strings.Repeat("!!str ", 80_000):                                                                 "at most 64 levels",
		strings.Repeat("a:\n", 100_000):                                                                  "10000 keys",
		`{"users":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}":                        "at most 64 levels",
		`{"x":[` + strings.Repeat("0,", maxValues) + "0]}":                                               "1000000 values",
		`{"users":[{"id":"user_1","public_metadata":{"x":[` + strings.Repeat("0,", maxValues) + "0]}}]}": "1000000 values",
	} {
		if _, err := Parse("x", []byte(text)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%.60s…: want %q, got %.300v", text, say, err)
		}
	}
}
