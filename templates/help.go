package templates

import "sync"

// ExitKey is the annotation of a command whose value lists its exit statuses,
// one indented line each.
const ExitKey = "exit statuses"

// Help returns the template of a command's help, for cobra's SetHelpTemplate:
// what the command does, and then its usage.
func Help() string { return help() }

// Usage returns the template of a command's usage, for cobra's
// SetUsageTemplate: synopsis, commands, flags, examples and exit statuses.
func Usage() string { return usage() }

var (
	help  = sync.OnceValue(func() string { return embedded("help.txt.tmpl") })
	usage = sync.OnceValue(func() string { return embedded("usage.txt.tmpl") })
)

func embedded(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic("templates: " + err.Error()) // embedded: a bug in the build, not in an input
	}
	return string(text)
}
