package ui

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
)

var mark = regexp.MustCompile(`</?span(?: class="j-(?:name|text|value)")?>`)

// Whatever is shown, only the marks are markup, and the text is the JSON.
func FuzzPrettyJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,true,null,"x\"y\\"],"<b>":{"R&D":{}}}`))
	f.Add([]byte(`"</span><script>"`))
	f.Add([]byte(`not <json>`))
	f.Add([]byte(`"\u003c \\u003c \u0026"`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		shown := string(prettyJSON(raw))
		bare := mark.ReplaceAllString(shown, "")
		if strings.ContainsAny(bare, "<>\"'") {
			t.Fatalf("%q became markup: %s", raw, shown)
		}
		if !json.Valid(raw) {
			return
		}
		var want, got bytes.Buffer
		text := html.UnescapeString(bare)
		if json.Compact(&got, []byte(text)) != nil {
			t.Fatalf("%q is no longer JSON: %s", raw, text)
		}
		json.Compact(&want, legible(raw))
		if got.String() != want.String() {
			t.Fatalf("%q became %q", want.String(), got.String())
		}
	})
}

func TestJSONIsMarkedUpByItsParts(t *testing.T) {
	got := string(prettyJSON([]byte(`{"plan":"R\u0026D","n":[1,null]}`)))
	for _, want := range []string{
		`<span class="j-name">&#34;plan&#34;</span>: <span class="j-text">&#34;R&amp;D&#34;</span>`,
		`<span class="j-value">1</span>`, `<span class="j-value">null</span>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
