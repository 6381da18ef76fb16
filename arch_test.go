// Package nightclerk_test holds the rules of the house: which way imports go,
// who may speak HTTP and SQL, and who may look at the clock.
package nightclerk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nightclerk/nightclerk"

// layer orders the folders; imports go from a higher to a lower one. Nouns may
// use each other, doors may not.
var layer = map[string]int{
	"cmd": 50, "emulator": 40,
	"backendapi": 30, "frontendapi": 30, "portal": 30, "svixapi": 30, "controlapi": 30, "ui": 30,
	"scenario": 25, "envblock": 25,
	"convexcheck": 20, "inbox": 20, "instance": 20, "invitations": 20, "issuer": 20, "organizations": 20, "sdkbundle": 20, "sessions": 20, "signin": 20, "users": 20, "webhooks": 20,
	"internal": 10,
}

// testKits are imported by tests and by each other only.
var testKits = []string{"emulator/apitest", "internal/contract", "internal/spec/spectest", "internal/store/storetest"}

// source is one file of the program.
type source struct {
	path, pkg string // relative to the module
	file      *ast.File
	fset      *token.FileSet
}

// sources parses every Go file that is not a test.
func sources(t *testing.T) (list []source) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		list = append(list, source{path: name, pkg: path.Dir(name), file: file, fset: fset})
		return nil
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d sources: %v", len(list), err)
	}
	return list
}

func (s source) imports() (list []string) {
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, name)
	}
	return list
}

func (s source) isTestKit() bool { return slices.Contains(testKits, s.pkg) }

func folder(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func TestImportsGoOneWay(t *testing.T) {
	for _, s := range sources(t) {
		from := folder(s.pkg)
		if from == "examples" || from == "scripts" {
			continue
		}
		if layer[from] == 0 {
			t.Errorf("%s: the folder %s has no place in the house; give it one in arch_test.go with a reason in docs/decisions.md", s.path, from)
		}
		for _, imported := range s.imports() {
			pkg, ours := strings.CutPrefix(imported, module+"/")
			if !ours || s.isTestKit() {
				continue
			}
			if slices.Contains(testKits, pkg) {
				t.Errorf("%s imports %s, which is for tests", s.path, pkg)
			}
			to := folder(pkg)
			door := layer[from] == 30
			if layer[to] > layer[from] || door && layer[to] == 30 && to != from {
				t.Errorf("%s (%s) imports %s: not downwards", s.path, from, pkg)
			}
		}
	}
}

func TestNounsKnowNoHTTPAndDoorsNoSQL(t *testing.T) {
	for _, s := range sources(t) {
		from := folder(s.pkg)
		imports := s.imports()
		noun := layer[from] == 20 || layer[from] == 25
		if noun && from != "webhooks" && slices.Contains(imports, "net/http") {
			t.Errorf("%s is a noun and imports net/http", s.path)
		}
		if layer[from] < 30 || layer[from] == 50 || s.isTestKit() {
			continue
		}
		if slices.Contains(imports, "database/sql") {
			t.Errorf("%s is a door and imports database/sql", s.path)
		}
		for _, call := range s.calls() {
			if slices.Contains([]string{"tx.Exec", "tx.Query", "tx.QueryRow"}, call.name) {
				t.Errorf("%s: a door runs SQL; that is a noun's", call.at)
			}
		}
	}
}

// Wall time and randomness come in from outside, so that tests and instances can
// have their own.
func TestClockAndChanceAreInjected(t *testing.T) {
	homes := []string{"internal/clock", "internal/ids", "internal/certs"}
	for _, s := range sources(t) {
		if slices.Contains(homes, s.pkg) || s.isTestKit() || folder(s.pkg) == "examples" {
			continue
		}
		for _, imported := range s.imports() {
			if imported == "crypto/rand" || strings.HasPrefix(imported, "math/rand") {
				t.Errorf("%s imports %s: take an ids.Source or an io.Reader", s.path, imported)
			}
		}
		for _, call := range s.calls() {
			if call.name == "time.Now" || call.name == "time.Since" || call.name == "time.Until" {
				t.Errorf("%s: %s: take a clock.Clock", call.at, call.name)
			}
		}
	}
}

type call struct{ name, at string }

// calls lists the uses of pkg.Name in a file.
func (s source) calls() (list []call) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				list = append(list, call{x.Name + "." + sel.Sel.Name, s.fset.Position(sel.Pos()).String()})
			}
		}
		return true
	})
	return list
}

func TestEveryPackageSaysWhatItKnows(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		said[s.pkg] = said[s.pkg] || s.file.Doc != nil
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

// Files that a reader opens fit on a few screens.
func TestNoFileIsLong(t *testing.T) {
	const limit = 400
	for _, s := range sources(t) {
		data, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(data), "\n"); lines > limit {
			t.Errorf("%s has %d lines, more than %d: split it by what it knows", s.path, lines, limit)
		}
	}
}
