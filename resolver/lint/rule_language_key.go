package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// languageKey finds keys of translations that are no language tags in their
// usual form. The fix writes that form.
var languageKey = &Rule{Code: diag.CodeLanguageKey, Level: Warning, Fixes: true, typ: func(p *pass, at *site) {
	set, ok := at.typ.(*parser.PermissionSet)
	if !ok {
		return
	}
	checkLanguages(p, set.TitleLang)
	checkLanguages(p, set.DetailLang)
}}

func checkLanguages(p *pass, list []parser.Localized) {
	keys, seen := map[string]bool{}, map[string]parser.Text{}
	for _, l := range list {
		keys[l.Lang.Value] = true
	}
	for _, l := range list {
		form := languageForm(l.Lang.Value)
		first, twice := seen[form]
		switch {
		case form == "":
			p.report(l.Lang, fmt.Sprintf("%q is no language tag", l.Lang.Value), diag.Help("write a tag of BCP 47, such as de or pt-BR"))
		case twice:
			p.report(l.Lang, fmt.Sprintf("%q and %q are one language", l.Lang.Value, first.Value), diag.WithNote(first, "it is here first"))
		case form != l.Lang.Value:
			var fix []Edit
			if !keys[form] {
				fix = []Edit{replaceText(l.Lang, form)}
			}
			p.mend(fix, l.Lang, fmt.Sprintf("%q is not the usual form of the language tag", l.Lang.Value), diag.Suggest(form))
		}
		seen[form] = l.Lang
	}
}

// languageForm returns a language tag with hyphens, the language in small
// letters, scripts with a capital and regions in capitals (RFC 5646, 2.1.1);
// empty if there is none.
func languageForm(text string) string {
	subtags := strings.Split(strings.ReplaceAll(strings.ToLower(text), "_", "-"), "-")
	for i, subtag := range subtags {
		switch {
		case i == 0:
		case len(subtags[i-1]) == 1: // an extension, or what is for private use
			return strings.Join(subtags, "-")
		case len(subtag) == 2:
			subtags[i] = strings.ToUpper(subtag)
		case len(subtag) == 4 && subtag[0] > '9':
			subtags[i] = capital(subtag)
		}
	}
	form := strings.Join(subtags, "-")
	if _, err := syntax.ParseLanguage(form); err != nil {
		return ""
	}
	return form
}
