package codec

import (
	"bytes"
	"errors"
	"fmt"

	gocid "github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/bench/fixture"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

const goCID = "go-cid"

func cidComparisons() ([]report.Comparison, error) {
	var like appbsky.FeedLike
	if err := lex.DecodeJSON(fixture.Like(), &like); err != nil {
		return nil, fmt.Errorf("CID of a like: %w", err)
	}
	block, err := lex.AppendCBOR(nil, &like)
	if err != nil {
		return nil, fmt.Errorf("CID of a like: %w", err)
	}
	form := gocid.NewPrefixV1(gocid.DagCBOR, multihash.SHA2_256)
	if err := sameCID(block, &like, form); err != nil {
		return nil, fmt.Errorf("CID of a like: %w", err)
	}
	return []report.Comparison{{
		Variants: []measure.Variant{
			repeat(ours, func() error {
				if !cid.Sum(cid.DagCBOR, block).Defined() {
					return errors.New("undefined CID")
				}
				return nil
			}),
			repeat(goCID, func() error {
				_, err := form.Sum(block)
				return err //nolint:wrapcheck // measured as it is
			}),
		},
		Rows: []report.Row{{Work: fmt.Sprintf("CID of a block of %d B", len(block)), Ours: ours, Theirs: goCID, Target: 0.38}},
	}}, nil
}

// sameCID proves that all name the block alike.
func sameCID(block []byte, like *appbsky.FeedLike, form gocid.Prefix) error {
	theirs, err := form.Sum(block)
	if err != nil {
		return fmt.Errorf("%s: %w", goCID, err)
	}
	ofValue, err := lex.CID(like)
	if err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	ofBlock := cid.Sum(cid.DagCBOR, block)
	if ofValue != ofBlock || !bytes.Equal(ofBlock.Bytes(), theirs.Bytes()) || ofBlock.String() != theirs.String() {
		return fmt.Errorf("CIDs differ: %s of the block, %s of the value, %s with %s", ofBlock, ofValue, theirs, goCID)
	}
	return nil
}
