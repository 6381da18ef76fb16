package sdkbundle

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Packages are the names of what browsers load, without the scope @clerk.
func Packages() []string { return []string{"clerk-js", "ui"} }

// scope is the folder of the packages, as npm lays them out.
const scope = "@clerk"

// maxFile is the largest script in bytes; the largest that is published has 3 MB.
const maxFile = 16 << 20

// ErrNotFound says that no folder has the file.
var ErrNotFound = errors.New("no folder has this script")

// Library is the folders that are searched, first to last. They are read anew
// for every script, so that a package can be added while the emulator runs.
//
// A folder is laid out like node_modules, @clerk/clerk-js/dist/…, or with several
// versions side by side, @clerk/clerk-js@6.40.0/dist/…, where a script may be
// kept compressed as its name with .gz.
type Library []string

// Script is a file of a package.
type Script struct {
	// Version is that of the package the file is from.
	Version string
	// Body is compressed when Gzipped.
	Body    []byte
	Gzipped bool
}

// Plain is the script as published.
func (s *Script) Plain() ([]byte, error) {
	if !s.Gzipped {
		return s.Body, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(s.Body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zr, maxFile))
}

// found is a package in a folder.
type found struct{ dir, version string }

// scriptName is a file directly below dist, where all scripts are.
var scriptName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*\.js$`)

// Open finds a script. wanted is what the browser asked for: an exact version, a
// major such as 6, or a tag, for which the newest will do. When an exact version
// is not there, another of its major is served: the scripts ask for their own
// parts under the version they were built as. The first folder that has any
// fitting version decides. The error is [ErrNotFound] when none has.
func (l Library) Open(pkg, wanted, file string) (*Script, error) {
	if !slices.Contains(Packages(), pkg) || !scriptName.MatchString(file) {
		return nil, ErrNotFound
	}
	for _, fits := range []func(string) bool{exactly(wanted), ofMajor(wanted)} {
		for _, dir := range l {
			candidates := slices.DeleteFunc(versions(dir, pkg), func(p found) bool { return !fits(p.version) })
			if len(candidates) == 0 {
				continue
			}
			newest := slices.MaxFunc(candidates, func(a, b found) int { return compareVersions(a.version, b.version) })
			return newest.open(file)
		}
	}
	return nil, ErrNotFound
}

// Versions lists what the folders have of a package, in their order.
func (l Library) Versions(pkg string) (list []string) {
	for _, dir := range l {
		for _, p := range versions(dir, pkg) {
			list = append(list, p.version)
		}
	}
	return list
}

func exactly(wanted string) func(string) bool {
	return func(version string) bool { return version == wanted }
}

// ofMajor fits the versions of a major, and all of them when none is named.
func ofMajor(wanted string) func(string) bool {
	major, _, _ := strings.Cut(wanted, ".")
	return func(version string) bool {
		return !isDigits(major) || strings.HasPrefix(version, major+".")
	}
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// versions lists the copies of a package in a folder.
func versions(dir, pkg string) (list []found) {
	entries, err := os.ReadDir(filepath.Join(dir, scope))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name, version, _ := strings.Cut(e.Name(), "@")
		if name != pkg {
			continue
		}
		path := filepath.Join(dir, scope, e.Name())
		if version == "" {
			version = manifestVersion(path)
		}
		if version != "" {
			list = append(list, found{path, version})
		}
	}
	return list
}

// manifestVersion is the version in a package.json, "" when it cannot be read.
func manifestVersion(dir string) string {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return ""
	}
	var m manifest
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	return m.Version
}

type manifest struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// open reads a script; no link leads out of the package.
func (p found) open(file string) (*Script, error) {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, zipped := range []bool{true, false} {
		name := "dist/" + file
		if zipped {
			name += ".gz"
		}
		body, err := read(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Script{Version: p.version, Body: body, Gzipped: zipped}, nil
	}
	return nil, ErrNotFound
}

func read(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// compareVersions orders versions by their numbers; one with a suffix comes
// before the release it leads to.
func compareVersions(a, b string) int {
	aCore, aPre, _ := strings.Cut(a, "-")
	bCore, bPre, _ := strings.Cut(b, "-")
	as, bs := strings.Split(aCore, "."), strings.Split(bCore, ".")
	for i := range min(len(as), len(bs)) {
		if c := cmp.Or(cmp.Compare(len(as[i]), len(bs[i])), cmp.Compare(as[i], bs[i])); c != 0 {
			return c
		}
	}
	switch {
	case aPre == bPre:
		return 0
	case aPre == "":
		return 1
	case bPre == "":
		return -1
	}
	return cmp.Compare(aPre, bPre)
}
