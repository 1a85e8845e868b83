package house

import (
	"go/ast"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// rich are the folders whose fuzz targets take whole schemas from strangers;
// each target has more than minSeeds seeds on file.
var rich = []string{"parser", "codegen", "codegen/gen"}

const minSeeds = 50

func TestFuzzTargetsHaveSeeds(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, target := range functions(s, "Fuzz") {
			seeds := path.Join(s.folder(), "testdata/fuzz", target.Name.Name)
			count := countFiles(t, seeds)
			switch {
			case slices.Contains(rich, s.folder()) && count <= minSeeds:
				t.Errorf("%s holds %d seeds: more than %d are asked for", seeds, count, minSeeds)
			case count == 0 && !addsSeeds(target):
				t.Errorf("%s: %s has no seeds: call Add or put files into %s", s.place(target.Pos()), target.Name.Name, seeds)
			}
		}
	}
}

// functions returns the functions of a test file whose names begin with
// prefix and that the go command runs.
func functions(s *source, prefix string) []*ast.FuncDecl {
	if !s.isTest() {
		return nil
	}
	var found []*ast.FuncDecl
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, prefix) {
			found = append(found, f)
		}
	}
	return found
}

// addsSeeds reports whether f itself calls the method Add of something, or
// hands its *testing.F to a function that may.
func addsSeeds(f *ast.FuncDecl) bool {
	adds := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			adds = adds || isAdd(call) || passesOn(call, f)
		}
		return !adds
	})
	return adds
}

func isAdd(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && method.Sel.Name == "Add"
}

func passesOn(call *ast.CallExpr, f *ast.FuncDecl) bool {
	for _, argument := range call.Args {
		if name, ok := argument.(*ast.Ident); ok && name.Name == f.Type.Params.List[0].Names[0].Name {
			return true
		}
	}
	return false
}

func countFiles(t *testing.T, folder string) int {
	t.Helper()
	if !exists(folder) {
		return 0
	}
	entries, err := os.ReadDir(inRoot(folder))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
