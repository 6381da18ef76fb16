package sdkbundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxPackage bounds an unpacked package in bytes, and maxEntries what a tarball
// lists: no tarball fills the disk or runs for ever.
const (
	maxPackage = 256 << 20
	maxEntries = 50_000
)

// Unpacked is a package that was put into a folder.
type Unpacked struct {
	// Name is that on npm, such as @clerk/clerk-js.
	Name    string
	Version string
	// Scripts is how many files can be served, Bytes their size, compressed.
	Scripts int
	Bytes   int64
}

var versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)

// Unpack puts the scripts of a package as `npm pack` makes it into a folder that
// a [Library] can search, compressed. Everything else in the tarball is left out.
// A version that is there already is replaced whole. Errors say what is wrong
// with the tarball.
func Unpack(tarball io.Reader, folder string) (Unpacked, error) {
	if err := os.MkdirAll(filepath.Join(folder, scope), 0o755); err != nil {
		return Unpacked{}, err
	}
	staging, err := os.MkdirTemp(folder, ".unpack-")
	if err != nil {
		return Unpacked{}, err
	}
	defer os.RemoveAll(staging)
	u, err := unpackTo(tarball, staging)
	if err != nil {
		return u, err
	}
	target := filepath.Join(folder, filepath.FromSlash(u.Name)+"@"+u.Version)
	if err := os.RemoveAll(target); err != nil {
		return u, err
	}
	if err := os.Chmod(staging, 0o755); err != nil {
		return u, err
	}
	return u, os.Rename(staging, target)
}

// unpackTo reads a tarball into an empty folder.
func unpackTo(tarball io.Reader, dir string) (u Unpacked, err error) {
	zr, err := gzip.NewReader(tarball)
	if err != nil {
		return u, fmt.Errorf("not a package as `npm pack` makes it: %w", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "dist"), 0o755); err != nil {
		return u, err
	}
	files := tar.NewReader(io.LimitReader(zr, maxPackage))
	for range maxEntries {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return u, u.check()
		}
		if err != nil {
			return u, fmt.Errorf("the package cannot be read: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := u.take(strings.TrimPrefix(header.Name, "package/"), files, dir); err != nil {
			return u, err
		}
	}
	return u, fmt.Errorf("the package has more than %d files", maxEntries)
}

// take keeps a file when it is a script, the licence or the manifest. The names
// that are written are checked, never those of the tarball as they come.
func (u *Unpacked) take(name string, content io.Reader, dir string) error {
	script, inDist := strings.CutPrefix(name, "dist/")
	wanted := name == "package.json" || name == "LICENSE" || inDist && scriptName.MatchString(script)
	if !wanted {
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(content, maxFile+1))
	if err != nil {
		return fmt.Errorf("the package cannot be read: %w", err)
	}
	if len(raw) > maxFile {
		return fmt.Errorf("%s has more than %d MB", name, maxFile>>20)
	}
	switch name {
	case "LICENSE":
		return os.WriteFile(filepath.Join(dir, name), raw, 0o644)
	case "package.json":
		var m manifest
		if err := json.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("package.json: %w", err)
		}
		u.Name, u.Version = m.Name, m.Version
		return nil
	}
	size, err := writeGzip(filepath.Join(dir, "dist", script+".gz"), raw)
	u.Scripts, u.Bytes = u.Scripts+1, u.Bytes+size
	return err
}

func writeGzip(path string, raw []byte) (int64, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := zw.Write(raw); err != nil {
		return 0, err
	}
	if err := zw.Close(); err != nil {
		return 0, err
	}
	return int64(buf.Len()), os.WriteFile(path, buf.Bytes(), 0o644)
}

func (u *Unpacked) check() error {
	name, ok := strings.CutPrefix(u.Name, scope+"/")
	switch {
	case !ok || !slices.Contains(Packages(), name):
		return fmt.Errorf("%q is none of the packages that browsers load: @clerk/%s", u.Name, strings.Join(Packages(), " and @clerk/"))
	case !versionForm.MatchString(u.Version):
		return fmt.Errorf("%s has the version %q, which is none", u.Name, u.Version)
	case u.Scripts == 0:
		return fmt.Errorf("%s@%s has no scripts in dist/", u.Name, u.Version)
	}
	return nil
}

// NodeModules are the node_modules folders that exist for a program in a folder:
// its own and those above it.
func NodeModules(from string) (dirs []string) {
	for dir := from; ; dir = filepath.Dir(dir) {
		modules := filepath.Join(dir, "node_modules")
		if info, err := os.Stat(modules); err == nil && info.IsDir() {
			dirs = append(dirs, modules)
		}
		if dir == filepath.Dir(dir) {
			return dirs
		}
	}
}
