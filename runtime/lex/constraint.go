package lex

// Rules are the constraints of a boolean, an integer, a string, a byte string,
// a blob or an array (LX-13 to LX-17), and its default. A rule that does not
// suit the type constrains nothing. As a [Type] they describe a value that is
// neither a union nor an array.
type Rules []Rule

func (Rules) lexType() {}

// A Rule is one constraint, or a default. It is a closed sum of the types
// below, which are all values that a composite literal can have without
// running code.
type Rule interface{ lexRule() }

// Rules of integers.
type (
	// Min is the least value.
	Min int64
	// Max is the greatest value.
	Max int64
	// EnumInt lists all values.
	EnumInt []int64
	// ConstInt is the only value.
	ConstInt int64
	// DefaultInt is what absence means.
	DefaultInt int64
)

// Rules of strings. MinBytes and MaxBytes hold for byte strings, too.
type (
	// Format is the name of a string format, such as "did"; see
	// [github.com/lexgen/lexgen/runtime/syntax.Check]. A named type of package
	// syntax has its format without a rule.
	Format string
	// MinBytes is the least length, in bytes of UTF-8.
	MinBytes int64
	// MaxBytes is the greatest length, in bytes of UTF-8.
	MaxBytes int64
	// MinGraphemes is the least length, in extended grapheme clusters.
	MinGraphemes int64
	// MaxGraphemes is the greatest length, in extended grapheme clusters.
	MaxGraphemes int64
	// EnumString lists all values.
	EnumString []string
	// ConstString is the only value.
	ConstString string
	// DefaultString is what absence means.
	DefaultString string
)

// Rules of booleans.
type (
	// ConstBool is the only value.
	ConstBool bool
	// DefaultBool is what absence means.
	DefaultBool bool
)

// Rules of blobs.
type (
	// Accept lists media types, each as type/subtype, type/* or */* (LX-17).
	Accept []string
	// MaxSize is the greatest size, in bytes.
	MaxSize int64
)

// Rules of arrays.
type (
	// MinItems is the least number of items.
	MinItems int64
	// MaxItems is the greatest number of items.
	MaxItems int64
)

func (Min) lexRule()           {}
func (Max) lexRule()           {}
func (EnumInt) lexRule()       {}
func (ConstInt) lexRule()      {}
func (DefaultInt) lexRule()    {}
func (Format) lexRule()        {}
func (MinBytes) lexRule()      {}
func (MaxBytes) lexRule()      {}
func (MinGraphemes) lexRule()  {}
func (MaxGraphemes) lexRule()  {}
func (EnumString) lexRule()    {}
func (ConstString) lexRule()   {}
func (DefaultString) lexRule() {}
func (ConstBool) lexRule()     {}
func (DefaultBool) lexRule()   {}
func (Accept) lexRule()        {}
func (MaxSize) lexRule()       {}
func (MinItems) lexRule()      {}
func (MaxItems) lexRule()      {}
