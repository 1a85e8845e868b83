package lex_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/lex"
)

// Search is what the generator would print for parameters.
type Search struct {
	Q      string
	Limit  lex.Opt[int64]
	Flag   lex.Opt[bool]
	Dids   []Handle
	Counts []int64
	Bools  []bool
	Sort   lex.Opt[string]
	Extra  lex.Extra
}

var lexSearch = lex.Table{Name: "com.example.search parameters", Fields: []lex.Field{
	{Name: "q"},
	{Name: "limit", Presence: lex.Optional, Type: lex.Rules{lex.Min(1), lex.Max(100), lex.DefaultInt(50)}},
	{Name: "flag", Presence: lex.Optional, Type: lex.Rules{lex.DefaultBool(true)}},
	{Name: "dids", Presence: lex.Optional},
	{Name: "counts", Presence: lex.Optional},
	{Name: "bools", Presence: lex.Optional},
	{Name: "sort", Presence: lex.Optional, Type: lex.Rules{lex.DefaultString("top")}},
}}

func (*Search) LexTable() *lex.Table { return &lexSearch }

func TestQueriesAreWritten_LX24_LX30(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   Search
		want string
	}{
		"defaults are sent":      {Search{Q: "a"}, "q=a&limit=50&flag=true&sort=top"},
		"false, zero and empty":  {Search{Limit: lex.Int(0), Flag: lex.Bool(false), Sort: lex.String("")}, "q=&limit=0&flag=false&sort="},
		"arrays by repetition":   {Search{Q: "a", Dids: []Handle{"x", "y"}, Counts: []int64{1, -2}, Bools: []bool{true}}, "q=a&limit=50&flag=true&dids=x&dids=y&counts=1&counts=-2&bools=true&sort=top"},
		"an empty array is none": {Search{Q: "a", Dids: []Handle{}}, "q=a&limit=50&flag=true&sort=top"},
		"text is escaped":        {Search{Q: "a b&c=d#?%ü+"}, "q=a+b%26c%3Dd%23%3F%25%C3%BC%2B&limit=50&flag=true&sort=top"},
		"unknown ones by name":   {Search{Q: "a", Extra: lex.Extra{"z": int64(1), "b": []any{"x", true}}}, "q=a&limit=50&flag=true&sort=top&b=x&b=true&z=1"},
	} {
		got, err := lex.AppendQuery([]byte("?"), &c.in)
		if err != nil || string(got) != "?"+c.want {
			t.Errorf("%s: %v\ngot  %s\nwant ?%s", name, err, got, c.want)
		}
	}
	for want, in := range map[string]*Search{
		`lex: $.z: map[string]interface {} cannot be a parameter`:   {Extra: lex.Extra{"z": map[string]any{}}},
		`lex: $.z[1]: a parameter cannot hold an array in an array`: {Extra: lex.Extra{"z": []any{"a", []any{}}}},
		`lex: $.limit: Extra has a member that is a field, too`:     {Extra: lex.Extra{"limit": "1"}},
		`lex: $: *lex_test.Search must not be nil`:                  nil,
	} {
		_, err := lex.AppendQuery(nil, in)
		wantError(t, err, want)
	}
}

func TestQueriesAreRead_LX24_LX25_LX30(t *testing.T) {
	t.Parallel()
	with := func(change func(*Search)) Search {
		s := Search{Q: "a", Limit: lex.Int(50), Flag: lex.Bool(true), Sort: lex.String("top")}
		change(&s)
		return s
	}
	for query, want := range map[string]Search{
		"q=a":                             with(func(*Search) {}),
		"q=a&limit=&flag=&dids=&sort=":    with(func(*Search) {}), // empty is absent
		"q=a&limit=7&flag=false&sort=new": with(func(s *Search) { s.Limit, s.Flag, s.Sort = lex.Int(7), lex.Bool(false), lex.String("new") }),
		"q=a&dids=x":                      with(func(s *Search) { s.Dids = []Handle{"x"} }), // one is an array of one
		"q=a&dids=x&dids=y&counts=1&counts=-9223372036854775808&bools=true&bools=false": with(func(s *Search) {
			s.Dids, s.Counts, s.Bools = []Handle{"x", "y"}, []int64{1, -1 << 63}, []bool{true, false}
		}),
		"q=a&new=1&more=x&more=y&dids[]=z": with(func(s *Search) { s.Extra = lex.Extra{"new": "1", "more": []any{"x", "y"}, "dids[]": "z"} }),
		"q=a+b%26":                         with(func(s *Search) { s.Q = "a b&" }),
		"q=a&&&":                           with(func(*Search) {}),
		"q=&q=a&dids=&dids=x&dids=":        with(func(s *Search) { s.Dids = []Handle{"x"} }), // empty ones do not count
		"q=a&limit=9223372036854775807":    with(func(s *Search) { s.Limit = lex.Int(1<<63 - 1) }),
		"q=a&limit=-0":                     with(func(s *Search) { s.Limit = lex.Int(0) }),
		"q=a&=x":                           with(func(s *Search) { s.Extra = lex.Extra{"": "x"} }),
		"Q=b&q=a":                          with(func(s *Search) { s.Extra = lex.Extra{"Q": "b"} }),
		"q=%00%0d%0a":                      with(func(s *Search) { s.Q = "\x00\r\n" }),
	} {
		got := Search{Q: "earlier", Extra: lex.Extra{"earlier": true}}
		if err := lex.DecodeQuery(query, &got); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(lex.Opt[int64]{}, lex.Opt[bool]{}, lex.Opt[string]{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for query, want := range map[string]string{
		"":                               `lex: $.q: required, but missing`,
		"q=":                             `lex: $.q: required, but missing`,
		"q=a&q=b":                        `lex: $.q: given 2 times, but it is no array`,
		"q=a&limit=1.0":                  `lex: $.limit: expected a decimal integer of 64 bits, found "1.0"`,
		"q=a&limit=%2B5":                 `lex: $.limit: expected a decimal integer of 64 bits, found "+5"`,
		"q=a&limit=9223372036854775808":  `lex: $.limit: expected a decimal integer of 64 bits, found "9223372036854775808"`,
		"q=a&flag=1":                     `lex: $.flag: expected true or false, found "1"`,
		"q=a&flag=True":                  `lex: $.flag: expected true or false, found "True"`,
		"q=a&counts=1&counts=x":          `lex: $.counts[1]: expected a decimal integer of 64 bits, found "x"`,
		"q=%ff":                          `lex: $.q: expected UTF-8, found "\xff"`,
		"q=a&x=%ff":                      `lex: $.x[0]: expected UTF-8, found "\xff"`,
		"q=a&%ff=x":                      `lex: $: expected UTF-8 as the name of a parameter, found "\xff"`,
		"q=a&limit=-9223372036854775809": `lex: $.limit: expected a decimal integer of 64 bits, found "-9223372036854775809"`,
		"q=a&limit=1_0":                  `lex: $.limit: expected a decimal integer of 64 bits, found "1_0"`,
		"q=a&limit=0x1":                  `lex: $.limit: expected a decimal integer of 64 bits, found "0x1"`,
		"q=a&limit=+1":                   `lex: $.limit: expected a decimal integer of 64 bits, found " 1"`,
		"q=a&__proto__=":                 `lex: $.__proto__: not allowed as the name of a parameter`,
		"q=a&%5f_proto__=1":              `lex: $.__proto__: not allowed as the name of a parameter`,
		"q=a&__proto__=1":                `lex: $.__proto__: not allowed as the name of a parameter`,
		"q=a;b=c":                        `lex: $: malformed query: invalid semicolon separator in query`,
		"q=%zz":                          `lex: $: malformed query: invalid URL escape "%zz"`,
		strings.Repeat("&", 10_000):      `lex: $: more than 10000 query parameters`,
	} {
		wantError(t, lex.DecodeQuery(query, &Search{}), want)
	}
}

func TestQueriesSurvive_LX24(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 20, -1)
		in := Search{
			Q: text.Draw(t, "q"), Limit: lex.Int(rapid.Int64().Draw(t, "limit")), Flag: lex.Bool(rapid.Bool().Draw(t, "flag")),
			Counts: rapid.SliceOf(rapid.Int64()).Draw(t, "counts"), Bools: rapid.SliceOf(rapid.Bool()).Draw(t, "bools"),
			Sort: lex.String(text.Draw(t, "sort")),
		}
		for _, s := range rapid.SliceOf(text).Draw(t, "dids") {
			in.Dids = append(in.Dids, Handle(s))
		}
		query, err := lex.AppendQuery(nil, &in)
		if err != nil {
			t.Fatal(err)
		}
		var out Search
		if err := lex.DecodeQuery(string(query), &out); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if diff := cmp.Diff(in, out, cmpopts.EquateEmpty(), cmpopts.EquateComparable(lex.Opt[int64]{}, lex.Opt[bool]{}, lex.Opt[string]{})); diff != "" {
			t.Errorf("%s (-in +out):\n%s", query, diff)
		}
	})
}

// FuzzDecodeQuery claims that what is read is written as something that reads as
// the same.
func FuzzDecodeQuery(f *testing.F) {
	for _, seed := range []string{"q=a", "q=a&limit=7&dids=x&dids=y&new=1&new=2", "q=%zz", "&&&=", "q=a&counts=1&bools=true&__proto__=x", "q=a&%ff=%fe&=x", "q=a+%2B&limit=-9223372036854775808&x=&x=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var first, second Search
		if lex.DecodeQuery(query, &first) != nil {
			return
		}
		written, err := lex.AppendQuery(nil, &first)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", query, err)
		}
		if err := lex.DecodeQuery(string(written), &second); err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty(), cmpopts.EquateComparable(lex.Opt[int64]{}, lex.Opt[bool]{}, lex.Opt[string]{})); diff != "" {
			t.Errorf("%q (-first +second):\n%s", query, diff)
		}
	})
}

func TestIntegersOfStructs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		v    lex.Struct
		prop string
		want int64
		ok   bool
	}{
		"there":         {&Search{Limit: lex.Int(3)}, "limit", 3, true},
		"absent":        {&Search{}, "limit", 0, false},
		"no integer":    {&Search{Q: "a"}, "q", 0, false},
		"no property":   {&Search{}, "other", 0, false},
		"nil":           {nil, "limit", 0, false},
		"nil of a type": {(*Search)(nil), "limit", 0, false},
		"no struct":     {&lex.UnknownObject{}, "limit", 0, false},
	} {
		if got, ok := lex.IntegerOf(c.v, c.prop); got != c.want || ok != c.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
}

func TestTextsOfStructs(t *testing.T) {
	t.Parallel()
	v := &Search{Q: "a"}
	for property, want := range map[string]string{"q": "a true", "sort": " false", "limit": " false", "dids": " false", "other": " false"} {
		value, ok := lex.StringOf(v, property)
		if got := fmt.Sprint(value, " ", ok); got != want {
			t.Errorf("%s: %s", property, got)
		}
	}
	if !lex.SetString(v, "sort", "new") || !lex.SetString(v, "q", "b") || v.Sort != lex.String("new") || v.Q != "b" {
		t.Errorf("%+v", v)
	}
	if lex.SetString(v, "limit", "1") || lex.SetString(nil, "q", "1") || lex.SetString((*Search)(nil), "q", "1") {
		t.Error("set what cannot be set")
	}
}
