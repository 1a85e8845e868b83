package house

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// private are texts that belong to one machine or one way of fetching, and
// mean nothing to who reads the files elsewhere.
var private = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`(^|[\s"'=(:,` + "`" + `])/(root|home|Users|work)/[\w.]`), "a path of one machine"},
	{regexp.MustCompile(`\b(proxy|sum|index)\.golang\.` + `org\b`), "a host of a registry"},
	{regexp.MustCompile(`\bregistry\.(npmjs|yarnpkg)\.` + `(org|com)\b`), "a host of a registry"},
	{regexp.MustCompile(`\b(deb|security|ftp)\.debian\.` + `org\b`), "a host of a registry"},
	{regexp.MustCompile(`\b(files\.pythonhosted\.` + `org|pypi\.` + `org|static\.crates\.` + `io)\b`), "a host of a registry"},
}

func TestFilesNameNoMachine(t *testing.T) {
	t.Parallel()
	err := walk(func(name string, read func() ([]byte, error)) error {
		text, err := read()
		if err != nil || bytes.IndexByte(text, 0) >= 0 { // not a text
			return err
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if what := machine(line); what != "" {
				t.Errorf("%s:%d: %s: %s", name, number, what, bytes.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesNameNoMachine_Sees(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`dir := "` + strings.Join([]string{"", "home", "me", "x"}, "/") + `"`,
		"cd " + strings.Join([]string{"", "root", "go"}, "/"),
		"GOPROXY=https://" + strings.Join([]string{"proxy", "golang", "org"}, "."),
	} {
		if machine([]byte(line)) == "" {
			t.Errorf("the rule does not see what breaks it: %s", line)
		}
	}
}

func machine(line []byte) string {
	for _, p := range private {
		if p.pattern.Match(line) {
			return p.what
		}
	}
	return ""
}
