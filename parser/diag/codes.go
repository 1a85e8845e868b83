package diag

// Code names a kind of problem, in kebab-case. Codes are stable: a configuration
// or a script may rely on them. Each is documented, see [Lookup].
type Code string

// Problems of a file as text and as JSON.
const (
	CodeBadJSON        Code = "bad-json"
	CodeBadUTF8        Code = "bad-utf8"
	CodeByteOrderMark  Code = "byte-order-mark"
	CodeTooDeep        Code = "too-deep"
	CodeTooLarge       Code = "too-large"
	CodeDuplicateKey   Code = "duplicate-key"
	CodeTrailingData   Code = "trailing-data"
	CodeUnreadableFile Code = "unreadable-file"
)

// Problems of a file as a lexicon.
const (
	CodeNotALexicon    Code = "not-a-lexicon"
	CodeLexiconVersion Code = "lexicon-version"
	CodeMissingID      Code = "missing-id"
	CodeInvalidNSID    Code = "invalid-nsid"
	CodeMissingDefs    Code = "missing-defs"
	CodeInvalidShape   Code = "invalid-shape"
)

// Problems of a definition and its place.
const (
	CodeMissingType           Code = "missing-type"
	CodeUnknownType           Code = "unknown-type"
	CodeUnknownDefinition     Code = "unknown-definition"
	CodeMisplacedPrimary      Code = "misplaced-primary"
	CodeUnnameableDefinition  Code = "unnameable-definition"
	CodeInvalidDefinitionName Code = "invalid-definition-name"
	CodeUnknownAttribute      Code = "unknown-attribute"
	CodeInvalidAttribute      Code = "invalid-attribute"
)

// Problems of one type.
const (
	CodeInvalidInteger          Code = "invalid-integer"
	CodeRequiredUnknownProperty Code = "required-unknown-property"
	CodeNullableUnknownProperty Code = "nullable-unknown-property"
	CodeEmptyClosedUnion        Code = "empty-closed-union"
	CodeDuplicateReference      Code = "duplicate-reference"
	CodeUnknownFormat           Code = "unknown-format"
	CodeUnknownRecordKey        Code = "unknown-record-key"
	CodeInlineObject            Code = "inline-object"
	CodeLocalKnownValue         Code = "local-known-value"
	CodeDuplicateError          Code = "duplicate-error"
	CodeInvalidErrorName        Code = "invalid-error-name"
	CodeInvalidEncoding         Code = "invalid-encoding"
	CodeInvalidPermission       Code = "invalid-permission"
)

// Problems between definitions and between files.
const (
	CodeMalformedReference Code = "malformed-reference"
	CodeMissingDefinition  Code = "missing-definition"
	CodeMissingLexicon     Code = "missing-lexicon"
	CodeWrongKindReference Code = "wrong-kind-reference"
	CodeInfiniteType       Code = "infinite-type"
	CodeDuplicateID        Code = "duplicate-id"
	CodePathMismatch       Code = "path-mismatch"
)

// Problems of data.
const (
	CodeInvalidData     Code = "invalid-data"
	CodeUndescribedData Code = "undescribed-data"
	CodeSchemaViolation Code = "schema-violation"
)

// Problems of a run.
const (
	CodeNamePinUnused  Code = "name-pin-unused"
	CodeSelectionEmpty Code = "selection-empty"
	CodeConfigInvalid  Code = "config-invalid"
)
