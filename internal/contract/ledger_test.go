package contract

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// fresh returns a checker whose counts no other test touches.
func fresh(t *testing.T) *Checker {
	t.Helper()
	c, err := newChecker(spectest.Read(t, "bapi", spec.Version), spectest.Read(t, "fapi", spec.Version))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(method, target string, status int, body string) Exchange {
	return Exchange{
		Request: httptest.NewRequest(method, target, nil), Status: status, Body: []byte(body),
		Header: map[string][]string{"Content-Type": {jsonType}},
	}
}

func TestCoverage(t *testing.T) {
	c := fresh(t)
	c.Check(t, spec.BackendAPI, answer("POST", "/v1/testing_tokens", 200, testingToken))
	c.Check(t, spec.BackendAPI, answer("POST", "/v1/testing_tokens", 200, testingToken))
	c.Check(t, spec.BackendAPI, answer("GET", "/v1/users/user_1", 404, notFound))
	token, _ := spec.ByID(spec.BackendAPI, "CreateTestingToken")
	getUser, _ := spec.ByID(spec.BackendAPI, "GetUser")
	want := []Coverage{{getUser, 404, 1}, {token, 200, 2}}
	if diff := cmp.Diff(want, c.Covered()); diff != "" {
		t.Errorf("Covered (-want +got):\n%s", diff)
	}
	left := c.Uncovered(spec.Backend())
	if len(left) != len(spec.Backend())-1 || slices.Contains(left, token) || !slices.Contains(left, getUser) {
		t.Errorf("%d operations are left: success of one was seen, a refusal is no success", len(left))
	}
}

func TestExemptions(t *testing.T) {
	c := fresh(t)
	for range 2 {
		c.Check(t, spec.BackendAPI, answer("GET", "/v1/users/user_1", 501, notBuilt))
	}
	c.Check(t, spec.BackendAPI, answer("GET", "/v1/clients/handshake_payload", 200, `{"anything":1}`))
	c.Check(t, spec.FrontendAPI, answer("GET", "/.accounts.dev/npm/@clerk/clerk-js@6/dist/clerk.browser.js", 200, ""))
	want := []Exemption{
		{spec.BackendAPI, "GET", "/v1/clients/handshake_payload", NotDescribed, 1},
		{spec.BackendAPI, "GET", "/v1/users/user_1", NotImplemented, 2},
		{spec.FrontendAPI, "GET", "/npm/@clerk/clerk-js@6/dist/clerk.browser.js", NoOperation, 1},
	}
	if diff := cmp.Diff(want, c.Exempted()); diff != "" {
		t.Errorf("Exempted (-want +got):\n%s", diff)
	}
	if covered := c.Covered(); len(covered) > 0 {
		t.Errorf("an exempted exchange counts as coverage: %v", covered)
	}
}
