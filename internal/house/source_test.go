package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
)

// source is one Go file of the checkout.
type source struct {
	path      string // from the root, with slashes
	file      *ast.File
	positions *token.FileSet
	generated bool
}

func parseSource(name string, text []byte) (*source, error) {
	s := &source{path: name, positions: token.NewFileSet()}
	file, err := parser.ParseFile(s.positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse the checkout: %w", err)
	}
	s.file, s.generated = file, ast.IsGenerated(file)
	return s, nil
}

func (s *source) folder() string { return path.Dir(s.path) }

func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// inside reports whether the file is in one of the folders or below.
func (s *source) inside(folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return under(s.folder(), folder) })
}

// isCommand reports whether the file belongs to a program and not to a library.
func (s *source) isCommand() bool {
	return slices.Contains(strings.Split(s.path, "/"), "cmd") || s.inside("internal/bootstrap", "examples")
}

func (s *source) place(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.positions.Position(pos).Line)
}

// uses returns the places where s mentions a name of the package at
// importPath that wanted accepts.
func (s *source) uses(importPath string, wanted func(name string) bool) []finding {
	local := s.importName(importPath)
	var found []finding
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && local != "" && x.Name == local && wanted(selector.Sel.Name) {
			found = append(found, finding{selector.Pos(), path.Base(importPath) + "." + selector.Sel.Name})
		}
		return true
	})
	return found
}

// calls returns the calls of the predeclared functions names.
func (s *source) calls(names ...string) []finding {
	var found []finding
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.Ident); ok && slices.Contains(names, f.Name) {
			found = append(found, finding{call.Pos(), f.Name})
		}
		return true
	})
	return found
}

// importName returns the name by which s knows the package at importPath, or
// "" when it does not import it.
func (s *source) importName(importPath string) string {
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// sources returns every Go file of the checkout, nested modules and tests
// included, testdata excluded, in order of path.
func sources(t *testing.T) []*source {
	t.Helper()
	all, err := readSources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readSources = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	err := walk(func(name string, read func() ([]byte, error)) error {
		if path.Ext(name) != ".go" || slices.Contains(strings.Split(name, "/"), "testdata") {
			return nil
		}
		text, err := read()
		if err != nil {
			return err
		}
		s, err := parseSource(name, text)
		all = append(all, s)
		return err
	})
	return all, err
})

// walk calls f for each file of the checkout, in order of path. Folders whose
// names begin with a dot are skipped, except those that are part of the
// project, and so are installed packages.
func walk(f func(name string, read func() ([]byte, error)) error) error {
	root := shared.ModuleRoot()
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if entry.IsDir() {
			if skipped(name) {
				return filepath.SkipDir
			}
			return nil
		}
		return f(name, func() ([]byte, error) { return readFile(file) })
	})
}

func skipped(folder string) bool {
	base := path.Base(folder)
	return base == "node_modules" || strings.HasPrefix(base, ".") && folder != "." && folder != ".ci"
}

// under reports whether name is folder or below it.
func under(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}
