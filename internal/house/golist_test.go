package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
)

const module = "github.com/lexgen/lexgen"

// listed is what the tests here read of a package that `go list` describes.
type listed struct {
	ImportPath  string   `json:"ImportPath"`
	GoFiles     []string `json:"GoFiles"`
	Imports     []string `json:"Imports"`
	TestImports []string `json:"TestImports"`
	Module      *struct {
		Path string `json:"Path"`
		Main bool   `json:"Main"`
	} `json:"Module"`
}

// folder returns the folder of a package of the root module, from its root.
func (p listed) folder() string { return folderOf(p.ImportPath) }

// ours reports whether the package belongs to the root module.
func (p listed) ours() bool { return p.Module != nil && p.Module.Main }

// folderOf returns the folder that the import path of a package of this
// project names, and "" for all others.
func folderOf(importPath string) string {
	folder, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return folder
}

// goList describes the packages that the arguments name, as a user of the
// root module alone would see them, without the workspace. With -e among the
// arguments it does so even if some of them do not compile.
func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	fields := "-json=ImportPath,GoFiles,Imports,TestImports,Module"
	decoder := json.NewDecoder(strings.NewReader(goCommand(t, append([]string{"list", fields}, args...)...)))
	var all []listed
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = shared.ModuleRoot()
	command.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// present returns the folders that exist, as arguments of the go command.
func present(folders ...string) []string {
	var args []string
	for _, folder := range folders {
		if exists(strings.TrimSuffix(folder, "/...")) {
			args = append(args, "./"+folder)
		}
	}
	return args
}

// foreign returns the modules that packages come from, in order, without the
// root module and the standard library.
func foreign(packages []listed) []string {
	var modules []string
	for _, p := range packages {
		if p.Module != nil && !p.Module.Main {
			modules = append(modules, p.Module.Path)
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
