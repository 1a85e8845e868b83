package oracle

import (
	"math/big"

	"github.com/ipfs/go-cid"
	cbg "github.com/whyrusleeping/cbor-gen"

	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/types"
)

// Everything corresponds to com.example.oracle.everything.
type Everything struct {
	Type        string  `cborgen:"$type,const=com.example.oracle.everything"`
	Text        string  `cborgen:"text"`
	Language    Lang    `cborgen:"language"`
	MaybeText   *string `cborgen:"maybeText,omitempty"`
	NullText    *string `cborgen:"nullText"`
	Constant    string  `cborgen:"constant,const=always"`
	Count       int64   `cborgen:"count"`
	MaybeCount  *int64  `cborgen:"maybeCount,omitempty"`
	NullCount   *int64  `cborgen:"nullCount"`
	Natural     uint64  `cborgen:"natural"`
	NullNatural *Number `cborgen:"nullNatural"`
	Small       uint8   `cborgen:"small"`

	When cbg.CborTime `cborgen:"when"`

	Flag      bool  `cborgen:"flag"`
	MaybeFlag *bool `cborgen:"maybeFlag,omitempty"`
	NullFlag  *bool `cborgen:"nullFlag"`

	Data      []byte   `cborgen:"data"`
	MaybeData []byte   `cborgen:"maybeData,omitempty"`
	NullData  []byte   `cborgen:"nullData,preservenil"`
	Digest    [20]byte `cborgen:"digest"`

	Link        cid.Cid     `cborgen:"link"`
	MaybeLink   *cid.Cid    `cborgen:"maybeLink,omitempty"`
	NullLink    *cid.Cid    `cborgen:"nullLink"`
	WrappedLink cbg.CborCid `cborgen:"wrappedLink"`

	Leaf      Leaf  `cborgen:"leaf"`
	Pointer   *Leaf `cborgen:"pointer"`
	MaybeLeaf *Leaf `cborgen:"maybeLeaf,omitempty"`
	NullLeaf  *Leaf `cborgen:"nullLeaf"`
	Tree      *Tree `cborgen:"tree,omitempty"`

	Texts       []string   `cborgen:"texts"`
	MaybeTexts  []string   `cborgen:"maybeTexts,omitempty"`
	NullTexts   []string   `cborgen:"nullTexts,preservenil"`
	Counts      []int64    `cborgen:"counts"`
	Naturals    []uint64   `cborgen:"naturals"`
	Smalls      [3]uint64  `cborgen:"smalls"`
	Languages   []Lang     `cborgen:"languages"`
	Datas       [][]byte   `cborgen:"datas"`
	Links       []cid.Cid  `cborgen:"links"`
	Leaves      []Leaf     `cborgen:"leaves"`
	Pointers    []*Leaf    `cborgen:"pointers"`
	MaybeLeaves []*Leaf    `cborgen:"maybeLeaves,omitempty"`
	Triple      [3]int64   `cborgen:"triple"`
	Lists       [][]string `cborgen:"lists"`
	Numbers     Numbers    `cborgen:"numbers"`
	Point       *Point     `cborgen:"point"`

	Free      *cbg.Deferred     `cborgen:"free"`
	MaybeFree *cbg.Deferred     `cborgen:"maybeFree,omitempty"`
	Names     map[string]string `cborgen:"names"`
	Named     map[string]*Leaf  `cborgen:"named"`
	Choice    *cbg.Deferred     `cborgen:"choice"`
	Choices   []*cbg.Deferred   `cborgen:"choices,omitempty"`
}

// Lang is a string with a name.
type Lang string

// Number is an integer with a name.
type Number uint64

// Numbers is a slice with a name.
type Numbers []int64

// Point is an object that is written as an array.
type Point struct{ X, Y, Z int64 }

// Leaf corresponds to #leaf.
type Leaf struct {
	A    int64  `cborgen:"a"`
	Name string `cborgen:"name"`
	Data []byte `cborgen:"data,omitempty"`
}

// TypedLeaf corresponds to #leaf as a member of a union.
type TypedLeaf struct {
	Type string `cborgen:"$type,const=com.example.oracle.everything#leaf"`
	A    int64  `cborgen:"a"`
	Name string `cborgen:"name"`
	Data []byte `cborgen:"data,omitempty"`
}

// Tree corresponds to #tree.
type Tree struct {
	Left  *Tree      `cborgen:"left,omitempty"`
	Right *Tree      `cborgen:"right,omitempty"`
	Value *int64     `cborgen:"value,omitempty"`
	Links []*cid.Cid `cborgen:"links,omitempty"`
}

// Holder has values of lexgen's types among its own.
type Holder struct {
	After  string                  `cborgen:"after"`
	Leaf   *types.EverythingLeaf   `cborgen:"leaf"`
	Leaves []*types.EverythingLeaf `cborgen:"leaves"`
	Last   string                  `cborgen:"zzzzzzzz"`
}

// Beyond holds what no generated type of lexgen may accept.
type Beyond struct {
	Big  *big.Int  `cborgen:"big,omitempty"`
	Gaps []*string `cborgen:"gaps,omitempty"`
	Huge *uint64   `cborgen:"huge,omitempty"`
}

// Maps returns a value of each type that is written as a map.
func Maps() []any { return []any{Everything{}, Leaf{}, TypedLeaf{}, Tree{}, Holder{}, Beyond{}} }

// Arrays returns a value of each type that is written as an array.
func Arrays() []any { return []any{Point{}, Numbers{}} }
