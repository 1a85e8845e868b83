package syntax_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestDatetimeMeansAMoment_SY20(t *testing.T) {
	t.Parallel()
	cases := map[syntax.Datetime]time.Time{
		"1985-04-12T23:20:50.123Z":                time.Date(1985, 4, 12, 23, 20, 50, 123e6, time.UTC),
		"1985-04-12T23:20:50.1235678912345Z":      time.Date(1985, 4, 12, 23, 20, 50, 123567891, time.UTC),
		"1985-04-12T23:20:50.5+01:45":             time.Date(1985, 4, 12, 21, 35, 50, 5e8, time.UTC),
		"1985-04-12T23:20:50-07:00":               time.Date(1985, 4, 13, 6, 20, 50, 0, time.UTC),
		"2000-02-29T00:00:00Z":                    time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC),
		"0000-01-01T00:00:00.000Z":                time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"0000-01-01T01:00:00+01:00":               time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59-01:00":               time.Date(10000, 1, 1, 0, 59, 59, 0, time.UTC),
		"2024-01-01T00:00:00.00000000000000001Z":  time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		"2024-01-01T00:00:00.999999999999999999Z": time.Date(2024, 1, 1, 0, 0, 0, 999999999, time.UTC),
	}
	for d, want := range cases {
		if _, err := syntax.ParseDatetime(d.String()); err != nil {
			t.Error(err)
		}
		got, err := d.Time()
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s means %v, %v; want %v", d, got, err, want)
		}
	}
}

func TestDatetimeRefuses_SY20(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "2024-11-24T06:04:60Z", "2024-11-24T24:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
		"2024-11-24T06:04:08-00:00", "2024-11-24T06:04:08+24:00", "2024-11-24T06:04:08+00:60", "2024-11-24t06:04:08Z",
		"2024-11-24T06:04:08z", "2024-11-24T06:04Z", "2024-11-24T06:04:08,5Z", "0000-01-01T00:00:00+00:01",
		"2024-11-24T06:04:08.12345678901234567890123456789012345678901234567890Z",
	} {
		if got, err := syntax.ParseDatetime(text); err == nil || got != "" {
			t.Errorf("ParseDatetime(%q) = %q, %v", text, got, err)
		}
		if got, err := syntax.Datetime(text).Time(); err == nil || !got.IsZero() {
			t.Errorf("Datetime(%q).Time() = %v, %v", text, got, err)
		}
	}
}

func TestDatetimeKeepsItsText_SY21(t *testing.T) {
	t.Parallel()
	const a, b = "1985-04-12T23:20:50.120Z", "1985-04-12T23:20:50.12Z"
	for _, text := range []string{a, b, "1985-04-12T23:20:50.12+00:00"} {
		if d, err := syntax.ParseDatetime(text); err != nil || d.String() != text {
			t.Errorf("ParseDatetime(%q) = %q, %v", text, d, err)
		}
	}
	if x := syntax.Datetime(a); !x.Equal(a) || x.Equal(b) {
		t.Error("Equal does not compare texts")
	}
	if cmp.Equal(syntax.Datetime(a), syntax.Datetime(b)) {
		t.Error("cmp.Equal takes two texts of one moment for one")
	}
}

func TestDatetimeOf_SY20(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 5400)
	cases := []struct {
		moment time.Time
		want   syntax.Datetime
	}{
		{time.Date(2024, 11, 24, 6, 4, 8, 123_999_999, time.UTC), "2024-11-24T06:04:08.123Z"},
		{time.Date(2024, 11, 24, 6, 4, 8, 0, east), "2024-11-24T04:34:08.000Z"},
		{time.Time{}, "0001-01-01T00:00:00.000Z"},
		{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), "0000-01-01T00:00:00.000Z"},
		{time.Date(0, 1, 1, 0, 0, 0, 0, east), "0000-01-01T00:00:00.000Z"},
		{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), "0000-01-01T00:00:00.000Z"},
		{time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), "9999-12-31T23:59:59.999Z"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "9999-12-31T23:59:59.999Z"},
	}
	for _, c := range cases {
		got := syntax.DatetimeOf(c.moment)
		if got != c.want {
			t.Errorf("DatetimeOf(%v) = %s, want %s", c.moment, got, c.want)
		}
		if _, err := syntax.ParseDatetime(got.String()); err != nil {
			t.Errorf("DatetimeOf(%v): %v", c.moment, err)
		}
	}
}
