package house

import (
	"slices"
	"strings"
	"testing"
)

func TestAppsLinkFewModules(t *testing.T) {
	t.Parallel()
	const limit = 8
	checkLinked(t, limit, present("api/comatproto", "runtime/lex", "runtime/xrpc"))
}

func TestRuntimeLinksFewModules(t *testing.T) {
	t.Parallel()
	const limit = 16
	var arguments []string
	for _, p := range goList(t, present("runtime/...")...) {
		if p.folder() != "runtime/lex/cborgen" { // the edge to cbor-gen, for those who have it anyway
			arguments = append(arguments, p.ImportPath)
		}
	}
	checkLinked(t, limit, arguments)
}

func TestUsersDownloadFewModules(t *testing.T) {
	t.Parallel()
	const limit = 65
	modules := strings.Fields(goCommand(t, "list", "-m", "-f", "{{.Path}}", "all"))
	if len(modules) > limit {
		t.Errorf("the module graph has %d modules, more than %d:\n%s", len(modules), limit, strings.Join(modules, "\n"))
	}
}

func checkLinked(t *testing.T, limit int, packages []string) {
	t.Helper()
	if len(packages) == 0 {
		t.Skip("none of these packages exists yet")
	}
	modules := foreign(goList(t, slices.Concat([]string{"-deps"}, packages)...))
	if len(modules) > limit {
		t.Errorf("%d foreign modules are linked, more than %d:\n%s", len(modules), limit, strings.Join(modules, "\n"))
	}
}
