package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// inActions reports whether GitHub Actions runs the program, and so reads what it
// prints.
func (w world) inActions() bool { return w.getenv("GITHUB_ACTIONS") == "true" }

// actionsFolder returns the working directory as the repository of a workflow
// sees it, with slashes; empty outside of one.
func (w world) actionsFolder() string {
	workspace, err := filepath.EvalSymlinks(w.getenv("GITHUB_WORKSPACE"))
	if err != nil || workspace == "" {
		return ""
	}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		return ""
	}
	folder, err := filepath.Rel(workspace, here)
	if err != nil || !filepath.IsLocal(folder) {
		return ""
	}
	return filepath.ToSlash(folder)
}

// actionsLog is a log in which GitHub Actions looks for commands.
type actionsLog struct{ io.Writer }

// Write writes text without commands.
func (l actionsLog) Write(text []byte) (int, error) {
	_, err := io.WriteString(l.Writer, withoutCommands(string(text)))
	return len(text), err
}

// withoutCommands changes what GitHub Actions would take for a command: a line
// that begins with two colons, and ##[ anywhere. A name of a file or a text of a
// lexicon may have them.
func withoutCommands(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		command := strings.TrimLeftFunc(line, unicode.IsSpace)
		if after, ok := strings.CutPrefix(command, "::"); ok {
			line = line[:len(line)-len(command)] + "<U+003A>:" + after
		}
		b.WriteString(strings.ReplaceAll(line, "##[", "##<U+005B>"))
	}
	return b.String()
}
