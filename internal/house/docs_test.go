package house

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestEveryExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(s *source) bool { return !s.isTest() },
		find:    undocumented,
		advice:  "write what a user must know: shape, units, limits, errors, concurrency",
		trips:   "package p\ntype T struct{}\nfunc (*T) M() {}\n",
	}.check(t)
}

func TestEveryPackageIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]string{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		documented[s.folder()] += s.file.Doc.Text()
	}
	for _, folder := range slices.Sorted(maps.Keys(documented)) {
		text := documented[folder]
		if !strings.HasPrefix(text, "Package ") && !strings.HasPrefix(text, "Command ") {
			t.Errorf("%s: the package comment is missing, or does not begin with Package or Command", folder)
		}
	}
}

// undocumented finds the exported declarations without a comment. The comment
// of a group is enough for its constants and variables, and so is one at the
// end of the line.
func undocumented(s *source) []finding {
	var found []finding
	for _, decl := range s.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && exportedReceiver(decl) && decl.Doc.Text() == "" {
				found = append(found, finding{decl.Pos(), decl.Name.Name + " is exported and has no comment"})
			}
		case *ast.GenDecl:
			found = append(found, undocumentedSpecs(decl)...)
		}
	}
	return found
}

func undocumentedSpecs(group *ast.GenDecl) []finding {
	var found []finding
	for _, spec := range group.Specs {
		for _, name := range specNames(spec, group) {
			if name.IsExported() {
				found = append(found, finding{name.Pos(), name.Name + " is exported and has no comment"})
			}
		}
	}
	return found
}

// specNames returns the names of spec that no comment covers.
func specNames(spec ast.Spec, group *ast.GenDecl) []*ast.Ident {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Doc.Text() == "" && spec.Comment.Text() == "" && (group.Lparen.IsValid() || group.Doc.Text() == "") {
			return []*ast.Ident{spec.Name}
		}
	case *ast.ValueSpec:
		if group.Doc.Text() == "" && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
			return spec.Names
		}
	}
	return nil
}

// exportedReceiver reports whether f is a function, or a method of an
// exported type.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	name := ""
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if ident, ok := n.(*ast.Ident); ok && name == "" {
			name = ident.Name
		}
		return name == ""
	})
	return token.IsExported(name)
}
