package lint

import (
	"strings"
	"testing"
)

func TestNamesFallIntoWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"fooBar":      "foo bar",
		"FooBar":      "foo bar",
		"foo_bar-baz": "foo bar baz",
		"HTTPServer":  "http server",
		"userID":      "user id",
		"getURLs":     "get urls",
		"v2Post":      "v2 post",
		"größeÄndern": "größe ändern",
		"__":          "",
		"":            "",
	} {
		if got := strings.Join(wordsOf(name), " "); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestWordsBecomeNames(t *testing.T) {
	t.Parallel()
	words := []string{"not", "found"}
	if got := camel(words); got != "notFound" {
		t.Errorf("camel: %q", got)
	}
	if got := pascal(words); got != "NotFound" {
		t.Errorf("pascal: %q", got)
	}
	if got := pascal(nil); got != "" {
		t.Errorf("no words: %q", got)
	}
	if got := capital("über"); got != "Über" {
		t.Errorf("capital: %q", got)
	}
}

func TestPluralsAreGuessed(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{
		"posts": true, "labels": true, "status": false, "progress": false, "news": false, "gps": false, "series": false, "post": false, "analysis": false,
	} {
		if got := isPlural(word); got != want {
			t.Errorf("%s: %t, want %t", word, got, want)
		}
	}
}

func TestLanguageTagsGetTheirUsualForm(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"de": "de", "DE": "de", "pt_br": "pt-BR", "zh-hant-tw": "zh-Hant-TW", "de-1996": "de-1996", "en-x-AB": "en-x-ab", "es-419": "es-419", "english!": "", "": "",
	} {
		if got := languageForm(tag); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}
