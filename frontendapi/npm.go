package frontendapi

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/httpapi"
	"github.com/nightclerk/nightclerk/sdkbundle"
)

// npmPrefix begins the addresses of Clerk's browser scripts:
// /npm/@clerk/clerk-js@6/dist/clerk.browser.js. They are no operations of the
// Frontend API, so they stand beside its table.
const npmPrefix = "/npm/@clerk/"

// missingScript is served in place of an entry script that is nowhere: it says on
// the page and in the console how to get it. It must not fetch it from elsewhere.
//
//go:embed missing.js
var missingScript []byte

// npm serves the scripts of the SDKs.
type npm struct {
	library sdkbundle.Library
	adapter *httpapi.Adapter
}

// wants takes /npm/@clerk/clerk-js@6/dist/clerk.browser.js apart.
func (n *npm) wants(path string) (pkg, version, file string, ok bool) {
	path, ok = strings.CutPrefix(path, npmPrefix)
	if !ok {
		return "", "", "", false
	}
	name, file, ok := strings.Cut(path, "/dist/")
	pkg, version, versioned := strings.Cut(name, "@")
	return pkg, version, file, ok && versioned
}

// ServeHTTP answers with a script. Every page may load it, and with
// crossorigin=anonymous only when the answer says so.
func (n *npm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set(allowOriginHeader, "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		n.refuse(w, r, apierr.MethodNotAllowed(r.Method))
		return
	}
	httpapi.RecordOf(r.Context()).Operation = "sdkScript"
	pkg, version, file, ok := n.wants(r.URL.Path)
	if !ok {
		n.refuse(w, r, apierr.URLNotFound())
		return
	}
	script, err := n.library.Open(pkg, version, file)
	switch {
	case errors.Is(err, sdkbundle.ErrNotFound) && isEntry(file):
		h.Set("Cache-Control", "no-store")
		httpapi.RecordOf(r.Context()).ErrorCode = missingCode
		writeScript(w, missingScript)
	case errors.Is(err, sdkbundle.ErrNotFound):
		n.refuse(w, r, apierr.URLNotFound())
	case err != nil:
		n.refuse(w, r, err)
	default:
		n.write(w, r, script, version)
	}
}

// missingCode is what the log says of a script that is not there and was answered
// with one that says so.
const missingCode = "emulator_sdk_missing"

// isEntry tells the scripts that SDKs load by themselves from those that these
// load: clerk.browser.js, clerk.headless.browser.js, ui.browser.js, …
func isEntry(file string) bool { return strings.HasSuffix(file, ".browser.js") }

// write sends a script as it was published. What was asked for by its exact
// version never changes; a major or tag may stand for another one tomorrow.
func (n *npm) write(w http.ResponseWriter, r *http.Request, script *sdkbundle.Script, asked string) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if asked == script.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	etag := fmt.Sprintf(`W/"%s-%d"`, script.Version, len(script.Body))
	h.Set("ETag", etag)
	if script.Gzipped {
		h.Add("Vary", "Accept-Encoding")
	}
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if script.Gzipped && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		writeScript(w, script.Body)
		return
	}
	plain, err := script.Plain()
	if err != nil {
		n.refuse(w, r, err)
		return
	}
	writeScript(w, plain)
}

func writeScript(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/javascript; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(body) // for HEAD the server leaves it out
}

// acceptsGzip reads Accept-Encoding as far as browsers use it.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}

func (n *npm) refuse(w http.ResponseWriter, r *http.Request, err error) {
	n.adapter.WriteError(w, &httpapi.Call{R: r, Record: httpapi.RecordOf(r.Context()), Header: w.Header()}, err)
}
