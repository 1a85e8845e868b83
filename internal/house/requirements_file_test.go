package house

import (
	"os"
	"strings"
	"testing"
)

// requirements is the file of requirements, read.
type requirements struct {
	lines    []string // all of them, comments too, without newlines
	finished []string // folders
	all      []requirement
}

func readRequirements(t *testing.T) *requirements {
	t.Helper()
	text, err := readFile(inRoot(requirementsFile))
	if err != nil {
		t.Fatal(err)
	}
	file := &requirements{lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
	for i, line := range file.lines {
		file.add(t, i+1, line)
	}
	return file
}

func (file *requirements) add(t *testing.T, number int, line string) {
	t.Helper()
	columns := strings.Split(line, "\t")
	switch {
	case strings.HasPrefix(line, "#"):
	case columns[0] == "finished" && len(columns) == 2 && len(file.all) == 0:
		file.finished = append(file.finished, columns[1])
	case len(columns) == 4:
		state, argument, _ := strings.Cut(columns[1], " ")
		file.all = append(file.all, requirement{
			line: number, id: columns[0], state: state, argument: argument, section: columns[2], text: columns[3],
		})
	default:
		t.Errorf("%s:%d: neither a comment, nor a finished package at the head, nor a requirement of four columns", requirementsFile, number)
	}
}

func (file *requirements) write(t *testing.T) {
	t.Helper()
	text := strings.Join(file.lines, "\n") + "\n"
	if err := os.WriteFile(inRoot(requirementsFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
