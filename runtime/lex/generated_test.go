package lex_test

import (
	"github.com/lexgen/lexgen/runtime/lex"
)

// The types of this file are what the generator would print for the lexicon
// com.example.post. Between them they have every kind of value with every
// presence.

const _ = lex.AtLeastV0_1

type Handle string // stands for the named strings of package syntax

type Level int64

// Post is a record.
type Post struct {
	Text    string
	Reply   *PostReply
	Embed   lex.Object
	Labels  lex.Object
	Langs   []Handle
	Tags    []string
	Created string
	Extra   lex.Extra
}

var lexTablePost = lex.Table{Name: "com.example.post", Record: true, Fields: []lex.Field{
	{Name: "text"},
	{Name: "reply", Presence: lex.Optional},
	{Name: "embed", Presence: lex.Optional, Type: &lex.Union{Members: []lex.Object{(*Images)(nil), (*Video)(nil), (*Thread)(nil)}}},
	{Name: "labels", Presence: lex.Optional, Type: &lex.Union{Closed: true, Members: []lex.Object{(*Video)(nil)}}},
	{Name: "langs", Presence: lex.Optional},
	{Name: "tags", Presence: lex.Optional},
	{Name: "createdAt"},
}}

func (*Post) LexType() string                { return "com.example.post" }
func (*Post) LexRecordKey() string           { return "tid" }
func (*Post) LexTable() *lex.Table           { return &lexTablePost }
func (x Post) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Post) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// PostReply is an inline object.
type PostReply struct {
	Root   *StrongRef
	Parent *StrongRef
	Extra  lex.Extra
}

var lexTablePostReply = lex.Table{Name: "com.example.post/reply", Fields: []lex.Field{
	{Name: "root"},
	{Name: "parent"},
}}

func (*PostReply) LexTable() *lex.Table           { return &lexTablePostReply }
func (x PostReply) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *PostReply) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// StrongRef is an object definition.
type StrongRef struct {
	URI   string
	CID   string
	Extra lex.Extra
}

var lexTableStrongRef = lex.Table{Name: "com.example.strongRef", Fields: []lex.Field{
	{Name: "uri"},
	{Name: "cid"},
}}

func (*StrongRef) LexType() string                { return "com.example.strongRef" }
func (*StrongRef) LexTable() *lex.Table           { return &lexTableStrongRef }
func (x StrongRef) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *StrongRef) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Images is a member of a union.
type Images struct {
	Images []*Image
	Extra  lex.Extra
}

var lexTableImages = lex.Table{Name: "com.example.images", Fields: []lex.Field{{Name: "images"}}}

func (*Images) LexType() string                { return "com.example.images" }
func (*Images) LexTable() *lex.Table           { return &lexTableImages }
func (x Images) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Images) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Image is an object with a blob.
type Image struct {
	Image *lex.Blob
	Alt   string
	Extra lex.Extra
}

var lexTableImage = lex.Table{Name: "com.example.images#image", Fields: []lex.Field{
	{Name: "image"},
	{Name: "alt"},
}}

func (*Image) LexType() string                { return "com.example.images#image" }
func (*Image) LexTable() *lex.Table           { return &lexTableImage }
func (x Image) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Image) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Video is a member of a union.
type Video struct {
	Alt   lex.Opt[string]
	Extra lex.Extra
}

var lexTableVideo = lex.Table{Name: "com.example.video", Fields: []lex.Field{{Name: "alt", Presence: lex.Optional}}}

func (*Video) LexType() string                { return "com.example.video" }
func (*Video) LexTable() *lex.Table           { return &lexTableVideo }
func (x Video) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Video) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Thread refers to itself, plainly and in a union.
type Thread struct {
	Next   *Thread
	Parent lex.Object
	Tree   Tree
	Pad    lex.Opt[int64]
	Extra  lex.Extra
}

var lexTableThread = lex.Table{Name: "com.example.thread", Fields: []lex.Field{
	{Name: "next", Presence: lex.Optional},
	{Name: "parent", Presence: lex.Optional, Type: &lex.Union{Members: []lex.Object{(*Thread)(nil), (*Video)(nil)}}},
	{Name: "tree", Presence: lex.Optional},
	{Name: "p", Presence: lex.Optional},
}}

func (*Thread) LexType() string                { return "com.example.thread" }
func (*Thread) LexTable() *lex.Table           { return &lexTableThread }
func (x Thread) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Thread) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Tree is a named array that contains itself.
type Tree []Tree

var lexArrayTree = lex.Array{}

func (Tree) LexArray() *lex.Array            { return &lexArrayTree }
func (x Tree) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(x) }
func (x *Tree) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Prefs is a named array of a union.
type Prefs []lex.Object

var lexArrayPrefs = lex.Array{Items: &lex.Union{Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}}

func (Prefs) LexArray() *lex.Array            { return &lexArrayPrefs }
func (x Prefs) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(x) }
func (x *Prefs) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Body is the output of an endpoint that is a union.
type Body struct{ Value lex.Object }

var lexUnionBody = lex.Union{Closed: true, Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}

func (x *Body) LexUnion() (*lex.Object, *lex.Union) { return &x.Value, &lexUnionBody }
func (x Body) MarshalJSON() ([]byte, error)         { return lex.MarshalJSON(&x) }
func (x *Body) UnmarshalJSON(b []byte) error        { return lex.DecodeJSON(b, x) }

// Req has every kind as a required property.
type Req struct {
	Bool    bool
	Int     int64
	Level   Level
	Str     string
	Handle  Handle
	Bytes   lex.Bytes
	Link    lex.Link
	Blob    *lex.Blob
	Ref     *StrongRef
	Union   lex.Object
	Unknown lex.Unknown
	Prefs   Prefs
	Strs    []string
	Bools   []bool
	Ints    []int64
	Blobs   []*lex.Blob
	Refs    []*Video
	Links   []lex.Link
	Bins    []lex.Bytes
	Unions  []lex.Object
	Nested  [][]Handle
	More    lex.Extra
}

var lexTableReq = lex.Table{Name: "com.example.req", Fields: []lex.Field{
	{Name: "bool"},
	{Name: "int"},
	{Name: "level"},
	{Name: "str"},
	{Name: "handle"},
	{Name: "bytes"},
	{Name: "link"},
	{Name: "blob"},
	{Name: "ref"},
	{Name: "union", Type: &lex.Union{Closed: true, Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}},
	{Name: "unknown"},
	{Name: "prefs"},
	{Name: "strs"},
	{Name: "bools"},
	{Name: "ints"},
	{Name: "blobs"},
	{Name: "refs"},
	{Name: "links"},
	{Name: "bins"},
	{Name: "unions", Type: &lex.Array{Items: &lex.Union{Members: []lex.Object{(*Video)(nil)}}}},
	{Name: "nested"},
}}

func (*Req) LexType() string                { return "com.example.req" }
func (*Req) LexTable() *lex.Table           { return &lexTableReq }
func (x Req) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Req) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Opts has every kind as an optional property.
type Opts struct {
	Bool    lex.Opt[bool]
	Int     lex.Opt[int64]
	Level   lex.Opt[Level]
	Str     lex.Opt[string]
	Handle  lex.Opt[Handle]
	Bytes   lex.Bytes
	Link    lex.Opt[lex.Link]
	Blob    *lex.Blob
	Ref     *StrongRef
	Union   lex.Object
	Unknown lex.Unknown
	Prefs   Prefs
	Strs    []string
	Nested  [][]lex.Bytes
	Extra   lex.Extra
}

var lexTableOpts = lex.Table{Name: "com.example.opts", Fields: []lex.Field{
	{Name: "bool", Presence: lex.Optional},
	{Name: "int", Presence: lex.Optional},
	{Name: "level", Presence: lex.Optional},
	{Name: "str", Presence: lex.Optional},
	{Name: "handle", Presence: lex.Optional},
	{Name: "bytes", Presence: lex.Optional},
	{Name: "link", Presence: lex.Optional},
	{Name: "blob", Presence: lex.Optional},
	{Name: "ref", Presence: lex.Optional},
	{Name: "union", Presence: lex.Optional, Type: &lex.Union{Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}},
	{Name: "unknown", Presence: lex.Optional},
	{Name: "prefs", Presence: lex.Optional},
	{Name: "strs", Presence: lex.Optional},
	{Name: "nested", Presence: lex.Optional},
}}

func (*Opts) LexType() string                { return "com.example.opts" }
func (*Opts) LexTable() *lex.Table           { return &lexTableOpts }
func (x Opts) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Opts) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// Nulls has every kind as a required and nullable property.
type Nulls struct {
	Bool    lex.Opt[bool]
	Int     lex.Opt[int64]
	Str     lex.Opt[string]
	Handle  lex.Opt[Handle]
	Bytes   lex.Bytes
	Link    lex.Opt[lex.Link]
	Blob    *lex.Blob
	Ref     *StrongRef
	Union   lex.Object
	Unknown lex.Unknown
	Prefs   Prefs
	Strs    []string
	Extra   lex.Extra
}

var lexTableNulls = lex.Table{Name: "com.example.nulls", Fields: []lex.Field{
	{Name: "bool", Presence: lex.RequiredNullable},
	{Name: "int", Presence: lex.RequiredNullable},
	{Name: "str", Presence: lex.RequiredNullable},
	{Name: "handle", Presence: lex.RequiredNullable},
	{Name: "bytes", Presence: lex.RequiredNullable},
	{Name: "link", Presence: lex.RequiredNullable},
	{Name: "blob", Presence: lex.RequiredNullable},
	{Name: "ref", Presence: lex.RequiredNullable},
	{Name: "union", Presence: lex.RequiredNullable, Type: &lex.Union{Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}},
	{Name: "unknown", Presence: lex.RequiredNullable},
	{Name: "prefs", Presence: lex.RequiredNullable},
	{Name: "strs", Presence: lex.RequiredNullable},
}}

func (*Nulls) LexType() string                { return "com.example.nulls" }
func (*Nulls) LexTable() *lex.Table           { return &lexTableNulls }
func (x Nulls) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *Nulls) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

// OptNulls has every kind as an optional and nullable property.
type OptNulls struct {
	Bool    lex.Nullable[bool]
	Int     lex.Nullable[int64]
	Str     lex.Nullable[string]
	Handle  lex.Nullable[Handle]
	Bytes   lex.Nullable[lex.Bytes]
	Link    lex.Nullable[lex.Link]
	Blob    lex.Nullable[*lex.Blob]
	Ref     lex.Nullable[*StrongRef]
	Union   lex.Nullable[lex.Object]
	Unknown lex.Nullable[lex.Unknown]
	Prefs   lex.Nullable[Prefs]
	Strs    lex.Nullable[[]string]
	Extra   lex.Extra
}

var lexTableOptNulls = lex.Table{Name: "com.example.optnulls", Fields: []lex.Field{
	{Name: "bool", Presence: lex.OptionalNullable},
	{Name: "int", Presence: lex.OptionalNullable},
	{Name: "str", Presence: lex.OptionalNullable},
	{Name: "handle", Presence: lex.OptionalNullable},
	{Name: "bytes", Presence: lex.OptionalNullable},
	{Name: "link", Presence: lex.OptionalNullable},
	{Name: "blob", Presence: lex.OptionalNullable},
	{Name: "ref", Presence: lex.OptionalNullable},
	{Name: "union", Presence: lex.OptionalNullable, Type: &lex.Union{Members: []lex.Object{(*Video)(nil), (*StrongRef)(nil)}}},
	{Name: "unknown", Presence: lex.OptionalNullable},
	{Name: "prefs", Presence: lex.OptionalNullable},
	{Name: "strs", Presence: lex.OptionalNullable},
}}

func (*OptNulls) LexType() string                { return "com.example.optnulls" }
func (*OptNulls) LexTable() *lex.Table           { return &lexTableOptNulls }
func (x OptNulls) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *OptNulls) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }
