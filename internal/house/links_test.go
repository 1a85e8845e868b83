package house

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	markdownLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	markdownHeading = regexp.MustCompile(`(?m)^#+[ \t]+(.+?)[ \t]*$`)
	codeFence       = regexp.MustCompile("(?ms)^```.*?^```")
)

func TestMarkdownLinksResolve(t *testing.T) {
	t.Parallel()
	err := walk(func(name string, read func() ([]byte, error)) error {
		if path.Ext(name) != ".md" || slices.Contains(strings.Split(name, "/"), "testdata") {
			return nil
		}
		text, err := read()
		if err != nil {
			return err
		}
		for _, link := range markdownLink.FindAllStringSubmatch(withoutFences(text), -1) {
			checkLink(t, name, link[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkLink fails if target, as written in the file name, is no address of
// the web and leads to no file, or to no heading in it.
func checkLink(t *testing.T, name, target string) {
	t.Helper()
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return
	}
	file, anchor, _ := strings.Cut(target, "#")
	place := name
	if file != "" {
		place = path.Join(path.Dir(name), file)
	}
	if !exists(place) {
		t.Errorf("%s: the link %s leads nowhere", name, target)
		return
	}
	if anchor != "" && path.Ext(place) == ".md" && !slices.Contains(anchors(t, place), anchor) {
		t.Errorf("%s: the link %s leads to no heading of %s", name, target, place)
	}
}

// anchors returns the names by which links reach the headings of a file.
func anchors(t *testing.T, name string) []string {
	t.Helper()
	text, err := readFile(inRoot(name))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, heading := range markdownHeading.FindAllStringSubmatch(withoutFences(text), -1) {
		all = append(all, anchorOf(heading[1]))
	}
	return all
}

// anchorOf lowers letters, turns spaces into hyphens, and drops what is
// neither letter, digit, hyphen nor underscore.
func anchorOf(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, heading)
}

func withoutFences(text []byte) string {
	return codeFence.ReplaceAllString(string(text), "")
}
