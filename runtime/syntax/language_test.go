package syntax_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestLanguageGrammar_SY22(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ja", "ban", "pt-BR", "hy-Latn-IT-arevela", "es-419", "de-CH-1901", "de-1901-1996", "zh-min-nan", "zh-cmn-Hans-CN", "art-lojban",
		"en-GB-oed", "en-gb-OED", "i-klingon", "i-DEFAULT", "sgn-BE-FR", "x-a", "X-fr-CH-12345678", "en-x-a-b-c", "de-a-foo-b-bar",
		"en-0-aa-p-bb", "en-u-co-phonebk-x-u-x", "english", "zh-a-b1",
	} {
		if _, err := syntax.ParseLanguage(text); err != nil {
			t.Error(err)
		}
	}
}

func TestStrictParseRefusesWhatCheckAccepts_SY22_SY28(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"de-419-DE",                     // two regions
		"de-DE-1901-1901",               // variant twice
		"en-rozaj-ROZAJ",                // the same in another letter case
		"en-a-foo-a-bar",                // extension twice
		"en-0-foo-0-bar",                // the same, a digit
		"en-u-co-phonebk-U-ca-buddhist", // the same in another letter case
		"en-a", "en-a-b-cc", "en-a-x-y", // extension without content
		"en-x",     // private use without content
		"i-nobody", // no tag of the list
		"zh-cmn-min-nan-yue",
		"en-Latn-Cyrl",
	} {
		if _, err := syntax.ParseLanguage(text); err == nil {
			t.Errorf("ParseLanguage(%q) accepts", text)
		}
		if err := syntax.Check(syntax.FormatLanguage, text); err != nil {
			t.Errorf("not even the look of a tag: %v", err)
		}
	}
}

func TestLanguageErrorsSayWhereAndWhy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"en-a":            `invalid language "en-a": extension is empty (at byte 4)`,
		"en-a-x-y":        `invalid language "en-a-x-y": extension is empty (at byte 5)`,
		"en-x":            `invalid language "en-x": private use is empty (at byte 4)`,
		"de-419-DE":       `invalid language "de-419-DE": subtag that cannot stand here (at byte 7)`,
		"de-DE-1901-1901": `invalid language "de-DE-1901-1901": variant occurs twice (at byte 11)`,
		"en-a-foo-A-bar":  `invalid language "en-a-foo-A-bar": extension occurs twice (at byte 9)`,
		"i-nobody":        `invalid language "i-nobody": unknown tag with the prefix i (at byte 0)`,
	} {
		got := ""
		if _, err := syntax.ParseLanguage(text); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("ParseLanguage(%q): %s, want %s", text, got, want)
		}
	}
}

// TestParseLanguageAgreesWithThePattern_SY22 compares with RFC 5646, section 2.1,
// written as one pattern.
func TestParseLanguageAgreesWithThePattern_SY22(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^(?:` +
		`(?:[a-z]{2,3}(?:-[a-zA-Z]{3}){0,3}|[a-z]{5,8})` + // language
		`(?:-[a-zA-Z]{4})?` + // script
		`(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?` + // region
		`((?:-(?:[a-zA-Z0-9]{5,8}|[0-9][a-zA-Z0-9]{3}))*)` + // variants
		`((?:-[0-9a-wyzA-WYZ](?:-[a-zA-Z0-9]{2,8})+)*)` + // extensions
		`(?:-[xX](?:-[a-zA-Z0-9]{1,8})+)?` +
		`|[xX](?:-[a-zA-Z0-9]{1,8})+` +
		`)$`)
	accepts := func(text string) bool {
		m := pattern.FindStringSubmatch(text)
		return m != nil && distinct(strings.Split(m[1], "-")) && distinct(singletons(m[2]))
	}
	subtags := []string{"en", "EN", "zh", "abc", "ABC", "Latn", "419", "US", "1901", "rozaj", "ROZAJ", "a", "A", "u", "0", "x", "X", "b1", "abcdefgh", ""}
	random := rand.New(rand.NewPCG(3, 4))
	accepted := 0
	for range 30_000 {
		tag := subtags[random.IntN(5)]
		for range random.IntN(7) {
			tag += "-" + subtags[random.IntN(len(subtags))]
		}
		_, err := syntax.ParseLanguage(tag)
		if want := accepts(tag); (err == nil) != want {
			t.Fatalf("ParseLanguage(%q) = %v; the pattern accepts: %t", tag, err, want)
		}
		if err == nil {
			accepted++
		}
	}
	if accepted < 3000 {
		t.Errorf("only %d tags accepted", accepted)
	}
}

// singletons returns the subtags of one letter or digit.
func singletons(extensions string) []string {
	var found []string
	for subtag := range strings.SplitSeq(extensions, "-") {
		if len(subtag) == 1 {
			found = append(found, subtag)
		}
	}
	return found
}

func distinct(subtags []string) bool {
	seen := map[string]bool{}
	for _, subtag := range subtags {
		subtag = strings.ToLower(subtag)
		if subtag != "" && seen[subtag] {
			return false
		}
		seen[subtag] = true
	}
	return true
}
