package httpapi

import (
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/mux"
)

// shelves sort routes by what can be told from a request at a glance. A router
// tries its routes one after the other; several hundred of them would cost more
// than signing a token's claims.
type shelves struct {
	literals              map[literalKey]http.Handler
	shelves               map[shelfKey]*shelf
	methods               map[string]bool
	notFound, wrongMethod http.Handler
}

// literalKey is a route without parameters, which needs no router.
type literalKey struct{ method, path string }

// shelfKey is what the routes of a shelf have in common: method, number of
// segments, and the literal that all of Clerk's paths have after the version, or
// first where there is no version.
type shelfKey struct {
	method   string
	segments int
	literal  string
}

// shelf is a small router. It is made for the first request that needs it: each
// route is a regular expression, and most operations are never asked for.
type shelf struct {
	paths    []string
	handlers []http.Handler
	router   func() *mux.Router
}

func newShelves() *shelves {
	return &shelves{literals: map[literalKey]http.Handler{}, shelves: map[shelfKey]*shelf{}, methods: map[string]bool{}}
}

func (s *shelves) add(method, path string, h http.Handler) {
	s.methods[method] = true
	if !strings.Contains(path, "{") {
		s.literals[literalKey{method, path}] = h
	}
	key := keyOf(method, path)
	sh := s.shelves[key]
	if sh == nil {
		sh = &shelf{}
		sh.router = sync.OnceValue(sh.build)
		s.shelves[key] = sh
	}
	sh.paths, sh.handlers = append(sh.paths, path), append(sh.handlers, h)
}

func (sh *shelf) build() *mux.Router {
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	for i, path := range sh.paths {
		router.Handle(path, sh.handlers[i])
	}
	return router
}

func keyOf(method, path string) shelfKey {
	literal, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if literal == "v1" && more {
		literal, _, _ = strings.Cut(rest, "/")
	}
	return shelfKey{method, strings.Count(path, "/"), literal}
}

// match finds the handler of a method and of the request's path.
func (s *shelves) match(method string, r *http.Request) (match mux.RouteMatch, ok bool) {
	sh := s.shelves[keyOf(method, r.URL.EscapedPath())]
	return match, sh != nil && sh.router().Match(r, &match)
}

func (s *shelves) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := s.literals[literalKey{r.Method, r.URL.EscapedPath()}]; h != nil {
		h.ServeHTTP(w, r)
		return
	}
	if match, ok := s.match(r.Method, r); ok {
		match.Handler.ServeHTTP(w, mux.SetURLVars(r, match.Vars))
		return
	}
	for method := range s.methods {
		if _, ok := s.match(method, r); ok {
			s.wrongMethod.ServeHTTP(w, r)
			return
		}
	}
	s.notFound.ServeHTTP(w, r)
}
