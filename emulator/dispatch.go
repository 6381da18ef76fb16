package emulator

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nightclerk/nightclerk/instance"
	"github.com/nightclerk/nightclerk/internal/spec"
	"github.com/nightclerk/nightclerk/portal"
)

// door is one of the HTTP surfaces behind the port.
type door string

const (
	backendDoor  door = "backend"
	frontendDoor door = "frontend"
	svixDoor     door = "svix"
	controlDoor  door = "control"
	consoleDoor  door = "console"
	portalDoor   door = "portal"
)

// target is where a request goes: its door, the instance it addresses and what
// is left of the path.
type target struct {
	door   door
	slug   string // "" when neither path nor host names an instance
	method string
	path   string // escaped, without prefixes and trailing slash
}

// dispatcher works out targets. It looks at the request only; keys are looked
// up by whoever acts on the target.
type dispatcher struct {
	prefixes []string // proxy prefixes that are stripped, such as /__clerk
	hosts    []string // without port: what instances live below
	doors    *pathTree
}

func newDispatcher(prefixes, hosts []string) *dispatcher {
	hosts = append(slices.Clone(hosts), "localhost")
	return &dispatcher{prefixes: append([]string{instance.KeyPath}, prefixes...), hosts: hosts, doors: clerkPaths()}
}

// target takes a request apart, in an order that the SDKs rely on: instance
// prefix, key path or proxy prefix, trailing slash, tunnelled method, door.
func (d *dispatcher) target(r *http.Request) target {
	t := target{slug: d.hostSlug(r.Host), method: r.Method, path: r.URL.EscapedPath()}
	if slug, rest, ok := instancePrefix(t.path); ok {
		t.slug, t.path = slug, rest
	}
	for _, prefix := range d.prefixes {
		if rest, ok := strings.CutPrefix(t.path, prefix); ok && (rest == "" || rest[0] == '/') {
			t.path = rest
			break
		}
	}
	if len(t.path) > 1 {
		t.path = strings.TrimSuffix(t.path, "/")
	}
	if t.path == "" {
		t.path = "/"
	}
	if r.Method == http.MethodPost && strings.Contains(r.URL.RawQuery, "_method=") {
		if tunnelled := r.URL.Query().Get("_method"); tunnelled != "" {
			t.method = strings.ToUpper(tunnelled)
		}
	}
	t.door = d.door(r, t)
	return t
}

// instancePrefix takes /i/<slug> off a path.
func instancePrefix(path string) (slug, rest string, ok bool) {
	path, ok = strings.CutPrefix(path, "/i/")
	if !ok {
		return "", "", false
	}
	slug, rest, _ = strings.Cut(path, "/")
	return slug, "/" + rest, true
}

// hostSlug is the instance that a host names: <slug> before a public host or
// localhost. The bare host names none, also where it is below localhost itself.
func (d *dispatcher) hostSlug(hostport string) string {
	host := bareHost(hostport)
	if slices.Contains(d.hosts, host) {
		return ""
	}
	for _, base := range d.hosts {
		if slug, ok := strings.CutSuffix(host, "."+base); ok {
			return slug
		}
	}
	return ""
}

// bareHost is a Host header's name, lower case, without port and root dot.
func bareHost(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// door chooses by the path; where Clerk's two APIs share method and path, a
// bearer that is no JWT is a secret key and means the Backend API.
func (d *dispatcher) door(r *http.Request, t target) door {
	switch {
	case under(t.path, "/_emulator"):
		return controlDoor
	case under(t.path, "/api/v1"):
		return svixDoor
	case slices.ContainsFunc(portalPaths, func(prefix string) bool { return under(t.path, prefix) }):
		return portalDoor
	}
	apis := d.doors.match(t.method, t.path)
	switch {
	case apis == onBackend:
		return backendDoor
	case apis == onFrontend:
		return frontendDoor
	case apis == onBackend|onFrontend, clerkLike(t.path):
		if key := bearer(r); key != "" && !isJWT(key) {
			return backendDoor
		}
		return frontendDoor
	}
	return consoleDoor
}

var portalPaths = portal.Paths()

func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// clerkLike tells paths that belong to Clerk's APIs whether or not an operation
// has them, so that a misspelt one gets Clerk's 404 and not a page.
func clerkLike(path string) bool {
	for _, prefix := range []string{"/v1", "/.well-known", "/oauth", "/npm", "/api_keys", "/m2m_tokens", "/oauth_applications"} {
		if under(path, prefix) {
			return true
		}
	}
	return false
}

// bearer is the token of an Authorization header, "" without one.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func isJWT(token string) bool { return strings.Count(token, ".") == 2 }

// rewrite gives a request the target's method and path.
func (t target) rewrite(r *http.Request) (*http.Request, error) {
	if t.method == r.Method && t.path == r.URL.EscapedPath() {
		return r, nil
	}
	path, err := url.PathUnescape(t.path)
	if err != nil {
		return nil, err
	}
	out := new(http.Request)
	*out = *r
	out.URL = new(url.URL)
	*out.URL = *r.URL
	out.Method, out.URL.Path, out.URL.RawPath = t.method, path, t.path
	return out, nil
}

// apiSet is which of Clerk's APIs have an operation.
type apiSet uint8

const (
	onBackend apiSet = 1 << iota
	onFrontend
)

// pathTree finds which APIs have a method and path without trying every route.
type pathTree struct {
	literal map[string]*pathTree
	param   *pathTree
	methods map[string]apiSet
}

func clerkPaths() *pathTree {
	root := &pathTree{}
	for _, op := range spec.Backend() {
		root.add(op, onBackend)
	}
	for _, op := range spec.Frontend() {
		root.add(op, onFrontend)
	}
	for _, call := range spec.Undocumented() {
		if call.API == spec.BackendAPI {
			root.add(call.Operation, onBackend)
		} else {
			root.add(call.Operation, onFrontend)
		}
	}
	return root
}

func (n *pathTree) add(op spec.Operation, api apiSet) {
	for segment := range strings.SplitSeq(op.Path[1:], "/") {
		n = n.child(segment)
	}
	if n.methods == nil {
		n.methods = map[string]apiSet{}
	}
	n.methods[op.Method] |= api
}

func (n *pathTree) child(segment string) *pathTree {
	if strings.HasPrefix(segment, "{") {
		if n.param == nil {
			n.param = &pathTree{}
		}
		return n.param
	}
	if n.literal == nil {
		n.literal = map[string]*pathTree{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &pathTree{}
	}
	return n.literal[segment]
}

// match returns the APIs that have the operation; when none has the method, the
// APIs that have the path at all.
func (n *pathTree) match(method, path string) apiSet {
	exact, any := n.search(method, strings.Split(path, "/")[1:])
	if exact != 0 {
		return exact
	}
	return any
}

func (n *pathTree) search(method string, segments []string) (exact, any apiSet) {
	if len(segments) == 0 {
		for _, apis := range n.methods {
			any |= apis
		}
		return n.methods[method], any
	}
	for _, next := range []*pathTree{n.literal[segments[0]], n.param} {
		if next == nil || segments[0] == "" {
			continue
		}
		e, a := next.search(method, segments[1:])
		exact, any = exact|e, any|a
		if exact != 0 && next != n.param { // a literal beats a parameter
			break
		}
	}
	return exact, any
}
