package breaking

import (
	"cmp"
	"slices"

	"github.com/lexgen/lexgen/parser/diag"
)

// Rule is one kind of change.
type Rule struct {
	Code  diag.Code
	Cites string // the requirements that decide about it
}

// The rules. Of those that only ever find compatible changes nothing is
// reported, so that their codes need no documentation.
var (
	lexiconAdded       = Rule{"lexicon-added", "LE-01"}
	lexiconRemoved     = Rule{diag.CodeLexiconRemoved, "LE-02"}
	definitionAdded    = Rule{"definition-added", "LE-01"}
	definitionRemoved  = Rule{diag.CodeDefinitionRemoved, "LE-01"}
	typeChanged        = Rule{diag.CodeTypeChanged, "LE-01, LE-04"}
	referenceChanged   = Rule{diag.CodeReferenceChanged, "LE-01, LE-04"}
	propertyAdded      = Rule{diag.CodePropertyAdded, "LE-01, LE-03"}
	propertyRemoved    = Rule{diag.CodePropertyRemoved, "LE-01"}
	requiredChanged    = Rule{diag.CodeRequiredChanged, "LE-03, LE-04"}
	nullableChanged    = Rule{diag.CodeNullableChanged, "LE-01, LE-04"}
	constChanged       = Rule{diag.CodeConstChanged, "LE-03, LE-04"}
	enumChanged        = Rule{diag.CodeEnumChanged, "LE-03, LE-04"}
	knownValuesChanged = Rule{"known-values-changed", "LE-01"}
	defaultChanged     = Rule{diag.CodeDefaultChanged, "LE-01"}
	formatChanged      = Rule{diag.CodeFormatChanged, "LE-01, LE-04"}
	rangeChanged       = Rule{diag.CodeRangeChanged, "LE-01, LE-04"}
	lengthChanged      = Rule{diag.CodeLengthChanged, "LE-01, LE-04"}
	acceptChanged      = Rule{diag.CodeAcceptChanged, "LE-01, LE-04"}
	sizeChanged        = Rule{diag.CodeSizeChanged, "LE-01, LE-04"}
	unionClosedChanged = Rule{diag.CodeUnionClosedChanged, "LE-03, LE-04"}
	unionChanged       = Rule{diag.CodeUnionMembersChanged, "LE-03, LE-04"}
	recordKeyChanged   = Rule{diag.CodeRecordKeyChanged, "LE-01, LE-04"}
	bodyChanged        = Rule{diag.CodeBodyChanged, "LE-01, LE-04"}
	errorsChanged      = Rule{diag.CodeErrorsChanged, "LE-01"}
	permissionsChanged = Rule{diag.CodePermissionsChanged, "LE-01"}
)

// Rules returns all rules, sorted by code.
func Rules() []Rule {
	rules := []Rule{
		lexiconAdded, lexiconRemoved, definitionAdded, definitionRemoved, typeChanged, referenceChanged,
		propertyAdded, propertyRemoved, requiredChanged, nullableChanged, constChanged, enumChanged,
		knownValuesChanged, defaultChanged, formatChanged, rangeChanged, lengthChanged, acceptChanged,
		sizeChanged, unionClosedChanged, unionChanged, recordKeyChanged, bodyChanged, errorsChanged, permissionsChanged,
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.Code, b.Code) })
	return rules
}

// Reported reports whether the rule ever leads to a diagnostic, so that it may
// be suppressed.
func (r Rule) Reported() bool {
	_, documented := diag.Lookup(r.Code)
	return documented
}
