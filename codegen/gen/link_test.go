package gen_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/shared"
)

// apiPath is the import path above the packages of the official namespaces.
const apiPath = "github.com/lexgen/lexgen/api/"

// useText is a program that reads and writes one type of api/.
const useText = `package main

import (
	"os"

	"github.com/lexgen/lexgen/api/%s"
	"github.com/lexgen/lexgen/runtime/lex"
)

func main() {
	var v %s
	if lex.DecodeCBOR([]byte(os.Args[0]), &v) == nil || lex.DecodeJSON([]byte(os.Args[0]), &v) == nil || lex.Validate(&v) != nil {
		return
	}
	b, _ := lex.MarshalCBOR(&v)
	text, _ := lex.MarshalJSON(&v)
	os.Stdout.Write(append(b, text...))
}
`

// TestOneTypeLinksOnlyWhatItNeeds builds a program for each of a few types and
// looks at its symbols, and at the names of the types that it can reflect on.
func TestOneTypeLinksOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	facet := []string{
		"appbsky.RichtextFacet", "appbsky.RichtextFacetByteSlice", "appbsky.RichtextFacetLink", "appbsky.RichtextFacetMention", "appbsky.RichtextFacetTag",
	}
	cases := map[string][]string{
		"appbsky.RichtextFacet":    facet,
		"appbsky.EmbedExternal":    {"appbsky.EmbedExternal", "appbsky.EmbedExternalExternal", "comatproto.RepoStrongRef"},
		"appbsky.FeedLike":         {"appbsky.FeedLike", "comatproto.RepoStrongRef"},
		"comatproto.RepoStrongRef": {"comatproto.RepoStrongRef"},
	}
	m := gotest.NewModule(t, "example.com/link")
	for name := range cases {
		pkg, _, _ := strings.Cut(name, ".")
		m.Write(t, name+"/main.go", fmt.Sprintf(useText, pkg, name))
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := build(t, m, name)
			if diff := cmp.Diff(want, linkedTypes(t, m, file)); diff != "" {
				t.Errorf("types in the binary (-want +got):\n%s", diff)
			}
			if inits := initialized(t, file); len(inits) > 0 {
				t.Errorf("packages with work to do at the start: %v", inits)
			}
		})
	}
}

// callText is a program that calls one endpoint of api/.
const callText = `package main

import (
	"context"

	"github.com/lexgen/lexgen/api/%s"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

func main() {
	_, _ = %s.Call(context.Background(), xrpc.NewClient("no URL"), nil)
}
`

// TestOneEndpointLinksOnlyWhatItNeeds is the same for programs that call
// endpoints: of the others, and of the servers of their groups, nothing is
// linked.
func TestOneEndpointLinksOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		"comatproto.ServerGetServiceAuth": {
			"comatproto.ServerGetServiceAuth", "comatproto.ServerGetServiceAuthOutput", "comatproto.ServerGetServiceAuthParams",
		},
		"comatproto.IdentityUpdateHandle": {"comatproto.IdentityUpdateHandle", "comatproto.IdentityUpdateHandleInput"},
	}
	m := gotest.NewModule(t, "example.com/link")
	for name := range cases {
		pkg, _, _ := strings.Cut(name, ".")
		m.Write(t, name+"/main.go", fmt.Sprintf(callText, pkg, name))
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := build(t, m, name)
			if diff := cmp.Diff(want, linkedTypes(t, m, file)); diff != "" {
				t.Errorf("names in the binary (-want +got):\n%s", diff)
			}
			if inits := initialized(t, file); len(inits) > 0 {
				t.Errorf("packages with work to do at the start: %v", inits)
			}
		})
	}
}

// TestGeneratedPackagesHaveNothingToInitialize imports all of api/.
func TestGeneratedPackagesHaveNothingToInitialize(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shared.ModuleRoot(), "api", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	for _, file := range files {
		folders[filepath.Base(filepath.Dir(file))] = true
	}
	if len(folders) < 6 {
		t.Fatalf("the packages are %v, want at least 6", folders)
	}
	var text strings.Builder
	text.WriteString("package main\n\nimport (\n")
	for folder := range folders {
		fmt.Fprintf(&text, "\t_ %q\n", apiPath+folder)
	}
	text.WriteString(")\n\nfunc main() {}\n")
	m := gotest.NewModule(t, "example.com/link")
	m.Write(t, "all/main.go", text.String())
	if inits := initialized(t, build(t, m, "all")); len(inits) > 0 {
		t.Errorf("packages with work to do at the start: %v", inits)
	}
}

// build builds the program in a folder of the module.
func build(t *testing.T, m *gotest.Module, folder string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	m.Go(t, "", "build", "-o", file, "./"+folder)
	return file
}

var (
	// apiSymbol finds the package and the first name in a symbol of api/.
	apiSymbol = regexp.MustCompile(`lexgen/api/(\w+)\.(.*)`)
	// typeName finds the names of types of api/ that reflection could show.
	typeName = regexp.MustCompile(`\*((?:appbsky|chatbsky|comatproto|comgermnetwork|sitestandard|toolsozone)\.[A-Za-z0-9_]+)`)
	// owner takes the name of a type from that of a symbol.
	owner = regexp.MustCompile(`^(?:\(\*(\w+)\)|lex(?:Table|Array|Union)?(\w+)|(\w+))`)
)

// linkedTypes returns the types of api/ that have symbols or names in the
// binary, sorted.
func linkedTypes(t *testing.T, m *gotest.Module, file string) []string {
	t.Helper()
	found := map[string]bool{}
	for line := range strings.Lines(m.Go(t, "", "tool", "nm", file)) {
		symbol := apiSymbol.FindStringSubmatch(strings.TrimSpace(line))
		if symbol == nil {
			continue
		}
		name := owner.FindStringSubmatch(symbol[2])
		if name == nil {
			t.Errorf("unknown symbol %s", line)
			continue
		}
		found[symbol[1]+"."+strings.Join(name[1:], "")] = true
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range typeName.FindAllSubmatch(data, -1) {
		found[string(name[1])] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// initialized runs the binary and returns the packages of api/ that had
// something to initialize.
func initialized(t *testing.T, file string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), file)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, trace.Bytes())
	}
	if !strings.Contains(trace.String(), "init runtime @") {
		t.Fatalf("there is no trace:\n%s", trace.Bytes())
	}
	var list []string
	for line := range strings.Lines(trace.String()) {
		if strings.Contains(line, apiPath) {
			list = append(list, strings.Fields(line)[1])
		}
	}
	return list
}
