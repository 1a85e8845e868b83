package cli

import (
	"io"
	"path/filepath"
	"strings"
	"unicode"
)

// inActions reports whether GitHub Actions runs the program, and so reads what it
// prints.
func (w world) inActions() bool { return w.getenv("GITHUB_ACTIONS") == "true" }

// workspace is the root of the repository that a workflow works on; outside of
// one, and elsewhere, none.
func (w world) workspace() sourceRoot {
	root, err := filepath.EvalSymlinks(w.getenv("GITHUB_WORKSPACE"))
	here := workingDirectory()
	if err != nil || root == "" || here == "" {
		return sourceRoot{}
	}
	if folder, err := filepath.Rel(root, here); err != nil || !filepath.IsLocal(folder) {
		return sourceRoot{}
	}
	return sourceRoot{root: root, here: here}
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
