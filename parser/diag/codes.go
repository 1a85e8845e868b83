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

// Findings of the rules of lint, which no lexicon needs to heed.
const (
	CodeAccountParameter      Code = "account-parameter"
	CodeAmbiguousDefinition   Code = "ambiguous-definition"
	CodeAnyRecordKey          Code = "any-record-key"
	CodeClosedEnum            Code = "closed-enum"
	CodeClosedUnion           Code = "closed-union"
	CodeCoveredMediaType      Code = "covered-media-type"
	CodeDefaultNotKnown       Code = "default-not-known"
	CodeDuplicateValue        Code = "duplicate-value"
	CodeEmptyChoice           Code = "empty-choice"
	CodeEmptyList             Code = "empty-list"
	CodeEmptyUnion            Code = "empty-union"
	CodeErrorStyle            Code = "error-style"
	CodeFormatWithLimit       Code = "format-with-limit"
	CodeGraphemeRatio         Code = "grapheme-ratio"
	CodeGraphemesWithoutBytes Code = "graphemes-without-bytes"
	CodeLanguageKey           Code = "language-key"
	CodeLiteralRecordKey      Code = "literal-record-key"
	CodeMainReference         Code = "main-reference"
	CodeMediaTypeAlias        Code = "media-type-alias"
	CodeMethodVerb            Code = "method-verb"
	CodeMissingTitle          Code = "missing-title"
	CodeNameCollision         Code = "name-collision"
	CodeNameStyle             Code = "name-style"
	CodeOptionalBoolean       Code = "optional-boolean"
	CodePagingCursor          Code = "paging-cursor"
	CodePagingLimit           Code = "paging-limit"
	CodePermissionNamespace   Code = "permission-namespace"
	CodePermissionSetName     Code = "permission-set-name"
	CodePermissionTarget      Code = "permission-target"
	CodePluralRecord          Code = "plural-record"
	CodeRecordHandle          Code = "record-handle"
	CodeRedundantValues       Code = "redundant-values"
	CodeRequiredDefault       Code = "required-default"
	CodeReservedName          Code = "reserved-name"
	CodeScalarArray           Code = "scalar-array"
	CodeSelfReference         Code = "self-reference"
	CodeSharedDefinitions     Code = "shared-definitions"
	CodeSubscriptionName      Code = "subscription-name"
	CodeUnboundedString       Code = "unbounded-string"
	CodeUndescribedMain       Code = "undescribed-main"
	CodeUnportableName        Code = "unportable-name"
	CodeUnstableName          Code = "unstable-name"
	CodeValueFormat           Code = "value-format"
	CodeValueLimit            Code = "value-limit"
	CodeValueStyle            Code = "value-style"
)

// Changes between two versions of lexicons.
const (
	CodeLexiconRemoved      Code = "lexicon-removed"
	CodeDefinitionRemoved   Code = "definition-removed"
	CodeTypeChanged         Code = "type-changed"
	CodeReferenceChanged    Code = "reference-changed"
	CodePropertyAdded       Code = "property-added"
	CodePropertyRemoved     Code = "property-removed"
	CodeRequiredChanged     Code = "required-changed"
	CodeNullableChanged     Code = "nullable-changed"
	CodeConstChanged        Code = "const-changed"
	CodeEnumChanged         Code = "enum-changed"
	CodeDefaultChanged      Code = "default-changed"
	CodeFormatChanged       Code = "format-changed"
	CodeRangeChanged        Code = "range-changed"
	CodeLengthChanged       Code = "length-changed"
	CodeAcceptChanged       Code = "accept-changed"
	CodeSizeChanged         Code = "size-changed"
	CodeUnionClosedChanged  Code = "union-closed-changed"
	CodeUnionMembersChanged Code = "union-members-changed"
	CodeRecordKeyChanged    Code = "record-key-changed"
	CodeBodyChanged         Code = "body-changed"
	CodeErrorsChanged       Code = "errors-changed"
	CodePermissionsChanged  Code = "permissions-changed"
	CodeGoNameChanged       Code = "go-name-changed"
	CodeBrokenBase          Code = "broken-base"
	CodeEmptyBase           Code = "empty-base"
	CodeSuppressionUnused   Code = "suppression-unused"
	CodeSuppressionExpired  Code = "suppression-expired"
)

// Problems of a run.
const (
	CodeNamePinUnused  Code = "name-pin-unused"
	CodeOptionUnused   Code = "option-unused"
	CodeSelectionEmpty Code = "selection-empty"
	CodeConfigInvalid  Code = "config-invalid"
	CodeBaselineUnused Code = "baseline-unused"
	CodeUnformatted    Code = "unformatted"
	CodeStaleOutput    Code = "stale-output"
	CodeLockInvalid    Code = "lock-invalid"
	CodeLockDrift      Code = "lock-drift"
	CodeLockIncomplete Code = "lock-incomplete"
)
