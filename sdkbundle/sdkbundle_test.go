package sdkbundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightclerk/nightclerk/sdkbundle"
)

// tarball is a package as npm makes it, from names and contents in turn.
func tarball(t *testing.T, files ...string) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for i := 0; i < len(files); i += 2 {
		header := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		}
		if err := tw.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Size > 0 {
			if _, err := tw.Write([]byte(files[i+1])); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return &out
}

func pack(t *testing.T, dir, version string) {
	t.Helper()
	_, err := sdkbundle.Unpack(tarball(t, "package/dist/clerk.browser.js", "entry "+version, "package/dist/chunk_"+version+".js", "chunk "+version,
		"package/package.json", `{"name":"@clerk/clerk-js","version":"`+version+`"}`), dir)
	if err != nil {
		t.Fatal(err)
	}
}

// install lays a package out as npm does.
func install(t *testing.T, modules, version string) {
	t.Helper()
	dir := filepath.Join(modules, "@clerk", "clerk-js")
	if err := os.MkdirAll(filepath.Join(dir, "dist"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"package.json": `{"version":"` + version + `"}`, "dist/clerk.browser.js": "installed " + version} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScriptsAreFound(t *testing.T) {
	cache, modules := t.TempDir(), t.TempDir()
	for _, v := range []string{"6.9.0", "6.40.0", "6.41.0-canary.1", "5.128.0", "10.0.0"} {
		pack(t, cache, v)
	}
	install(t, modules, "6.12.0")
	for _, c := range []struct {
		library            sdkbundle.Library
		wanted, file, want string
	}{
		{sdkbundle.Library{cache}, "6.40.0", "clerk.browser.js", "entry 6.40.0"},
		{sdkbundle.Library{cache}, "6", "clerk.browser.js", "entry 6.41.0-canary.1"},
		{sdkbundle.Library{cache}, "5", "clerk.browser.js", "entry 5.128.0"},
		{sdkbundle.Library{cache}, "latest", "clerk.browser.js", "entry 10.0.0"},
		{sdkbundle.Library{cache}, "6.9.0", "chunk_6.9.0.js", "chunk 6.9.0"},
		{sdkbundle.Library{cache}, "6.99.0", "clerk.browser.js", "entry 6.41.0-canary.1"}, // it asks for its own parts then
		{sdkbundle.Library{cache}, "6.99.0", "chunk_6.99.0.js", ""},
		{sdkbundle.Library{cache}, "7", "clerk.browser.js", ""},
		{sdkbundle.Library{modules, cache}, "6", "clerk.browser.js", "installed 6.12.0"}, // the first folder decides
		{sdkbundle.Library{modules, cache}, "5", "clerk.browser.js", "entry 5.128.0"},
		{sdkbundle.Library{modules, cache}, "6.40.0", "chunk_6.40.0.js", "chunk 6.40.0"},
		{sdkbundle.Library{"/nowhere", ""}, "6", "clerk.browser.js", ""},
	} {
		script, err := c.library.Open("clerk-js", c.wanted, c.file)
		if c.want == "" {
			if !errors.Is(err, sdkbundle.ErrNotFound) {
				t.Errorf("%s %s: %v, %v", c.wanted, c.file, script, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %s: %v", c.wanted, c.file, err)
			continue
		}
		if plain, err := script.Plain(); err != nil || string(plain) != c.want {
			t.Errorf("%s %s is %q (%v), not %q", c.wanted, c.file, plain, err, c.want)
		}
	}
}

func TestNoNameLeadsOutOfAPackage(t *testing.T) {
	dir := t.TempDir()
	pack(t, dir, "6.40.0")
	install(t, dir, "6.40.1")
	secret := filepath.Join(t.TempDir(), "secret.js")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "@clerk/clerk-js/dist/link.js")); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{
		{"clerk-js", "6.40.1", "link.js"},
		{"clerk-js", "6.40.1", "../package.json"},
		{"clerk-js", "6.40.1", "../dist/clerk.browser.js"},
		{"clerk-js", "../clerk-js", "clerk.browser.js/.."},
		{"clerk-js", "6.40.0", "clerk.browser.js.gz"},
		{"../@clerk/clerk-js", "6.40.1", "clerk.browser.js"},
		{"backend", "1", "index.js"},
		{"clerk-js", "6", ""},
		{"clerk-js", "6", ".js"},
		{"clerk-js", "6", "a\x00.js"},
	} {
		if script, err := (sdkbundle.Library{dir}).Open(c[0], c[1], c[2]); err == nil {
			t.Errorf("%q is served: %q", c, script.Body)
		}
	}
}

func TestOnlyScriptsAreUnpacked(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "sdk")
	u, err := sdkbundle.Unpack(tarball(t,
		"package/package.json", `{"name":"@clerk/ui","version":"1.36.0"}`, "package/LICENSE", "MIT", "package/dist/ui.browser.js", "ui",
		"package/dist/ui.browser.js.map", "{}", "package/dist/../../../../escaped.js", "x", "package/dist/sub/a.js", "x",
		"/tmp/absolute.js", "x", "package/dist/link.js", "-> /etc/passwd", "package/src/a.js", "x"), dir)
	if err != nil || u.Name != "@clerk/ui" || u.Version != "1.36.0" || u.Scripts != 1 {
		t.Errorf("%+v, %v", u, err)
	}
	var left []string
	filepath.WalkDir(parent, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if got := strings.Join(left, " "); got != "@clerk/ui@1.36.0/LICENSE @clerk/ui@1.36.0/dist/ui.browser.js.gz" {
		t.Errorf("unpacked: %s", got)
	}
}

func TestWhatIsNoPackageIsRefused(t *testing.T) {
	const script = "package/dist/a.js"
	for reason, in := range map[string]*bytes.Buffer{
		"npm pack":      bytes.NewBufferString("hello"),
		"none of":       tarball(t, "package/package.json", `{"name":"@clerk/../evil","version":"1.0.0"}`, script, "x"),
		"which is none": tarball(t, "package/package.json", `{"name":"@clerk/ui","version":"../../1.0.0"}`, script, "x"),
		"no scripts":    tarball(t, "package/package.json", `{"name":"@clerk/ui","version":"1.0.0"}`),
		"MB":            tarball(t, script, strings.Repeat("x", 17<<20)),
	} {
		dir := t.TempDir()
		if _, err := sdkbundle.Unpack(in, dir); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", reason, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(left) > 0 {
			t.Errorf("%s: left %v", reason, left)
		}
	}
}

func TestNodeModulesAreThoseOfTheFolderAndAbove(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "apps", "web")
	for _, dir := range []string{inner + "/node_modules", root + "/node_modules"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got := sdkbundle.NodeModules(inner)
	if len(got) < 2 || got[0] != inner+"/node_modules" || got[1] != root+"/node_modules" {
		t.Errorf("%v", got)
	}
}
