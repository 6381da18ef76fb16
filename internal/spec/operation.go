package spec

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Version is the version of the Backend API and Frontend API documents that the
// list was made from: the value of the Clerk-API-Version header.
const Version = "2026-05-12"

// API names one of Clerk's two HTTP APIs.
type API string

const (
	// BackendAPI is what servers call with a secret key (BAPI).
	BackendAPI API = "backend"
	// FrontendAPI is what browsers call (FAPI).
	FrontendAPI API = "frontend"
)

// Operation is one operation of Clerk's published OpenAPI documents.
type Operation struct {
	API    API
	Method string // upper case
	Path   string // from the root, with {parameters}: /v1/users/{user_id}
	ID     string // operationId: unique within an API only
	Tag    string // the document's heading, such as "Users"; "" for an undocumented call
}

// String returns the operation as "CreateUser (POST /v1/users)".
func (o Operation) String() string {
	return fmt.Sprintf("%s (%s %s)", o.ID, o.Method, o.Path)
}

// Key returns method and path without the names of the path parameters: equal
// for two operations that a request cannot tell apart.
func (o Operation) Key() string {
	return o.Method + " " + parameter.ReplaceAllString(o.Path, "{}")
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

//go:embed operations.txt
var operationsText string

type list struct {
	backend, frontend []Operation
	byID              map[API]map[string]Operation
}

var load = sync.OnceValue(func() list {
	l := list{byID: map[API]map[string]Operation{BackendAPI: {}, FrontendAPI: {}}}
	for line := range strings.Lines(operationsText) {
		op := parseLine(strings.TrimSuffix(line, "\n"))
		l.byID[op.API][op.ID] = op
		if op.API == BackendAPI {
			l.backend = append(l.backend, op)
		} else {
			l.frontend = append(l.frontend, op)
		}
	}
	return l
})

// parseLine panics on a malformed line: the text is part of the program.
func parseLine(line string) Operation {
	f := strings.Split(line, "\t")
	if len(f) != 5 || f[0] != string(BackendAPI) && f[0] != string(FrontendAPI) {
		panic("internal/spec/operations.txt: not api, method, path, operationId, tag: " + line)
	}
	return Operation{API: API(f[0]), Method: f[1], Path: f[2], ID: f[3], Tag: f[4]}
}

// Backend returns the operations of the Backend API in spec order.
func Backend() []Operation { return slices.Clone(load().backend) }

// Frontend returns the operations of the Frontend API in spec order.
func Frontend() []Operation { return slices.Clone(load().frontend) }

// Operations returns the operations of one API in spec order.
func Operations(api API) []Operation {
	if api == BackendAPI {
		return Backend()
	}
	return Frontend()
}

// ByID returns the operation of the API with that operationId.
func ByID(api API, id string) (Operation, bool) {
	op, ok := load().byID[api][id]
	return op, ok
}

// Pair is a method and path that both APIs have. Only the credentials of a
// request tell which operation it means.
type Pair struct{ Backend, Frontend Operation }

// Shared returns the pairs of method and path that both APIs have, whatever
// their path parameters are called, in the Backend API's order.
func Shared() []Pair {
	frontend := map[string]Operation{}
	for _, op := range load().frontend {
		frontend[op.Key()] = op
	}
	var pairs []Pair
	for _, op := range load().backend {
		if twin, ok := frontend[op.Key()]; ok {
			pairs = append(pairs, Pair{Backend: op, Frontend: twin})
		}
	}
	return pairs
}

// MatchOrder returns the operations sorted so that a router which takes the
// first match prefers a literal segment to a parameter.
func MatchOrder(ops []Operation) []Operation {
	sorted := slices.Clone(ops)
	slices.SortStableFunc(sorted, func(a, b Operation) int {
		return strings.Compare(matchKey(a.Path), matchKey(b.Path))
	})
	return sorted
}

// matchKey sorts after every literal: '~' is greater than all characters that
// Clerk's paths are made of.
func matchKey(path string) string { return parameter.ReplaceAllString(path, "~") }
