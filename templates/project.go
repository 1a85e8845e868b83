package templates

import (
	"bytes"
	"embed"
	"sync"
	"text/template"
)

//go:embed project/*.tmpl
var projectFiles embed.FS

// Project is what the files of a project depend on. All fields but Package are
// needed, and have to be fit for the files they are written to: an import path,
// an NSID's authority, a name of a folder.
type Project struct {
	Module   string // import path of the project, for its go.mod
	Prefix   string // of the NSIDs of its lexicons, without a dot at the end
	Package  string // the folder of their Go package, empty for lexgen's choice
	Official bool   // refers to the official lexicons
}

// ProjectFile is a file of a project.
type ProjectFile struct {
	Path string // below the folder of the project, with slashes
	Data []byte
}

// GoModPath is the path of the one file that a project may have already and
// that is never replaced.
const GoModPath = "go.mod"

// NewProject returns the files of a project: go.mod, lexgen.yaml, the folder of
// generated code with its go:generate line, a workflow for continuous
// integration and the settings of an editor. The settings expect the JSON
// Schemas of lexicons and of lexgen.yaml beside them.
func NewProject(p Project) ([]ProjectFile, error) {
	var list []ProjectFile
	for _, f := range []struct{ path, name string }{
		{GoModPath, "go.mod.tmpl"},
		{"lexgen.yaml", "lexgen.yaml.tmpl"},
		{"api/generate.go", "generate.go.tmpl"},
		{".github/workflows/lexicons.yml", "workflow.yml.tmpl"},
		{".vscode/settings.json", "vscode.json.tmpl"},
	} {
		var b bytes.Buffer
		if err := project().ExecuteTemplate(&b, f.name, p); err != nil {
			return nil, err
		}
		list = append(list, ProjectFile{Path: f.path, Data: b.Bytes()})
	}
	return list, nil
}

// project holds the templates of a project.
var project = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(projectFiles, "project/*.tmpl")) // embedded: fails in every test or never
})
