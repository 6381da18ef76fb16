package contract

import (
	"net/http"
	"sync"
	"testing"

	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/internal/spec/spectest"
)

// Checker validates exchanges with the Backend API and the Frontend API and
// counts what was exercised. It is safe for concurrent use.
type Checker struct {
	apis map[spec.API]*document
	log  ledger
}

var shared struct {
	once    sync.Once
	checker *Checker
	err     error
}

// Load returns the process's checker; the documents are read and parsed at the
// first call (about a third of a second). Without them the test is skipped;
// with CI=true it fails.
func Load(t testing.TB) *Checker {
	t.Helper()
	// Read before the Once: a skipped test must leave it to the next to try.
	backend := spectest.Read(t, "bapi", spec.Version)
	frontend := spectest.Read(t, "fapi", spec.Version)
	shared.once.Do(func() { shared.checker, shared.err = newChecker(backend, frontend) })
	if shared.err != nil {
		t.Fatalf("read Clerk's OpenAPI documents: %v", shared.err)
	}
	return shared.checker
}

func newChecker(backend, frontend []byte) (*Checker, error) {
	c := &Checker{apis: map[spec.API]*document{}}
	for api, data := range map[spec.API][]byte{spec.BackendAPI: backend, spec.FrontendAPI: frontend} {
		d, err := newDocument(api, data)
		if err != nil {
			return nil, err
		}
		c.apis[api] = d
	}
	return c, nil
}

// Exchange is one request and its answer, both bodies read to the end.
type Exchange struct {
	Request     *http.Request // its Body is not read
	RequestBody []byte
	Status      int
	Header      http.Header // of the answer
	Body        []byte      // of the answer
}

// Check reports every way in which the exchange differs from what the API's
// document says, each as one error of the test with the operationId, the place
// as a JSON pointer and the reason.
//
// A refused request (status 400 and above) may be as wrong as it likes; only
// its answer is checked. Not checked, but counted (see [Checker.Exempted]), are
// answers that say an operation is not built yet, calls that no document
// describes, and requests that are no operation of the API.
func (c *Checker) Check(t testing.TB, api spec.API, x Exchange) {
	t.Helper()
	r, req := c.apis[api].find(x.Request)
	if why := exempt(r, x); why != "" {
		c.log.exempt(api, req, why)
		return
	}
	c.log.cover(r.op, x.Status)
	violations := append(c.apis[api].checkRequest(r, req, x), c.apis[api].checkResponse(r, req, x)...)
	for _, v := range unique(violations) {
		t.Errorf("contract: %v answered %d: %v", r.op, x.Status, v)
	}
}

// Reasons for an exchange to be counted and not checked.
const (
	NoOperation    = "no operation of the API"
	NotDescribed   = "called by Clerk's SDKs, described by no document"
	NotImplemented = "answered 501 emulator_not_implemented"
)

func exempt(r *route, x Exchange) string {
	switch {
	case r == nil:
		return NoOperation
	case r.operation == nil:
		return NotDescribed
	case x.Status == http.StatusNotImplemented && firstCode(x.Body) == "emulator_not_implemented":
		return NotImplemented
	}
	return ""
}
