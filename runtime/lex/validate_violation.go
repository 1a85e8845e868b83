package lex

import (
	"fmt"
	"strings"
)

// Violations is the error for a value that does not fit its schema.
type Violations struct { //nolint:errname // read as what it holds: lex.Violations
	// List has all violations, in the order of the schema's properties, or the
	// first [MaxViolations] of them. It is never empty.
	List []Violation
	// More says that there may be violations beyond those in List: there are
	// too many, or the nesting is too deep to go on.
	More bool
}

// MaxViolations is the number of violations after which validation ends.
const MaxViolations = 1000

// A Violation is one way in which a value does not fit its schema.
type Violation struct {
	// Path leads to the part of the value that is wrong or missing.
	Path Path
	// Rule is what it violates.
	Rule RuleCode
	// Message is a sentence fragment with the value and the bound. Text from
	// the value is quoted, and cut.
	Message string
}

// String returns the path and the message.
func (v Violation) String() string { return v.Path.String() + ": " + v.Message }

// RuleCode names a rule of validation. It is stable.
type RuleCode string

// The rules that a value may violate.
const (
	RuleData         RuleCode = "data"          // of the data model, whatever the schema (DM-01 to DM-18)
	RuleType         RuleCode = "type"          // the value has another type
	RuleRequired     RuleCode = "required"      // a required property is missing (LX-15)
	RuleNull         RuleCode = "null"          // null where it is not allowed (LX-15)
	RuleTypeName     RuleCode = "type-name"     // $type is missing, or another than expected (LX-22)
	RuleClosedUnion  RuleCode = "closed-union"  // no member of a closed union (LX-19)
	RuleConst        RuleCode = "const"         // not the only value (LX-13)
	RuleEnum         RuleCode = "enum"          // none of all values (LX-13)
	RuleMinimum      RuleCode = "minimum"       // integer too small (LX-13)
	RuleMaximum      RuleCode = "maximum"       // integer too large (LX-13)
	RuleMinLength    RuleCode = "min-length"    // too few bytes (LX-14, LX-15)
	RuleMaxLength    RuleCode = "max-length"    // too many bytes (LX-14, LX-15)
	RuleMinGraphemes RuleCode = "min-graphemes" // too few grapheme clusters (LX-14)
	RuleMaxGraphemes RuleCode = "max-graphemes" // too many grapheme clusters (LX-14)
	RuleFormat       RuleCode = "format"        // not of the string format (LX-14)
	RuleMinItems     RuleCode = "min-items"     // too few items (LX-15)
	RuleMaxItems     RuleCode = "max-items"     // too many items (LX-15)
	RuleAccept       RuleCode = "accept"        // media type not accepted (LX-17)
	RuleMaxSize      RuleCode = "max-size"      // blob too large (LX-15)
	RuleLegacyBlob   RuleCode = "legacy-blob"   // blob in the form of old (DM-20)
	RuleRecordKey    RuleCode = "record-key"    // key not of the record's key type (SY-14)
)

// maxTold is how many violations the text of an error has.
const maxTold = 8

// Error returns the first few violations, one a line if there are several.
func (v *Violations) Error() string {
	if len(v.List) == 1 && !v.More {
		return "lex: " + v.List[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "lex: %s:", counted(int64(len(v.List)), "violation", "violations"))
	for i, violation := range v.List {
		if i == maxTold {
			break
		}
		b.WriteString("\n\t" + violation.String())
	}
	if v.More || len(v.List) > maxTold {
		b.WriteString("\n\t...")
	}
	return b.String()
}
