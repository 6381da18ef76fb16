package scenario

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var splittable = []string{
	"users:\n- id: user_1\n- id: user_2\nissuer: http://a\n",
	"issuer: http://a\nusers:   # all\n\n  # one\n  - id: user_1\n\n    first_name: a\n# two\n  -\n    id: user_2\nid: ins_1\n",
	"users:\n  - id: user_1\n    first_name: |\n      users:\n        - id: user_9\n      # no comment\n    last_name: b\n",
	"signing_key: generated\ninstances:\n  a:\n    users:\n    - id: user_1\n    issuer: http://a\n  b:\n    users:\n      - id: user_1\n      - id: user_2\n  c:\nusers:\n  - id: user_3\n",
	"users:\n\n\ninstances:\n  a:\n    users:\n",
	"users:\nissuer: http://a\n",
	"users: [{id: user_1}]\n",
	"users: # flow below\n  [{id: user_1}]\n",
	"session_token:\n  claims:\n    users:\n      - a\n    instances:\n      b:\n        users:\n          - c\n",
	"session_token:\n  claims:\n    text: |\n      users:\n      - a\nusers:\n  - id: user_1\n",
	"instances:\n  a:\n    session_token:\n      claims:\n        users:\n          - a\n",
	"users:\n  - &a {id: user_1, public_metadata: &m {x: 1}}\n  - {id: user_2, private_metadata: *m}\n",
	"session_token:\n  claims: &m {x: 1}\nusers:\n  - {id: user_2, private_metadata: *m}\nid: ins_1\n",
	"---\nusers:\n  - id: user_1\n...\n",
	"users:\n  - id: user_1\n    first_name: \"a\n      - id: b\"\n",
	"users:\n  - id: user_1\n    first_name: a\n      b\n  - {id: user_2,\n     first_name: c}\n",
	"users:\n  - id: user_1\n  - idd: 2\n  - id: user_1\nissuer: x\ninstances:\n  a:\n    users:\n      - id: 3\n",
	"users:\n  - id: user_1\nusers:\n  - id: user_2\n",
	"users:\n  - id: user_1\n   - id: user_2\n",
	"users:\n  - id: user_1\n- id: user_2\n",
	"users:\n  - id: user_1\n    first_name: [\n",
	"users:\n\t- id: user_1\n",
	"\"users\":\n  - id: user_1\nusers :\n  - id: user_2\n",
	"users:\n  - - id: user_1\n",
	"users:\n  -id: user_1\n",
	"users:\n  - id: user_1\n    public_metadata:\n      users:\n        - a\n  - id: user_2\n",
}

// TestSplitChangesNothing: reading in chunks gives what reading at once gives, mistakes and their
// places among it.
func TestSplitChangesNothing(t *testing.T) {
	for _, text := range splittable {
		sameInChunks(t, text)
		sameInChunks(t, strings.TrimSuffix(text, "\n"))
	}
}

func sameInChunks(t *testing.T, text string) {
	t.Helper()
	whole, wholeErr := parse("x", []byte(text), len(text))
	split, splitErr := parse("x", []byte(text), -1)
	if (wholeErr == nil) != (splitErr == nil) {
		t.Fatalf("%s\nat once: %v\nin chunks: %v", text, wholeErr, splitErr)
	}
	if diff := cmp.Diff(whole, split); diff != "" {
		t.Fatalf("%s\n%s", text, diff)
	}
	if wholeErr != nil && !strings.Contains(wholeErr.Error(), "not YAML") && wholeErr.Error() != splitErr.Error() {
		t.Fatalf("%s\nat once: %v\nin chunks: %v", text, wholeErr, splitErr)
	}
}

// TestSplitTakesLists: the equality above would also hold if nothing were ever split.
func TestSplitTakesLists(t *testing.T) {
	for _, c := range []struct {
		text  string
		lists int
	}{
		{splittable[0], 1}, {splittable[1], 1}, {splittable[2], 1}, {splittable[3], 3},
		{splittable[6], 0}, {splittable[8], 0}, {splittable[10], 0},
	} {
		if _, lists, _ := split(c.text); len(lists) != c.lists {
			t.Errorf("%s\n%d lists were taken out, want %d", c.text, len(lists), c.lists)
		}
	}
}

// TestManyUsers goes through many chunks and finds a mistake far down.
func TestManyUsers(t *testing.T) {
	const n = 5000
	f := mustParse(t, string(manyUsers(n)))
	if !reflect.DeepEqual(f, mustParse(t, string(manyUsersJSON(n)))) {
		t.Error("YAML and JSON differ")
	}
	if len(f.Default.Users) != n || f.Default.SessionIssuer != "issuer" || f.Default.Settings.TestMode == nil {
		t.Errorf("%d users, session_issuer %q", len(f.Default.Users), f.Default.SessionIssuer)
	}
	text := strings.Replace(string(manyUsers(n)), "user4321@", "user4321", 1) + "usres: []\n"
	_, err := Parse("x", []byte(text))
	for _, want := range []string{"x:34577:9:", "users[4321].email_addresses[0]", "x:40005:1: unknown field `usres`"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in\n%v", want, err)
		}
	}
}
