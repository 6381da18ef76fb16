package contract

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/nightclerk/nightclerk/internal/spec"
)

// Coverage is how often an operation was answered with a status.
type Coverage struct {
	Operation spec.Operation
	Status    int
	Count     int
}

// Exemption is how often exchanges were not checked, and why: one of
// [NoOperation], [NotDescribed], [NotImplemented].
type Exemption struct {
	API          spec.API
	Method, Path string // the request's, without the emulator's prefixes
	Reason       string
	Count        int
}

// ledger counts what the checker saw.
type ledger struct {
	mu       sync.Mutex
	covered  map[Coverage]int
	exempted map[Exemption]int
}

func (l *ledger) cover(op spec.Operation, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.covered == nil {
		l.covered = map[Coverage]int{}
	}
	l.covered[Coverage{Operation: op, Status: status}]++
}

func (l *ledger) exempt(api spec.API, req *http.Request, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.exempted == nil {
		l.exempted = map[Exemption]int{}
	}
	l.exempted[Exemption{API: api, Method: req.Method, Path: req.URL.Path, Reason: reason}]++
}

// Covered returns the operations and statuses that were checked in this
// process, sorted by API, path, method and status.
func (c *Checker) Covered() []Coverage {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	var all []Coverage
	for key := range maps.Keys(c.log.covered) {
		key.Count = c.log.covered[key]
		all = append(all, key)
	}
	slices.SortFunc(all, func(a, b Coverage) int {
		return cmp.Or(
			cmp.Compare(a.Operation.API, b.Operation.API),
			cmp.Compare(a.Operation.Key(), b.Operation.Key()),
			cmp.Compare(a.Status, b.Status),
		)
	})
	return all
}

// Uncovered returns those of the operations that no exchange of this process
// exercised with success (a status below 400), in the given order.
func (c *Checker) Uncovered(ops []spec.Operation) []spec.Operation {
	done := map[spec.API]map[string]bool{spec.BackendAPI: {}, spec.FrontendAPI: {}}
	for _, seen := range c.Covered() {
		if seen.Status < http.StatusBadRequest {
			done[seen.Operation.API][seen.Operation.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(op spec.Operation) bool { return done[op.API][op.ID] })
}

// Exempted returns what was counted and not checked in this process, sorted by
// API, path, method and reason.
func (c *Checker) Exempted() []Exemption {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	var all []Exemption
	for key := range maps.Keys(c.log.exempted) {
		key.Count = c.log.exempted[key]
		all = append(all, key)
	}
	slices.SortFunc(all, func(a, b Exemption) int {
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Method, b.Method), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
