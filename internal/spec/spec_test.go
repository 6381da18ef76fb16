package spec_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"

	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

var update = flag.Bool("update", false, "write operations.txt from the documents")

// The committed list must be what the documents say; go generate runs this test
// with -update.
func TestOperationsMatchDocuments(t *testing.T) {
	backend := extract(t, spec.BackendAPI, "bapi")
	frontend := extract(t, spec.FrontendAPI, "fapi")
	if *update {
		write(t, slices.Concat(backend, frontend))
		return
	}
	if diff := cmp.Diff(backend, spec.Backend()); diff != "" {
		t.Errorf("Backend API: run go generate ./internal/spec (-document +list):\n%s", diff)
	}
	if diff := cmp.Diff(frontend, spec.Frontend()); diff != "" {
		t.Errorf("Frontend API: run go generate ./internal/spec (-document +list):\n%s", diff)
	}
}

func write(t *testing.T, ops []spec.Operation) {
	t.Helper()
	var text strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&text, "%s\t%s\t%s\t%s\t%s\n", op.API, op.Method, op.Path, op.ID, op.Tag)
	}
	if err := os.WriteFile("operations.txt", []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// extract reads the operations of a document in the document's order.
func extract(t *testing.T, api spec.API, name string) []spec.Operation {
	t.Helper()
	var doc struct {
		Servers []struct{ URL string }
		Paths   yaml.MapSlice
	}
	if err := yaml.UnmarshalWithOptions(spectest.Read(t, name, spec.Version), &doc, yaml.UseOrderedMap()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var ops []spec.Operation
	for _, path := range doc.Paths {
		for _, method := range path.Value.(yaml.MapSlice) {
			fields := method.Value.(yaml.MapSlice).ToMap()
			ops = append(ops, spec.Operation{
				API:    api,
				Method: strings.ToUpper(method.Key.(string)),
				Path:   basePath(t, doc.Servers[0].URL) + path.Key.(string),
				ID:     fields["operationId"].(string),
				Tag:    firstTag(fields),
			})
		}
	}
	return ops
}

// firstTag is the heading under which the document lists an operation.
func firstTag(fields map[any]any) string {
	tags, _ := fields["tags"].([]any)
	if len(tags) == 0 {
		return ""
	}
	return tags[0].(string)
}

// basePath drops the host, whose {variables} are not a valid host name.
func basePath(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(server))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func TestCounts(t *testing.T) {
	if b, f, s := len(spec.Backend()), len(spec.Frontend()), len(spec.Shared()); b != 249 || f != 202 || s != 20 {
		t.Errorf("%d Backend API, %d Frontend API, %d shared operations; Clerk publishes 249, 202, 20", b, f, s)
	}
}

func TestSharedIgnoresParameterNames(t *testing.T) {
	for _, p := range spec.Shared() {
		if p.Backend.ID == "GetOrganizationBillingSubscription" {
			if p.Backend.Path == p.Frontend.Path {
				t.Errorf("both %s: the pair no longer shows that names are ignored", p.Backend.Path)
			}
			return
		}
	}
	t.Error("GET /v1/organizations/{}/billing/subscription is not shared, though both APIs have it")
}

// An operationId may belong to both APIs.
func TestByIDWithinAPI(t *testing.T) {
	b, _ := spec.ByID(spec.BackendAPI, "DeleteEmailAddress")
	f, _ := spec.ByID(spec.FrontendAPI, "DeleteEmailAddress")
	if b.Path != "/v1/email_addresses/{email_address_id}" || f.Path != "/v1/me/email_addresses/{email_id}" {
		t.Errorf("backend %v, frontend %v", b, f)
	}
	if op, ok := spec.ByID(spec.BackendAPI, "createOrganization"); ok {
		t.Errorf("the Backend API has the Frontend API's %v", op)
	}
}

func TestListsAreCopies(t *testing.T) {
	spec.Backend()[0].ID = "changed"
	spec.Undocumented()[0].ID = "changed"
	if spec.Backend()[0].ID == "changed" || spec.Undocumented()[0].ID == "changed" {
		t.Error("a caller changed the list for everybody")
	}
}

func TestAliasesNameOperations(t *testing.T) {
	for _, c := range spec.Undocumented() {
		if c.AliasOf == "" {
			if op, ok := spec.ByID(c.API, c.ID); ok {
				t.Errorf("%v: the document has %v", c.Operation, op)
			}
			continue
		}
		op, ok := spec.ByID(c.API, c.AliasOf)
		if !ok || op.Method != c.Method || op.Path != "/v1"+c.Path {
			t.Errorf("%v is said to be an alias of %v", c.Operation, op)
		}
	}
}

// Every path, undocumented ones included, is a gorilla/mux template that leads
// to its own operation when registered in match order.
func TestPathsRouteToThemselves(t *testing.T) {
	for _, api := range []spec.API{spec.BackendAPI, spec.FrontendAPI} {
		ops := spec.Operations(api)
		for _, c := range spec.Undocumented() {
			if c.API == api {
				ops = append(ops, c.Operation)
			}
		}
		r := mux.NewRouter()
		for _, op := range spec.MatchOrder(ops) {
			if err := r.Methods(op.Method).Path(op.Path).Name(op.Key()).GetError(); err != nil {
				t.Fatalf("%v: %v", op, err)
			}
		}
		for _, op := range ops {
			checkRoute(t, r, op)
		}
	}
}

func checkRoute(t *testing.T, r *mux.Router, op spec.Operation) {
	t.Helper()
	path := strings.NewReplacer("{", "x-", "}", "").Replace(op.Path)
	req := &http.Request{Method: op.Method, URL: &url.URL{Path: path}, RequestURI: path}
	var m mux.RouteMatch
	if !r.Match(req, &m) || m.Route.GetName() != op.Key() {
		t.Errorf("%s %s leads to %v, not to %v", op.Method, path, m.Route, op)
	}
}
