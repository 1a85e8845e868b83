package plain

import (
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// JSONLink is a link as it is in JSON.
type JSONLink struct {
	Link string `json:"$link"`
}

// CBORLink is a link as it is in CBOR, inside of its tag.
type CBORLink []byte

// Post is an app.bsky.feed.post whose links are of type L.
type Post[L any] struct {
	Type      string          `cbor:"$type"            json:"$type"`
	Text      string          `cbor:"text"             json:"text"`
	Embed     *EmbedImages[L] `cbor:"embed,omitempty"  json:"embed,omitempty"`
	Langs     []string        `cbor:"langs,omitempty"  json:"langs,omitempty"`
	Reply     *Reply          `cbor:"reply,omitempty"  json:"reply,omitempty"`
	Facets    []Facet         `cbor:"facets,omitempty" json:"facets,omitempty"`
	CreatedAt string          `cbor:"createdAt"        json:"createdAt"`
}

// EmbedImages is an app.bsky.embed.images.
type EmbedImages[L any] struct {
	Type   string     `cbor:"$type"  json:"$type"`
	Images []Image[L] `cbor:"images" json:"images"`
}

// Image is one of the images.
type Image[L any] struct {
	Alt         string       `cbor:"alt"                   json:"alt"`
	Image       Blob[L]      `cbor:"image"                 json:"image"`
	AspectRatio *AspectRatio `cbor:"aspectRatio,omitempty" json:"aspectRatio,omitempty"`
}

// Blob is a blob.
type Blob[L any] struct {
	Type     string `cbor:"$type"    json:"$type"`
	Ref      L      `cbor:"ref"      json:"ref"`
	MimeType string `cbor:"mimeType" json:"mimeType"`
	Size     int64  `cbor:"size"     json:"size"`
}

// AspectRatio is the shape of an image.
type AspectRatio struct {
	Width  int64 `cbor:"width"  json:"width"`
	Height int64 `cbor:"height" json:"height"`
}

// Reply says what a post answers.
type Reply struct {
	Root   StrongRef `cbor:"root"   json:"root"`
	Parent StrongRef `cbor:"parent" json:"parent"`
}

// StrongRef is a com.atproto.repo.strongRef.
type StrongRef struct {
	URI string `cbor:"uri" json:"uri"`
	CID string `cbor:"cid" json:"cid"`
}

// Facet is an app.bsky.richtext.facet.
type Facet struct {
	Index    Index     `cbor:"index"    json:"index"`
	Features []Feature `cbor:"features" json:"features"`
}

// Index is a part of a text.
type Index struct {
	ByteStart int64 `cbor:"byteStart" json:"byteStart"`
	ByteEnd   int64 `cbor:"byteEnd"   json:"byteEnd"`
}

// Feature is any feature of a facet.
type Feature struct {
	Type string `cbor:"$type"         json:"$type"`
	DID  string `cbor:"did,omitempty" json:"did,omitempty"`
	URI  string `cbor:"uri,omitempty" json:"uri,omitempty"`
	Tag  string `cbor:"tag,omitempty" json:"tag,omitempty"`
}

// Like is an app.bsky.feed.like.
type Like struct {
	Type      string    `cbor:"$type"     json:"$type"`
	CreatedAt string    `cbor:"createdAt" json:"createdAt"`
	Subject   StrongRef `cbor:"subject"   json:"subject"`
}

// tagLink is the tag of links.
const tagLink = 42

// Links returns what makes github.com/fxamacker/cbor read and write links.
func Links() (cbor.TagSet, error) {
	tags := cbor.NewTagSet()
	both := cbor.TagOptions{EncTag: cbor.EncTagRequired, DecTag: cbor.DecTagRequired}
	if err := tags.Add(both, reflect.TypeFor[CBORLink](), tagLink); err != nil {
		return nil, fmt.Errorf("set up fxamacker/cbor: %w", err)
	}
	return tags, nil
}

// CBORModes returns what github.com/fxamacker/cbor needs to write these
// structs as DAG-CBOR and to read them.
func CBORModes() (cbor.EncMode, cbor.DecMode, error) {
	tags, err := Links()
	if err != nil {
		return nil, nil, err
	}
	enc, err := cbor.CanonicalEncOptions().EncModeWithTags(tags)
	if err != nil {
		return nil, nil, fmt.Errorf("set up fxamacker/cbor: %w", err)
	}
	dec, err := cbor.DecOptions{}.DecModeWithTags(tags)
	if err != nil {
		return nil, nil, fmt.Errorf("set up fxamacker/cbor: %w", err)
	}
	return enc, dec, nil
}
