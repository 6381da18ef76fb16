package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
	"github.com/nightclerk/nightclerk/scenario"
	"github.com/nightclerk/nightclerk/svixapi"
)

// The sweep goes through every operation of every door. Each has a request in
// testdata/sweep.txt which its owner may make; for everybody else what it names
// must be as an id that does not exist. What has no request yet stands in
// testdata/sweep_without.txt, a list that only ever gets shorter.

// attempt is a line of testdata/sweep.txt: "door METHOD /path body # words".
// {name} is a thing that is made before (things), another one for every line.
type attempt struct {
	door, line string
	// alive are further things that must outlast what strangers do.
	alive []string
	// anyone tells that every browser of the instance may do it.
	anyone bool
}

func (a attempt) String() string { return a.door + " " + a.line }

var name = regexp.MustCompile(`\{(\w+)\}`)

// names are the things that the request is about.
func (a attempt) names() (list []string) {
	for _, m := range name.FindAllStringSubmatch(a.line, -1) {
		if m[1] != "app" { // the asker's own
			list = append(list, m[1])
		}
	}
	return list
}

// lines reads a file of testdata, without comments.
func lines(t *testing.T, file string) (list []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func attempts(t *testing.T) (list []attempt) {
	for _, line := range lines(t, "sweep.txt") {
		request, words, _ := strings.Cut(strings.ReplaceAll(line, "HOUR_AGO", hourAgo()), " # ")
		door, rest, _ := strings.Cut(request, " ")
		a := attempt{door: door, line: strings.TrimSpace(rest)}
		for _, word := range strings.Fields(words) {
			if word == "anyone" {
				a.anyone = true
				continue
			}
			a.alive = append(a.alive, word)
		}
		list = append(list, a)
	}
	return list
}

// operation is a row of a door's table.
type operation struct{ door, id, method, path string }

func (o operation) String() string { return o.door + " " + o.id }

// operations are all that are built, by door.
func operations(t *testing.T, s *apitest.Server) map[string][]operation {
	t.Helper()
	all := map[string][]operation{}
	add := func(door, id, method, path string) {
		all[door] = append(all[door], operation{door, id, strings.ToUpper(method), path})
	}
	var clerk struct {
		Data []struct {
			API         string
			OperationID string `json:"operation_id"`
			Method      string
			Path        string
			Supported   bool
		}
	}
	read(t, s.URL+"/_emulator/operations", &clerk)
	for _, op := range clerk.Data {
		if op.Supported {
			add(op.API, op.OperationID, op.Method, op.Path)
		}
	}
	for _, r := range svixapi.Built() {
		add("svix", r.Op, r.Method, r.Path)
	}
	var control struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	read(t, s.URL+"/_emulator/openapi.json", &control)
	for path, methods := range control.Paths {
		for method, op := range methods {
			add("control", op.OperationID, method, path)
		}
	}
	for _, door := range []string{"backend", "frontend", "svix", "control"} {
		if len(all[door]) < 20 {
			t.Fatalf("the table of the door %s has %d rows", door, len(all[door]))
		}
	}
	return all
}

func read(t *testing.T, address string, dst any) {
	t.Helper()
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	apitest.Fetch(t, req, dst)
}

// of is the operation that a request reaches: of those that match, the one with
// the fewest parameters.
func of(a attempt, table []operation) (found operation) {
	method, rest, _ := strings.Cut(a.line, " ")
	path, _, _ := strings.Cut(rest, " ")
	path, _, _ = strings.Cut(path, "?")
	for _, op := range table {
		if op.method == method && matches(op.path, path) && (found.path == "" || strings.Count(op.path, "{") < strings.Count(found.path, "{")) {
			found = op
		}
	}
	return found
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") })
}

func TestEveryOperationIsSweptOrListed(t *testing.T) {
	all := operations(t, apitest.Start(t, emulator.Config{}))
	swept := map[string]bool{}
	for _, a := range attempts(t) {
		op := of(a, all[a.door])
		if op.id == "" {
			t.Errorf("testdata/sweep.txt: %s is no operation that is built", a)
		}
		swept[op.String()] = true
	}
	listed := map[string]bool{}
	for _, line := range lines(t, "sweep_without.txt") {
		key := strings.Join(strings.Fields(line)[:2], " ")
		if listed[key] = true; swept[key] {
			t.Errorf("testdata/sweep_without.txt: %s is in testdata/sweep.txt by now; take it off this list", key)
		}
	}
	for _, table := range all {
		for _, op := range table {
			if !swept[op.String()] && !listed[op.String()] {
				t.Errorf("add a line to testdata/sweep.txt: %s %s %s (%s)", op.door, op.method, op.path, op.id)
			}
			delete(listed, op.String())
		}
	}
	for key := range listed {
		t.Errorf("testdata/sweep_without.txt: %s is no operation that is built; take it off this list", key)
	}
}

// reply is an answer without what may differ between two of the same.
type reply struct {
	status         int
	location, body string
}

func (r reply) String() string { return fmt.Sprintf("%d %s%s", r.status, r.location, r.body) }

// asker is somebody at a door of an instance.
type asker struct {
	who string
	*apitest.Browser
}

// ask sends a request with these things in it.
func (k asker) ask(a attempt, things map[string]string) reply {
	k.T.Helper()
	line := strings.ReplaceAll(a.line, "{app}", k.Live.ID)
	for name, value := range things {
		if a.door == "frontend" || strings.Contains(strings.Split(line, "{"+name+"}")[0], "?") {
			value = url.QueryEscape(value)
		}
		line = strings.ReplaceAll(line, "{"+name+"}", value)
	}
	if a.door == "frontend" {
		res := k.Send(line)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			k.T.Fatal(err)
		}
		return neutral(reply{res.StatusCode, res.Header.Get("Location"), string(body)}, things)
	}
	authorization := "Bearer " + k.Live.SecretKey
	if a.door == "control" {
		authorization = ""
	}
	status, body := k.DoAs(authorization, line)
	return neutral(reply{status: status, body: body}, things)
}

var (
	anID   = regexp.MustCompile(`[a-z]+_[0-9A-Za-z]{27}`)
	aTime  = regexp.MustCompile(`"20\d\d-[0-9T:.-]+Z"`)
	number = regexp.MustCompile(`_at":\d+`)
)

// alike is a reply without the names and times of what was made for it.
func (r reply) alike() reply {
	for _, one := range []*regexp.Regexp{anID, aTime, number} {
		r.body = one.ReplaceAllString(r.body, "*")
	}
	return r
}

// neutral takes out the things that were asked for, and the trace id.
func neutral(r reply, things map[string]string) reply {
	r.body, _, _ = strings.Cut(r.body, `"clerk_trace_id"`)
	for _, value := range things {
		names := strings.NewReplacer(value, "ID", madeUp(value), "ID", url.QueryEscape(value), "ID", url.QueryEscape(madeUp(value)), "ID")
		r.body, r.location = names.Replace(r.body), names.Replace(r.location)
	}
	return r
}

// madeUp is what names nothing and looks like a name that does.
func madeUp(value string) string { return value[:len(value)-3] + "xyz" }

// strangers are those for whom nothing of the owner's exists. They are signed in
// themselves.
func strangers(a attempt, owner *world, foreign *apitest.Env) (list []asker) {
	somebody := func(who string, e *apitest.Env) {
		k := asker{who, e.Browser()}
		if a.door == "frontend" {
			k.SignIn(e.User(owner.unique("eve")+"@example.com"), "own")
		}
		list = append(list, k)
	}
	somebody("another instance", foreign)
	if a.door == "frontend" && !a.anyone {
		somebody("another browser", owner.Env)
	}
	return list
}

func TestForEverybodyElseNothingOfTheOwnersExists(t *testing.T) {
	apitest.Engines(t, emulator.Config{}, func(t *testing.T, s *apitest.Server) {
		own, foreign := s.Seeded(t, everyWay()), s.Seeded(t, everyWay())
		receiver := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		for n, a := range attempts(t) {
			t.Run(a.String(), func(t *testing.T) {
				own.T, foreign.T = t, t
				a.sweep(newWorld(own, n, receiver), foreign)
			})
		}
	})
}

// everyWay lets people sign in by link too.
func everyWay() *scenario.Instance {
	out := &scenario.Instance{Users: []scenario.User{}}
	out.Settings.Attributes.EmailAddress.FirstFactors = []string{"email_code", "email_link"}
	return out
}

// sweep has strangers try a request first, then its owner.
func (a attempt) sweep(w *world, foreign *apitest.Env) {
	named := map[string]string{}
	for _, name := range a.names() {
		named[name] = w.thing(name)
	}
	for _, name := range a.alive {
		w.thing(name)
	}
	if len(w.names) == 0 {
		w.thing("session")
	}
	wrong := map[string]string{}
	for name, value := range named {
		wrong[name] = madeUp(value)
	}
	others := strangers(a, w, foreign)
	mark := w.mark()
	var theirs []reply
	for _, k := range others {
		got := k.ask(a, named)
		theirs = append(theirs, got)
		if want := k.ask(a, wrong); len(named) > 0 && got.alike() != want.alike() {
			w.T.Errorf("%s is answered %s, and for what does not exist %s", k.who, got, want)
		}
		w.leaks(k.who, got)
	}
	if len(named) > 0 && w.mark() != mark {
		w.T.Errorf("strangers left events in the instance")
	}
	w.intact()
	got := asker{"the owner", w.Browser}.ask(a, named)
	if got.status/100 != 2 && got.status/100 != 3 {
		w.T.Errorf("the owner is answered %s", got)
	}
	if i := slices.IndexFunc(theirs, func(r reply) bool { return r.alike() == got.alike() }); i >= 0 && len(named) > 0 {
		w.T.Errorf("%s is answered as the owner is: %s", others[i].who, got)
	}
}
