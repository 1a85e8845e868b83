package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// layer says what the packages of a folder and below may import of this
// project, besides each other. The layer with the longest folder counts.
type layer struct {
	folder string
	may    []string
}

// layers is the order of the project: no layer names one that names it.
var layers = []layer{
	{"internal/visible", nil},
	{"parser/diag", []string{"internal/visible"}},
	{"parser/jsontree", []string{"parser/diag"}},
	{"parser", []string{"parser/diag", "parser/jsontree", "runtime/syntax"}},
	{"resolver", []string{"parser", "runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/identity", "runtime/repo"}},
	{"resolver/network", []string{"parser", "resolver", "runtime"}},
	{"codegen/ir", []string{"parser", "resolver", "runtime/syntax", "runtime/lex"}},
	{"templates", []string{"internal/visible"}},
	{"codegen", []string{"parser", "resolver", "codegen/ir", "templates", "runtime/syntax", "runtime/lex"}},
	{"internal/config", []string{"parser/diag", "runtime/syntax", "internal/visible"}},
	{"internal/cli", []string{"parser", "resolver", "codegen", "templates", "internal/config", "internal/visible", "runtime"}},
	{"internal/firehose", []string{"internal/cli", "runtime", "api"}},
	{"internal/account", []string{"internal/cli", "runtime", "api"}},
	{"cmd/lexgen", []string{"internal/cli", "internal/firehose", "internal/account"}},
	{"internal/bootstrap", []string{"internal/cli"}},

	{"runtime/cid", nil},
	{"runtime/guard", nil},
	{"internal/ratelimit", nil},
	{"runtime/syntax", []string{"runtime/cid"}},
	{"runtime/lex", []string{"runtime/cid", "runtime/syntax"}},
	{"runtime/crypto", []string{"runtime/cid", "runtime/syntax", "runtime/lex"}},
	{"runtime/auth", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto"}},
	{"runtime/xrpc", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth"}},
	{"runtime/repo", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth"}},
	{"runtime/identity", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth", "runtime/guard", "internal/ratelimit"}},
	{"runtime/lexicon", []string{
		"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth",
		"runtime/guard", "runtime/identity", "runtime/repo", "runtime/xrpc",
	}},
	{"runtime/label", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth", "runtime/identity"}},
	{"runtime/sync", []string{
		"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/crypto", "runtime/auth",
		"runtime/xrpc", "runtime/repo", "runtime/identity", "runtime/label", "runtime/guard", "internal/ratelimit", "api/comatproto",
	}},
	{"api", []string{"runtime/cid", "runtime/syntax", "runtime/lex", "runtime/xrpc"}},
	{"api/atclient", []string{"runtime", "api"}},
	{"api/lexiconserver", []string{"runtime", "api/comatproto"}},
	{"examples", []string{"runtime", "api"}},

	// Helpers of tests.
	{"internal/golden", nil},
	{"internal/shared", nil},
	{"internal/values", []string{"parser", "resolver"}},
	{"internal/gotest", []string{"parser", "resolver", "codegen", "internal/shared"}},
	{"internal/lexicontest", []string{"runtime", "api"}},
	{"internal/house", nil},
	{"internal/lexicontest", []string{"runtime", "api"}},
}

// helpers are the folders with packages for tests alone.
var helpers = []string{"internal/golden", "internal/shared", "internal/values", "internal/gotest", "internal/house"}

// testHelpers may be imported by every test, and by packages for tests alone.
// External tests (package x_test) may import anything.
var testHelpers = []string{"internal/golden", "internal/shared", "internal/lexicontest"}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "-e", "./...") {
		from, ok := layerOf(p.folder())
		if !ok {
			t.Errorf("%s is in no layer: give it a place in this file", p.folder())
			continue
		}
		if forTests(p.folder()) {
			p.TestImports = append(p.TestImports, p.Imports...)
		} else {
			checkImports(t, p, from, p.Imports, nil)
		}
		checkImports(t, p, from, p.TestImports, testHelpers)
	}
}

// forTests reports whether a folder has a package that only tests import.
func forTests(folder string) bool {
	return slices.Contains(strings.Split(folder, "/"), "internal") && strings.HasSuffix(folder, "test")
}

// TestLayersAreOrdered proves that the table itself has no cycle, so that it
// forbids what it seems to forbid.
func TestLayersAreOrdered(t *testing.T) {
	t.Parallel()
	for _, l := range layers {
		if below(l, map[string]bool{})[l.folder] {
			t.Errorf("%s may import what may import it", l.folder)
		}
	}
}

// below adds to seen the folders of all layers that l may reach.
func below(l layer, seen map[string]bool) map[string]bool {
	for _, next := range layers {
		if next.folder != l.folder && !seen[next.folder] && mayImport(l, next) {
			seen[next.folder] = true
			below(next, seen)
		}
	}
	return seen
}

// mayImport reports whether l may import something of the layer next.
func mayImport(l, next layer) bool {
	return slices.ContainsFunc(l.may, func(name string) bool {
		to, _ := layerOf(name)
		return to.folder == next.folder || under(next.folder, name)
	})
}

func checkImports(t *testing.T, p listed, from layer, imports, more []string) {
	t.Helper()
	for _, name := range imports {
		folder := folderOf(name)
		if folder == "" {
			continue
		}
		to, _ := layerOf(folder)
		allowed := slices.ContainsFunc(slices.Concat(from.may, more), func(may string) bool { return under(folder, may) })
		if to.folder != from.folder && !allowed {
			t.Errorf("%s imports %s, against the order of the layers", p.folder(), folder)
		}
	}
}

func layerOf(folder string) (layer, bool) {
	var best layer
	for _, l := range layers {
		if under(folder, l.folder) && len(l.folder) > len(best.folder) {
			best = l
		}
	}
	return best, best.folder != ""
}

// confined lists foreign modules that only some folders may use outside of
// tests, so that the rest of the project does not grow to depend on them.
var confined = []struct {
	prefix  string // of the import path
	folders []string
	why     string
}{
	{"github.com/whyrusleeping/cbor-gen", []string{"runtime/lex/cborgen"}, "lexgen has a codec of its own; only the edge adapts"},
	{"github.com/ipfs/", []string{"runtime/lex/cborgen"}, "runtime/cid is the CID of this project"},
	{"gitlab.com/yawning/", []string{"runtime/crypto"}, "one package has keys and signatures"},
	{"github.com/decred/", nil, "the oracle of tests; runtime/crypto verifies with another library"},
	{"github.com/gobwas/ws", nil, "services alone send ready frames"},
	{"github.com/dave/jennifer", []string{"codegen"}, "emitters print; nothing else makes Go source"},
	{"github.com/spf13/cobra", []string{"internal/cli"}, "the command line has no logic, and logic no command line"},
	{"github.com/schollz/progressbar", []string{"internal/cli"}, "progress is shown by programs"},
	{"github.com/santhosh-tekuri/jsonschema", []string{"parser", "internal/config"}, "shapes are checked where files are read"},
	{"github.com/owenrumney/go-sarif", []string{"parser/diag"}, "one printer writes SARIF"},
	{"github.com/goccy/go-yaml", []string{"internal/config"}, "one file is YAML, and one package reads it"},
}

func TestForeignModulesAreConfined(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "-e", "./...") {
		for _, name := range p.Imports {
			if reason := confinedElsewhere(p.folder(), name); reason != "" {
				t.Errorf("%s imports %s: %s", p.folder(), name, reason)
			}
		}
	}
}

func confinedElsewhere(folder, importPath string) string {
	for _, c := range confined {
		inside := slices.ContainsFunc(c.folders, func(f string) bool { return under(folder, f) })
		if strings.HasPrefix(importPath, c.prefix) && !inside {
			return fmt.Sprintf("%s (allowed in %v)", c.why, c.folders)
		}
	}
	return ""
}

func TestEmittersNameJennifer(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(*source) bool { return true },
		find:    dotImports,
		advice:  "import by name, so that a reader sees where a word comes from",
		trips:   "package p\nimport . \"fmt\"\n",
	}.check(t)
}

func dotImports(s *source) []finding {
	var found []finding
	for _, spec := range s.file.Imports {
		if spec.Name != nil && spec.Name.Name == "." {
			found = append(found, finding{spec.Pos(), "dot import of " + spec.Path.Value})
		}
	}
	return found
}
