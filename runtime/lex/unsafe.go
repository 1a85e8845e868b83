package lex

import (
	"reflect"
	"unsafe"
)

// This is the only file of the package that imports unsafe. What makes it
// sound:
//
//   - A ptr is only made from a Go pointer that is live (addr, pointerOf) or
//     by adding the offset of a field, taken from reflect, to one whose struct
//     type the plan was built for. So it always points at a variable of a
//     known type, and as an unsafe.Pointer it keeps that variable alive.
//   - at[T] is called by the codec that the plan chose for the variable's type
//     V. V is T, or has T as its underlying type, or is a slice or pointer
//     whose elements differ from T's in name only: []syntax.DID read as
//     []string, *FeedPost as a ptr, [][]Link as [][]byte for the sake of the
//     slice headers. In each case V and T have the same size, alignment and
//     pointer map, so the collector sees the memory as what it is.
//   - A variable is only written through the T that has its pointer map, hence
//     with the write barriers that V needs.
//   - textOf and bytesOf share memory between a string and bytes that nobody
//     changes from then on.

// ptr is the address of a variable whose type its holder knows.
type ptr struct{ p unsafe.Pointer }

// addr returns the address of *v.
func addr[T any](v *T) ptr { return ptr{unsafe.Pointer(v)} }

// pointerOf returns what v, of kind pointer, points to.
func pointerOf(v reflect.Value) ptr { return ptr{v.UnsafePointer()} }

// at returns p as a pointer to a variable of type T.
func at[T any](p ptr) *T { return (*T)(p.p) }

// field returns the address of the field at that offset.
func (p ptr) field(offset uintptr) ptr { return ptr{unsafe.Add(p.p, offset)} }

func (p ptr) isNil() bool { return p.p == nil }

// textOf returns b as a string. The caller gives up b.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of s, to be read only.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Offsets of what a Blob's layouts describe.
const (
	blobRef       = unsafe.Offsetof(Blob{}.Ref)
	blobMimeType  = unsafe.Offsetof(Blob{}.MimeType)
	blobSize      = unsafe.Offsetof(Blob{}.Size)
	blobLegacyCID = unsafe.Offsetof(Blob{}.LegacyCID)
	blobExtra     = unsafe.Offsetof(Blob{}.Extra)
)
