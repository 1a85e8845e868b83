package house

import (
	"go/ast"
	"testing"
)

func TestNoInitFunctions(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(s *source) bool { return !s.isTest() },
		find:    initFunctions,
		advice:  "do the work where it is needed, behind sync.OnceValue if it must be done once",
		trips:   "package p\nfunc init() {}\n",
	}.check(t)
}

func initFunctions(s *source) []finding {
	var found []finding
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			found = append(found, finding{f.Pos(), "function init"})
		}
	}
	return found
}
