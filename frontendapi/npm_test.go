package frontendapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/emulator"
	"github.com/nightclerk/nightclerk/emulator/apitest"
)

const entryScript = "/* clerk.browser.js: ü */"

// sdkFolder has clerk-js as `nightclerk sdk pull` keeps it and ui as npm installs it.
func sdkFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	zw.Write([]byte(entryScript))
	zw.Close()
	for name, body := range map[string]string{
		"@clerk/clerk-js@6.40.0/dist/clerk.browser.js.gz": zipped.String(),
		"@clerk/ui/package.json":                          `{"version":"1.36.0"}`,
		"@clerk/ui/dist/ui.browser.js":                    "ui",
		"@clerk/ui/dist/signin_ui_1.36.0.js":              "chunk",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load asks as a script tag with crossorigin=anonymous does.
func load(t *testing.T, url, accept string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://localhost:3000")
	req.Header.Set("Accept-Encoding", accept)
	res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		zr, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(zr); err != nil {
			t.Fatal(err)
		}
	}
	return res, string(body)
}

func TestScriptsAreServedAsPublished(t *testing.T) {
	s := apitest.Start(t, emulator.Config{SDK: []string{sdkFolder(t)}})
	const immutable = "public, max-age=31536000, immutable"
	for _, c := range []struct{ path, accept, body, cache, encoding string }{
		{"/npm/@clerk/clerk-js@6/dist/clerk.browser.js", "gzip, br", entryScript, "no-cache", "gzip"},
		{"/.accounts.dev/npm/@clerk/clerk-js@6.40.0/dist/clerk.browser.js", "", entryScript, immutable, ""},
		{"/npm/@clerk/clerk-js@latest/dist/clerk.browser.js", "br, gzip;q=0", entryScript, "no-cache", ""},
		{"/npm/@clerk/ui@1/dist/ui.browser.js", "gzip", "ui", "no-cache", ""},
		{"/npm/@clerk/ui@1.36.0/dist/signin_ui_1.36.0.js", "gzip", "chunk", immutable, ""},
	} {
		res, body := load(t, s.URL+c.path, c.accept)
		h := res.Header
		if res.StatusCode != 200 || body != c.body || h.Get("Cache-Control") != c.cache || h.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s: %d %q, %v", c.path, res.StatusCode, body, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(h.Get("Content-Type"), "application/javascript") {
			t.Errorf("%s: a page may not run it: %v", c.path, h)
		}
	}
}

// A page that is loaded again asks whether the script is still the same.
func TestAKnownScriptIsNotSentAgain(t *testing.T) {
	s := apitest.Start(t, emulator.Config{SDK: []string{sdkFolder(t)}})
	url := s.URL + "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"
	first, _ := load(t, url, "gzip")
	for etag, want := range map[string]int{first.Header.Get("ETag"): 304, `W/"6.39.0-1"`: 200} {
		req, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", etag)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, not %d", etag, res.StatusCode, want)
		}
	}
}

// An app without the scripts shows what to do and waits for nobody's network.
func TestAMissingScriptSaysHowToGetIt(t *testing.T) {
	s := apitest.Start(t, emulator.Config{})
	res, body := load(t, s.URL+"/npm/@clerk/clerk-js@6/dist/clerk.browser.js", "")
	if res.StatusCode != 200 || !strings.Contains(body, "nightclerk sdk pull") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s, %v", res.StatusCode, body, res.Header)
	}
	for _, path := range []string{"/npm/@clerk/clerk-js@6/dist/chunk.js", "/npm/@clerk/backend@3/dist/index.js", "/npm/@clerk/clerk-js/dist/x.js",
		"/npm/@clerk/clerk-js@6/dist/..%2f..%2fpackage.json", "/npm/@clerk/clerk-js@6/package.json"} {
		if res, body := load(t, s.URL+path, ""); res.StatusCode != 404 || res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
}
