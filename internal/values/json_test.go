package values

import (
	"math"
	"testing"
)

func TestJSONIsCanonical(t *testing.T) {
	t.Parallel()
	cases := []struct {
		value any
		want  string
	}{
		{nil, `null`},
		{true, `true`},
		{int64(math.MinInt64), `-9223372036854775808`},
		{"\"\\/\b\f\n\r\t\x00\x1f\x7f<>&\u2028é😀", `"\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f<>&\u2028é😀" + `"`},
		{Bytes{}, `{"$bytes":""}`},
		{Bytes{0xff, 0xfe}, `{"$bytes":"//4"}`},
		{aLink, `{"$link":"` + string(aLink) + `"}`},
		{[]any{}, `[]`},
		{map[string]any{"b": int64(1), "aa": []any{nil, false}, "a": map[string]any{}, "": "x"}, `{"":"x","a":{},"b":1,"aa":[null,false]}`},
	}
	for _, c := range cases {
		if got := JSON(c.value); got != c.want {
			t.Errorf("JSON(%#v) = %s, want %s", c.value, got, c.want)
		}
	}
}

func TestStylesHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, style := range Styles {
		if name := style.String(); name == "" || seen[name] {
			t.Errorf("style %d is called %q", style, name)
		} else {
			seen[name] = true
		}
	}
}
