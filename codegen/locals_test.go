package codegen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
)

// TestNoPackageIsCalledLikeALocalVariable proves that a variable of generated
// code never hides a package that it names, whatever its folder is called.
func TestNoPackageIsCalledLikeALocalVariable(t *testing.T) {
	t.Parallel()
	variables := locals(t)
	if len(variables) < 3 {
		t.Fatalf("only the variables %q were found", variables)
	}
	for _, name := range variables {
		files := texts{"a.json": lexicon("com.acme.a", `"main":{"type":"object"}`)}
		p := compile(t, files, ir.Options{Module: "example.com/out", Packages: map[string]string{"com.acme": "x/" + name}}).program
		if got := p.Packages[0].Name; got == name {
			t.Errorf("a package can be called %s, like a local variable: reserve the name", name)
		}
	}
}

// locals returns the names of all local variables in the code of the golden
// cases.
func locals(t *testing.T) []string {
	t.Helper()
	names := map[string]bool{}
	for _, archive := range goldenArchives(t) {
		in := texts{}
		for _, file := range archive.Files {
			if name, ok := strings.CutPrefix(file.Name, "in/"); ok {
				in[name] = string(file.Data)
			}
		}
		program := compile(t, in, ir.Options{Module: "example.com/out"}).program
		if program == nil {
			continue
		}
		files, err := codegen.Generate(program, codegen.Emitters())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			localsOf(t, file, names)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func localsOf(t *testing.T, file codegen.File, names map[string]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file.Path, file.Data, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(function, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Obj != nil && id.Obj.Kind == ast.Var && id.Name != "_" && !ast.IsExported(id.Name) && !strings.HasPrefix(id.Name, "lex") {
				names[id.Name] = true
			}
			return true
		})
	}
}
