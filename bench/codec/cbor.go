package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bluesky-social/indigo/api/bsky"
	"github.com/fxamacker/cbor/v2"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/bench/fixture"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/plain"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/lex"
)

const fxamacker = "fxamacker, plain structs"

func cborComparisons() ([]report.Comparison, error) {
	enc, dec, err := plain.CBORModes()
	if err != nil {
		return nil, err
	}
	post, err := postBlock(enc)
	if err != nil {
		return nil, fmt.Errorf("CBOR of a post: %w", err)
	}
	like, err := likeBlock(enc)
	if err != nil {
		return nil, fmt.Errorf("CBOR of a like: %w", err)
	}
	encodePost, err := encodePost(post, enc, dec)
	if err != nil {
		return nil, fmt.Errorf("CBOR of a post: %w", err)
	}
	return []report.Comparison{decodePost(post, dec), decodeLike(like, dec), encodePost}, nil
}

// postBlock returns the DAG-CBOR of the post, after it has proved that all
// make the same of the JSON.
func postBlock(enc cbor.EncMode) ([]byte, error) {
	var own appbsky.FeedPost
	var theirs bsky.FeedPost
	var simple plain.Post[plain.JSONLink]
	if err := readAll(fixture.Post(), &own, &theirs, &simple); err != nil {
		return nil, err
	}
	want, err := writeCBOR(&theirs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", indigo, err)
	}
	mine, err := lex.AppendCBOR(nil, &own)
	if err := (encodings{{ours, mine, err}}).equal(want); err != nil {
		return nil, err
	}
	return want, roundTrip[plain.Post[plain.CBORLink]](want, enc)
}

func likeBlock(enc cbor.EncMode) ([]byte, error) {
	var own appbsky.FeedLike
	var theirs bsky.FeedLike
	var simple plain.Like
	if err := readAll(fixture.Like(), &own, &theirs, &simple); err != nil {
		return nil, err
	}
	want, err := writeCBOR(&theirs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", indigo, err)
	}
	mine, err := lex.AppendCBOR(nil, &own)
	if err := (encodings{{ours, mine, err}}).equal(want); err != nil {
		return nil, err
	}
	return want, roundTrip[plain.Like](want, enc)
}

// readAll reads JSON into a lexgen type and others.
func readAll(b []byte, own lex.Struct, others ...any) error {
	errs := []error{lex.DecodeJSON(b, own)}
	for _, other := range others {
		errs = append(errs, json.Unmarshal(b, other))
	}
	return errors.Join(errs...)
}

// roundTrip proves that fxamacker reads b into a T and writes it again.
func roundTrip[T any](b []byte, enc cbor.EncMode) error {
	_, dec, err := plain.CBORModes()
	if err != nil {
		return err
	}
	var v T
	if err := dec.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("%s: %w", fxamacker, err)
	}
	again, err := enc.Marshal(v)
	return encodings{{fxamacker, again, err}}.equal(b)
}

func decodePost(b []byte, dec cbor.DecMode) report.Comparison {
	var reused appbsky.FeedPost
	return report.Comparison{
		Variants: []measure.Variant{
			repeat(ours, func() error { return lex.DecodeCBOR(b, new(appbsky.FeedPost)) }),
			repeat(reusing, func() error { return lex.DecodeCBORAlias(b, &reused) }),
			repeat(indigo, func() error { return new(bsky.FeedPost).UnmarshalCBOR(bytes.NewReader(b)) }),
			repeat(fxamacker, func() error { return dec.Unmarshal(b, new(plain.Post[plain.CBORLink])) }),
		},
		Rows: []report.Row{
			{Work: fmt.Sprintf("CBOR decode post (%d B), owned", len(b)), Ours: ours, Theirs: indigo, Target: 0.16},
			{Work: "CBOR decode post, aliasing, reused", Ours: reusing, Theirs: indigo, Target: 0.045},
		},
	}
}

func decodeLike(b []byte, dec cbor.DecMode) report.Comparison {
	return report.Comparison{
		Variants: []measure.Variant{
			repeat(ours, func() error { return lex.DecodeCBOR(b, new(appbsky.FeedLike)) }),
			repeat(indigo, func() error { return new(bsky.FeedLike).UnmarshalCBOR(bytes.NewReader(b)) }),
			repeat(fxamacker, func() error { return dec.Unmarshal(b, new(plain.Like)) }),
		},
		Rows: []report.Row{{Work: fmt.Sprintf("CBOR decode like (%d B), owned", len(b)), Ours: ours, Theirs: indigo, Target: 0.45}},
	}
}

func encodePost(b []byte, enc cbor.EncMode, dec cbor.DecMode) (report.Comparison, error) {
	var own appbsky.FeedPost
	var theirs bsky.FeedPost
	var simple plain.Post[plain.CBORLink]
	err := errors.Join(lex.DecodeCBOR(b, &own), theirs.UnmarshalCBOR(bytes.NewReader(b)), dec.Unmarshal(b, &simple))
	var out []byte
	var buffer bytes.Buffer
	return report.Comparison{
		Variants: []measure.Variant{
			repeat(ours, func() (err error) {
				out, err = lex.AppendCBOR(out[:0], &own)
				return err
			}),
			repeat(indigo, func() error {
				buffer.Reset()
				return theirs.MarshalCBOR(&buffer)
			}),
			repeat(fxamacker, marshalWith(enc.Marshal, &simple)),
		},
		Rows: []report.Row{{Work: "CBOR encode post, append to a buffer", Ours: ours, Theirs: indigo, Target: 0.14}},
	}, err
}
