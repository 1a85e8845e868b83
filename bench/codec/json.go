package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/bluesky-social/indigo/api/bsky"
	goccy "github.com/goccy/go-json"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/bench/fixture"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/plain"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/lex"
)

const (
	goccyPlain    = "goccy, plain structs"
	standardPlain = "encoding/json, plain structs"
)

// timelinePosts is how many posts the timeline has.
const timelinePosts = 50

// jsonRows name the comparisons of one value.
type jsonRows struct {
	decode, encode             string
	decodeTarget, encodeTarget float64
}

func jsonComparisons() ([]report.Comparison, error) {
	post := fixture.Post()
	timeline, err := fixture.Timeline(timelinePosts)
	if err != nil {
		return nil, err
	}
	posts, err := compareJSON[appbsky.FeedPost, bsky.FeedPost, plain.Post[plain.JSONLink]](post, jsonRows{
		fmt.Sprintf("JSON decode post (%d B)", len(post)), "JSON encode post, append", 0.085, 0.075,
	})
	if err != nil {
		return nil, fmt.Errorf("JSON of a post: %w", err)
	}
	timelines, err := compareJSON[appbsky.FeedGetTimelineOutput, bsky.FeedGetTimeline_Output, plain.Timeline](timeline, jsonRows{
		fmt.Sprintf("JSON decode timeline of %d posts (%d KB)", timelinePosts, len(timeline)/1000), "JSON encode timeline", 0, 0,
	})
	if err != nil {
		return nil, fmt.Errorf("JSON of a timeline: %w", err)
	}
	return append(posts, timelines...), nil
}

// compareJSON compares decoding of b and encoding of its value, which is an
// Own in lexgen, a Theirs in indigo and a Plain elsewhere.
func compareJSON[Own, Theirs, Plain any, P interface {
	*Own
	lex.Struct
}](b []byte, rows jsonRows) ([]report.Comparison, error) {
	var own Own
	var theirs Theirs
	var simple Plain
	if err := readAll(b, P(&own), &theirs, &simple); err != nil {
		return nil, err
	}
	if err := sameJSON(b, P(&own), &theirs, &simple); err != nil {
		return nil, err
	}
	var out []byte
	decode := report.Comparison{
		Variants: []measure.Variant{
			repeat(ours, func() error { return lex.DecodeJSON(b, P(new(Own))) }),
			repeat(indigo, func() error { return json.Unmarshal(b, new(Theirs)) }),
			repeat(goccyPlain, func() error { return goccy.Unmarshal(b, new(Plain)) }),
			repeat(standardPlain, func() error { return json.Unmarshal(b, new(Plain)) }),
		},
		Rows: []report.Row{{Work: rows.decode, Ours: ours, Theirs: indigo, Target: rows.decodeTarget}},
	}
	encode := report.Comparison{
		Variants: []measure.Variant{
			repeat(ours, func() (err error) {
				out, err = lex.AppendJSON(out[:0], P(&own))
				return err
			}),
			repeat(indigo, marshalWith(json.Marshal, &theirs)),
			repeat(goccyPlain, marshalWith(goccy.Marshal, &simple)),
			repeat(standardPlain, marshalWith(json.Marshal, &simple)),
		},
		Rows: []report.Row{{Work: rows.encode, Ours: ours, Theirs: indigo, Target: rows.encodeTarget}},
	}
	return []report.Comparison{decode, encode}, nil
}

func marshalWith(marshal func(any) ([]byte, error), v any) func() error {
	return func() error {
		_, err := marshal(v)
		return err
	}
}

// sameJSON proves that lexgen writes what b says, and the others what is left
// when empty members are dropped, which they do not keep.
func sameJSON(b []byte, own lex.Struct, theirs, simple any) error {
	want, err := generic(b, nil)
	if err != nil {
		return err
	}
	mine, err := lex.AppendJSON(nil, own)
	if err := equalJSON(ours, mine, err, want); err != nil {
		return err
	}
	others, goccyErr := goccy.Marshal(simple)
	standard, standardErr := json.Marshal(simple)
	foreign, foreignErr := json.Marshal(theirs)
	less := withoutEmpty(want)
	return errors.Join(
		equalJSON(indigo, foreign, foreignErr, less),
		equalJSON(goccyPlain, others, goccyErr, less),
		equalJSON(standardPlain, standard, standardErr, less),
	)
}

func equalJSON(name string, b []byte, err error, want any) error {
	got, err := generic(b, err)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if name != ours {
		got = withoutEmpty(got)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s writes other JSON than it has read: %.2000s", name, b)
	}
	return nil
}

func generic(b []byte, err error) (v any, _ error) {
	return v, errors.Join(err, json.Unmarshal(b, &v))
}

// withoutEmpty returns v without members that are an empty array or an empty
// $type.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = withoutEmpty(v[i])
		}
		return items
	case map[string]any:
		members := map[string]any{}
		for name, member := range v {
			if array, ok := member.([]any); ok && len(array) == 0 || name == "$type" && member == "" {
				continue
			}
			members[name] = withoutEmpty(member)
		}
		return members
	}
	return v
}
