package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestErrorsSayWhereAndWhy has each reason that a scanner gives, so that
// wording and offsets are reviewed.
func TestErrorsSayWhereAndWhy(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("o", 64)
	cases := []struct{ format, text, want string }{
		{"did", "", `invalid did "": does not begin with "did:" (at byte 0)`},
		{"did", "DID:m:v", `invalid did "DID:m:v": does not begin with "did:" (at byte 0)`},
		{"did", "did:method", `invalid did "did:method": no colon behind the method (at byte 10)`},
		{"did", "did::v", `invalid did "did::v": method is empty (at byte 4)`},
		{"did", "did:m1:v", `invalid did "did:m1:v": method has a character other than a lower-case letter (at byte 5)`},
		{"did", "did:m:", `invalid did "did:m:": identifier is empty (at byte 6)`},
		{"did", "did:m:v/w", `invalid did "did:m:v/w": character that no DID has (at byte 7)`},
		{"did", "did:m:v%", `invalid did "did:m:v%": ends with a colon or a percent sign (at byte 7)`},
		{"did", "did:m:" + strings.Repeat("v", 2043), `invalid did "did:m:` + strings.Repeat("v", 58) + `"...: longer than 2048 bytes (at byte 2048)`},
		{"handle", "alice", `invalid handle "alice": not a domain name of two or more labels (at byte 5)`},
		{"handle", "a..b", `invalid handle "a..b": empty label (at byte 2)`},
		{"handle", "a.-b", `invalid handle "a.-b": label begins with a hyphen (at byte 2)`},
		{"handle", "a-.b", `invalid handle "a-.b": label ends with a hyphen (at byte 1)`},
		{"handle", "a_.b", `invalid handle "a_.b": character other than a letter, digit or hyphen (at byte 1)`},
		{"handle", "a.1b", `invalid handle "a.1b": top-level domain does not begin with a letter (at byte 2)`},
		{"handle", "a." + long, `invalid handle "a.` + long[:62] + `"...: label is longer than 63 bytes (at byte 65)`},
		{"at-identifier", "did:", `invalid at-identifier "did:": no colon behind the method (at byte 4)`},
		{"at-identifier", "alice", `invalid at-identifier "alice": not a domain name of two or more labels (at byte 5)`},
		{"nsid", "name", `invalid nsid "name": fewer than three segments (at byte 4)`},
		{"nsid", "com.example", `invalid nsid "com.example": fewer than three segments (at byte 11)`},
		{"nsid", "1com.example.x", `invalid nsid "1com.example.x": first segment does not begin with a letter (at byte 0)`},
		{"nsid", "com.example.", `invalid nsid "com.example.": name is empty (at byte 12)`},
		{"nsid", "com.example.a-b", `invalid nsid "com.example.a-b": name has a character other than a letter or digit (at byte 13)`},
		{"nsid", "com.example.1", `invalid nsid "com.example.1": name does not begin with a letter (at byte 12)`},
		{"nsid", "a.b." + long, `invalid nsid "a.b.` + long[:60] + `"...: name is longer than 63 bytes (at byte 67)`},
		{"nsid", "com.exam_ple.x", `invalid nsid "com.exam_ple.x": character other than a letter, digit or hyphen (at byte 8)`},
		{"at-uri", "http://a.co", `invalid at-uri "http://a.co": does not begin with "at://" (at byte 0)`},
		{"at-uri", "at://a.co/", `invalid at-uri "at://a.co/": fewer than three segments (at byte 10)`},
		{"at-uri", "at://a.co/a.b.c/", `invalid at-uri "at://a.co/a.b.c/": empty (at byte 16)`},
		{"at-uri", "at://a.co/a.b.c/x/y", `invalid at-uri "at://a.co/a.b.c/x/y": character that no record key has (at byte 17)`},
		{"at-uri", "at://a.co/a.b.c/..", `invalid at-uri "at://a.co/a.b.c/..": reserved name (at byte 16)`},
		{"tid", "222", `invalid tid "222": not 13 characters long (at byte 3)`},
		{"tid", "3jzfcijpj2z21", `invalid tid "3jzfcijpj2z21": character other than 2 to 7 and a to z (at byte 12)`},
		{"tid", "kjzfcijpj2z2a", `invalid tid "kjzfcijpj2z2a": does not fit 64 bits (at byte 0)`},
		{"datetime", "2024-11-24", `invalid datetime "2024-11-24": expected T (at byte 10)`},
		{"datetime", "24-11-24", `invalid datetime "24-11-24": expected a digit (at byte 2)`},
		{"datetime", "2023-02-29T00:00:00Z", `invalid datetime "2023-02-29T00:00:00Z": no such day in that month (at byte 8)`},
		{"datetime", "2024-02-29T24:00:00Z", `invalid datetime "2024-02-29T24:00:00Z": number out of range (at byte 11)`},
		{"datetime", "2024-02-29T00:00:00.Z", `invalid datetime "2024-02-29T00:00:00.Z": no digits behind the decimal point (at byte 20)`},
		{"datetime", "2024-02-29T00:00:00", `invalid datetime "2024-02-29T00:00:00": no Z and no offset from UTC (at byte 19)`},
		{"datetime", "2024-02-29T00:00:00-00:00", `invalid datetime "2024-02-29T00:00:00-00:00": offset -00:00 (at byte 19)`},
		{"datetime", "2024-02-29T00:00:00Z ", `invalid datetime "2024-02-29T00:00:00Z ": text behind the datetime (at byte 20)`},
		{"datetime", "0000-01-01T00:00:00+00:01", `invalid datetime "0000-01-01T00:00:00+00:01": before the year 0 in UTC (at byte 0)`},
		{"language", "", `invalid language "": language is not of 2, 3 or 5 to 8 letters (at byte 0)`},
		{"language", "jaja", `invalid language "jaja": language is not of 2, 3 or 5 to 8 letters (at byte 4)`},
		{"language", "JA", `invalid language "JA": language has a character other than a lower-case letter (at byte 0)`},
		{"language", "x", `invalid language "x": nothing behind the prefix (at byte 1)`},
		{"language", "ja-", `invalid language "ja-": empty subtag (at byte 3)`},
		{"language", "ja-é", `invalid language "ja-\u00e9": subtag has a character other than a letter or digit (at byte 3)`},
		{"language", "ja-abcdefghi", `invalid language "ja-abcdefghi": subtag is longer than 8 bytes (at byte 11)`},
		{"uri", "//x", `invalid uri "//x": does not begin with a scheme (at byte 0)`},
		{"uri", "x/y:z", `invalid uri "x/y:z": no colon behind the scheme (at byte 1)`},
		{"uri", "http:", `invalid uri "http:": nothing behind the scheme (at byte 5)`},
		{"uri", "http:a b", `invalid uri "http:a b": white space (at byte 6)`},
		{"uri", "http:a\x1bb", `invalid uri "http:a\x1bb": control character (at byte 6)`},
		{"uri", "http:a\xffb", `invalid uri "http:a\xffb": not valid UTF-8 (at byte 6)`},
		{"cid", "bafy", `invalid cid "bafy": shorter than 8 bytes (at byte 4)`},
		{"cid", "QmbWqxBEKC", `invalid cid "QmbWqxBEKC": CID of version 0 (at byte 0)`},
		{"cid", "example-com", `invalid cid "example-com": does not begin with the letter of a base (at byte 0)`},
		{"cid", "bafybei01", `invalid cid "bafybei01": no digit of the base (at byte 7)`},
		{"record-key", "a/b", `invalid record-key "a/b": character that no record key has (at byte 1)`},
	}
	for _, c := range cases {
		err := syntax.Check(c.format, c.text)
		if err == nil {
			t.Errorf("Check(%q, %q) accepts", c.format, c.text)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("Check(%q, %q) (-want +got):\n%s", c.format, c.text, diff)
		}
	}
}

func TestErrorKeepsLittleOfTheText(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, text, value string }{
		{"short", "x", "x"},
		{"ASCII", strings.Repeat("x", 1<<20), strings.Repeat("x", 64)},
		{"between runes", strings.Repeat("x", 62) + "\u20ac" + strings.Repeat("x", 9), strings.Repeat("x", 62)},
		{"no UTF-8", strings.Repeat("\x80", 99), strings.Repeat("\x80", 64)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := syntax.ParseTID(c.text)
			var got *syntax.Error
			if !errors.As(err, &got) {
				t.Fatalf("error is a %T", err)
			}
			want := &syntax.Error{
				Format: "tid", Value: c.value, Length: len(c.text), Offset: min(13, len(c.text)), Reason: "not 13 characters long",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
