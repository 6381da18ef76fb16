package frontendapi_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

// operation is a row of the list of what is supported.
type operation struct {
	API, Method, Path string
	Supported         bool
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// withParameters are the Frontend API's built operations about something that
// has an id.
func withParameters(t *testing.T, s *apitest.Server) []operation {
	t.Helper()
	req, err := http.NewRequest("GET", s.URL+"/_emulator/operations", nil)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Data []operation }
	apitest.Fetch(t, req, &list)
	var out []operation
	for _, op := range list.Data {
		if op.API == "frontend" && op.Supported && parameter.MatchString(op.Path) {
			out = append(out, op)
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d operations of %d are about something with an id", len(out), len(list.Data))
	}
	return out
}

// property is one of everything that a browser can have, by the name of the
// parameter in paths.
func property(b *apitest.Browser) map[string]string {
	b.User("bob@example.com")
	ids := map[string]string{"template_name": "convex"}
	id := func(line string) string {
		return b.JSON(line)["response"].(map[string]any)["id"].(string)
	}
	ids["sign_up_id"] = id(`POST /v1/client/sign_ups`)
	ids["sign_in_id"] = id(`POST /v1/client/sign_ins identifier=bob@example.com`)
	ids["session_id"] = b.SignIn(b.User("ada@example.com"), "session")
	return ids
}

// Everything of one browser is, for another one and for another instance's, as
// an id that does not exist.
func TestAnotherBrowserIsAnsweredAsForAnIDThatDoesNotExist(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		owner := s.Instance(t).Browser()
		ids := property(owner)
		neighbour, foreigner := owner.Env.Browser(), s.Instance(t).Browser()
		neighbour.SignIn(owner.User("eve@example.com"), "other")
		foreigner.SignIn(foreigner.User("eve@example.com"), "other")
		mark := owner.Mark()
		for _, op := range withParameters(t, s) {
			for name, b := range map[string]*apitest.Browser{"the same instance": neighbour, "another instance": foreigner} {
				status, body := b.Do(filled(t, op, ids, ""))
				wantStatus, wantBody := b.Do(filled(t, op, ids, "xyz"))
				if status != wantStatus || status/100 != 4 || neutral(body, ids) != neutral(wantBody, ids) {
					t.Errorf("%s %s from %s: %d %s, for an id that does not exist %d %s", op.Method, op.Path, name, status, body, wantStatus, wantBody)
				}
			}
		}
		if events := owner.Events(mark); len(events) != 0 {
			t.Errorf("strangers left %v", events)
		}
		if diff := apitest.Contains(body(owner, "GET /v1/client"), `{"response":{"sessions":[{"id":"`+ids["session_id"]+`"}]}}`); diff != "" {
			t.Error(diff)
		}
	})
}

func body(b *apitest.Browser, line string) string {
	_, out := b.Do(line)
	return out
}

// filled is the operation's request for the ids, their ends replaced.
func filled(t *testing.T, op operation, ids map[string]string, end string) string {
	path := parameter.ReplaceAllStringFunc(op.Path, func(p string) string {
		name := strings.Trim(p, "{}")
		id := ids[name]
		if id == "" {
			t.Fatalf("%s: nothing is made for %s", op.Path, p)
		}
		if name == "template_name" {
			return id // it belongs to the instance
		}
		return id[:len(id)-len(end)] + end
	})
	return op.Method + " " + path
}

// neutral takes out what may differ.
func neutral(body string, ids map[string]string) string {
	before, _, _ := strings.Cut(body, `"clerk_trace_id"`)
	for _, id := range ids {
		before = strings.NewReplacer(id, "ID", id[:len(id)-3]+"xyz", "ID").Replace(before)
	}
	return before
}
