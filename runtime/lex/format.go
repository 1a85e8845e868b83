package lex

import (
	"reflect"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// formatOf returns the string format that a Go type stands for.
func formatOf(t reflect.Type) (Format, bool) {
	switch t {
	case reflect.TypeFor[syntax.AtIdentifier]():
		return syntax.FormatAtIdentifier, true
	case reflect.TypeFor[syntax.ATURI]():
		return syntax.FormatATURI, true
	case reflect.TypeFor[syntax.CID]():
		return syntax.FormatCID, true
	case reflect.TypeFor[syntax.Datetime]():
		return syntax.FormatDatetime, true
	case reflect.TypeFor[syntax.DID]():
		return syntax.FormatDID, true
	case reflect.TypeFor[syntax.Handle]():
		return syntax.FormatHandle, true
	case reflect.TypeFor[syntax.Language]():
		return syntax.FormatLanguage, true
	case reflect.TypeFor[syntax.NSID]():
		return syntax.FormatNSID, true
	case reflect.TypeFor[syntax.RecordKey]():
		return syntax.FormatRecordKey, true
	case reflect.TypeFor[syntax.TID]():
		return syntax.FormatTID, true
	case reflect.TypeFor[syntax.URI]():
		return syntax.FormatURI, true
	}
	return "", false
}

// relaxedFormat reports whether lenient validation passes over a format
// (LX-31).
func relaxedFormat(f Format) bool {
	return f == syntax.FormatDatetime || f == syntax.FormatATURI || f == syntax.FormatLanguage
}

func checkFormat(c *checker, f Format, text string) {
	if c.lenient && relaxedFormat(f) {
		return
	}
	if err := syntax.Check(string(f), text); err != nil {
		c.violatef(RuleFormat, "%v", err)
	}
}

// checkUTF8 makes sure that a text is one (DM-04).
func checkUTF8(c *checker, text string) bool {
	if utf8.ValidString(text) {
		return true
	}
	c.faultf(RuleData, "the text is not UTF-8")
	return false
}
