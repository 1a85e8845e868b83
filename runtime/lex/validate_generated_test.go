package lex_test

import (
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits is a record with every rule.
type Limits struct {
	Bool    lex.Opt[bool]
	Int     lex.Opt[int64]
	IntEnum lex.Opt[int64]
	IntOnly lex.Opt[Level]
	Text    lex.Opt[string]
	Short   lex.Opt[string]
	Choice  lex.Opt[Handle]
	Only    lex.Opt[string]
	DID     lex.Opt[syntax.DID]
	Time    lex.Opt[syntax.Datetime]
	URI     lex.Opt[syntax.ATURI]
	Named   lex.Opt[Handle]
	Bytes   lex.Bytes
	Blob    *lex.Blob
	Langs   []syntax.Language
	Rows    [][]string
	Tags    Tags
	Kind    lex.Object
	Any     lex.Unknown
	Next    *Limits
	Maybe   lex.Nullable[string]
	Mark    Mark
	Extra   lex.Extra
}

// Mark is a named string with rules of its own.
type Mark string

var lexTableLimits = lex.Table{Name: "com.example.limits", Record: true, Fields: []lex.Field{
	{Name: "bool", Presence: lex.Optional, Type: lex.Rules{lex.ConstBool(true), lex.DefaultBool(true)}},
	{Name: "int", Presence: lex.Optional, Type: lex.Rules{lex.Min(-1), lex.Max(10), lex.DefaultInt(5)}},
	{Name: "intEnum", Presence: lex.Optional, Type: lex.Rules{lex.EnumInt{1, 2}}},
	{Name: "intOnly", Presence: lex.Optional, Type: lex.Rules{lex.ConstInt(7), lex.DefaultInt(7)}},
	{Name: "text", Presence: lex.Optional, Type: lex.Rules{lex.MinBytes(2), lex.MaxBytes(20)}},
	{Name: "short", Presence: lex.Optional, Type: lex.Rules{lex.MinGraphemes(2), lex.MaxGraphemes(3)}},
	{Name: "choice", Presence: lex.Optional, Type: lex.Rules{lex.EnumString{"a", "b"}, lex.DefaultString("a")}},
	{Name: "only", Presence: lex.Optional, Type: lex.Rules{lex.ConstString("x")}},
	{Name: "did", Presence: lex.Optional},
	{Name: "time", Presence: lex.Optional},
	{Name: "uri", Presence: lex.Optional},
	{Name: "named", Presence: lex.Optional, Type: lex.Rules{lex.Format("handle")}},
	{Name: "bytes", Presence: lex.Optional, Type: lex.Rules{lex.MinBytes(1), lex.MaxBytes(2)}},
	{Name: "blob", Presence: lex.Optional, Type: lex.Rules{lex.Accept{"image/*", "text/plain"}, lex.MaxSize(100)}},
	{Name: "langs", Presence: lex.Optional, Type: &lex.Array{Rules: lex.Rules{lex.MinItems(1), lex.MaxItems(2)}}},
	{Name: "rows", Presence: lex.Optional, Type: &lex.Array{Items: &lex.Array{Items: lex.Rules{lex.MaxBytes(1)}, Rules: lex.Rules{lex.MaxItems(1)}}}},
	{Name: "tags", Presence: lex.Optional},
	{Name: "kind", Presence: lex.Optional, Type: &lex.Union{Closed: true, Members: []lex.Object{(*Limits)(nil), (*Video)(nil)}}},
	{Name: "any", Presence: lex.Optional},
	{Name: "next", Presence: lex.Optional},
	{Name: "maybe", Presence: lex.OptionalNullable, Type: lex.Rules{lex.MaxBytes(3), lex.DefaultString("may")}},
	{Name: "mark", Type: lex.Rules{lex.MaxBytes(5)}},
}}

func (*Limits) LexType() string                { return "com.example.limits" }
func (*Limits) LexRecordKey() string           { return "tid" }
func (*Limits) LexTable() *lex.Table           { return &lexTableLimits }
func (x Limits) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Limits) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Tags is a named array with rules of its own.
type Tags []string

var lexArrayTags = lex.Array{Items: lex.Rules{lex.MaxBytes(3)}, Rules: lex.Rules{lex.MaxItems(2)}}

func (Tags) LexArray() *lex.Array            { return &lexArrayTags }
func (x Tags) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(x) }
func (x *Tags) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }
