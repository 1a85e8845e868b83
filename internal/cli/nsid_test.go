package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/templates"
)

func TestTheNSIDThatWasMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"com.example.my_post":          "com.example.myPost",
		"com.example.my-long  post":    "com.example.myLongPost",
		"Com.Ex_ample.post!":           "com.ex-ample.post",
		"com/example/post":             "com.example.post",
		"com.example.feed#post":        "com.example.feed.post",
		"com..example.1st":             "com.example.st",
		" com.example.post ":           "com.example.post",
		"com.example":                  "",
		"":                             "",
		"...":                          "",
		"https://example.com/a.b.c":    "",
		"com.example.größe":            "com.example.grE",
		"com.example.日本":               "",
		"1com.example.post":            "",
		strings.Repeat("a.", 200) + "": "",
	} {
		if got := nearestNSID(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if err := checkNSID(text); err == nil {
			t.Errorf("%q is an NSID", text)
		} else if want != "" && !strings.Contains(err.Error(), "did you mean "+want+"?") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := checkNSID("com.example.post"); err != nil {
		t.Error(err)
	}
}

func TestNamesHaveWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"post":       {"post"},
		"listPosts":  {"list", "posts"},
		"getPLC":     {"get", "plc"},
		"A":          {"a"},
		"v2Post":     {"v2", "post"},
		"OAuthScope": {"oauth", "scope"},
	} {
		if diff := cmp.Diff(want, wordsOf(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNounsHaveASingular(t *testing.T) {
	t.Parallel()
	for noun, want := range map[string]string{"posts": "post", "stories": "story", "class": "class", "feed": "feed"} {
		if got := singular(noun); got != want {
			t.Errorf("%s: got %s, want %s", noun, got, want)
		}
	}
}

// TestEveryKindHasACommand compares the two tables of kinds.
func TestEveryKindHasACommand(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
		if err := checkNSID(k.sample); err != nil {
			t.Errorf("the sample of %s: %v", k.name, err)
		}
	}
	if diff := cmp.Diff(templates.Kinds(), names); diff != "" {
		t.Errorf("kinds (-templates +commands):\n%s", diff)
	}
}
