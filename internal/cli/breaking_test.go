package cli

import (
	"testing"

	"github.com/lexgen/lexgen/resolver/breaking"
)

func TestNextVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		against string
		advice  breaking.Advice
		want    string
	}{
		{"git:v1.2.3", breaking.Major, "the next version is v2.0.0"},
		{"git:v1.2.3", breaking.Minor, "the next version is v1.3.0"},
		{"git:v1.2.3", breaking.Patch, "the next version is v1.2.4"},
		{"git:v1.2.3:lexicons", breaking.None, "no new version is needed"},
		{"git:lexicons/v1.2.3-rc.1:lexicons", breaking.Major, "the next version is v2.0.0"},
		{"go:example.com/a/v2@v2.0.0/lexicons", breaking.Major, "the next version is v3.0.0"},
		{"go:example.com/a@v0.2.3", breaking.Major, "the next version is v0.3.0"},
		{"go:example.com/a@v0.2.3", breaking.Minor, "the next version is v0.2.4"},
		{"go:example.com/a@v0.2.3", breaking.Patch, "the next version is v0.2.4"},
		{"git:main", breaking.Major, "the next version is a major one"},
		{"go:example.com/a", breaking.Minor, "the next version is a minor one"},
		{"old@v1.0.0", breaking.Patch, "the next version is a patch one"},
	} {
		b := &breakingRun{against: c.against}
		if got := b.nextVersion(c.advice); got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.against, c.advice, got, c.want)
		}
	}
}

// TestMarkdownIsText hides what Markdown, HTML and forges would make something
// of.
func TestMarkdownIsText(t *testing.T) {
	t.Parallel()
	got := plainMarkdown("<b>@you [x](y) *a* _b_ `c` | \\ &amp; ![i] ~~\n# t\u202e\x1b")
	want := "&lt;b\\>&#64;you \\[x\\](y) \\*a\\* \\_b\\_ \\`c\\` \\| \\\\ \\&amp; \\!\\[i\\] \\~\\~ # t&lt;U+202E\\>&lt;U+001B\\>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
