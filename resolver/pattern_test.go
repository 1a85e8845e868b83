package resolver

import "testing"

func TestPatternForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, id string
		want        bool
	}{
		{"com.acme.post", "com.acme.post", true},
		{"com.acme.post", "com.acme.posts", false},
		{"com.acme.post#view", "com.acme.post", true},
		{"com.acme.*", "com.acme.post", true},
		{"com.acme.*", "com.acme.feed.post", true},
		{"com.acme.*", "com.acmex.post", false},
		{"com.acme.*", "com.acme", false},
		{"*", "com.acme.post", true},
	} {
		pattern, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := pattern.MatchID(c.id); got != c.want || pattern.String() != c.pattern {
			t.Errorf("%s matches %s: %v, want %v", c.pattern, c.id, got, c.want)
		}
	}
}

func TestPatternMatchesOneDefinition(t *testing.T) {
	t.Parallel()
	pattern, err := ParsePattern("com.acme.post#main")
	if err != nil {
		t.Fatal(err)
	}
	lexicon := &Lexicon{ID: "com.acme.post"}
	if !pattern.MatchDef(&Def{Lexicon: lexicon, Name: "main"}) || pattern.MatchDef(&Def{Lexicon: lexicon, Name: "view"}) {
		t.Error("NSID#main does not match main alone")
	}
}

func TestMalformedPatterns(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ".*", "com..acme", "com.acme.", "com.*.post", "*.post", "com.acme.*#x", "com.acme#", "#x", "com.acme#a#b", "com acme"} {
		if pattern, err := ParsePattern(text); err == nil {
			t.Errorf("%q is accepted as %+v", text, pattern)
		}
	}
}

func TestGlobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		glob, path string
		want       bool
	}{
		{"com/acme/post.json", "com/acme/post.json", true},
		{"com/acme", "com/acme/post.json", true},
		{"com/acme/", "com/acme/post.json", true},
		{"com/ac", "com/acme/post.json", false},
		{"com/*/post.json", "com/acme/post.json", true},
		{"com/*/post.json", "com/acme/x/post.json", false},
		{"**/draft*.json", "com/acme/draft1.json", true},
		{"**/draft*.json", "draft1.json", true},
		{"com/**/x/*.json", "com/a/b/x/y.json", true},
		{"com/**/x/*.json", "com/x/y.json", true},
		{"com/**/x/*.json", "org/x/y.json", false},
		{"./lexicons/com", "./lexicons/com/a.json", true},
		{"**/**/**/**/z.json", "a/b/c/d/e/f/g/h/y.json", false},
	} {
		if got := matchGlob(c.glob, c.path); got != c.want {
			t.Errorf("%s matches %s: %v, want %v", c.glob, c.path, got, c.want)
		}
	}
}

func TestMalformedExclusions(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a/[", "com.acme.post#view", "*.post"} {
		if _, err := parseExclusions([]string{text}); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
