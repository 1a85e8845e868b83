package ir

import (
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestGoName(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                      "",
		"-":                     "",
		"text":                  "Text",
		"feed.post":             "FeedPost",
		"com.atproto":           "ComAtproto",
		"my-site":               "MySite",
		"x_y z":                 "XYZ",
		"createdAt":             "CreatedAt",
		"getHTTPServer":         "GetHTTPServer",
		"subscribeOfURIs":       "SubscribeOfURIs",
		"likeURIList":           "LikeURIList",
		"did":                   "DID",
		"userDid":               "UserDID",
		"didDoc":                "DIDDoc",
		"cidLink":               "CIDLink",
		"listOfUris":            "ListOfURIs",
		"jwtId":                 "JWTID",
		"identity":              "Identity",
		"Didactic":              "Didactic",
		"xrpcApi2Json":          "XrpcApi2JSON",
		"utf8":                  "UTF8",
		"1st":                   "1st",
		"a1b":                   "A1b",
		"v1Beta":                "V1Beta",
		"naïve":                 "Naïve",
		"étude":                 "Étude",
		"日本":                    "日本",
		"cafe\u0301":            "Cafe",
		"cafe\u0301x":           "CafeX",
		"ß":                     "ß",
		"ǆ":                     "Ǆ",
		"a\u200db":              "AB",
		"a\u202eb":              "AB",
		"a\nfunc init() {}":     "AFuncInit",
		"\xff\xfea":             "A",
		"application/json":      "ApplicationJSON",
		"com.example.defs#Spam": "ComExampleDefsSpam",
		"!important":            "Important",
		"MarshalJSON":           "MarshalJSON",
	}
	for text, want := range cases {
		if got := GoName(text); got != want {
			t.Errorf("GoName(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestGoNameIsAnIdentifierOfBoundedLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringN(100, 300, -1)).Draw(t, "text")
		name := GoName(text)
		if len(name) > maxName || !utf8.ValidString(name) {
			t.Errorf("%q is longer than %d bytes, or no text", name, maxName)
		}
		if id := exported(name); !token.IsIdentifier(id) || !token.IsExported(id) {
			t.Errorf("%q is no exported identifier", id)
		}
		if !validExported(exported(name)) {
			t.Errorf("%q cannot be pinned", name)
		}
	})
}

func TestLongNamesDifferAsTheirTextsDo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100)
	a, b := GoName(long+"a"), GoName(long+"b")
	if a == b || len(a) > maxName || !utf8.ValidString(a) {
		t.Errorf("two long texts became %q and %q", a, b)
	}
	if short := strings.Repeat("A", maxName); shorten(short) != short {
		t.Errorf("a name of %d bytes was shortened", maxName)
	}
}

func TestNameSetNumbersWhatIsTaken(t *testing.T) {
	t.Parallel()
	s := newNameSet()
	s.reserve("a2")
	var got []string
	for range 3 {
		got = append(got, s.take("a", "owner"))
	}
	if want := "a a3 a4"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.owners["a3"] != "owner" || s.owners["a2"] != "" {
		t.Errorf("owners are %v", s.owners)
	}
}

func TestFieldNames(t *testing.T) {
	t.Parallel()
	s := newFieldScope()
	var got []string
	for _, property := range []string{"text", "Text", "text2", "marshalJSON", "marshalJSONField", "lexType", "lex", "lexicon", "lex2", "1st", "日本", "", "-", "extra"} {
		got = append(got, s.name(property))
	}
	got = append(got, s.extra())
	want := "Text Text2 Text22 MarshalJSONField MarshalJSONField2 LexTypeField Lex Lexicon Lex2 X1st X日本 X X2 Extra ExtraFields"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestPortableFileNames(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"feed.post": "feed.post", "con": "con_", "aux.foo": "aux_.foo", "foo.con": "foo.con", "nul.a.b": "nul_.a.b", "com1": "com1_",
		"console": "console", "linux": "linux", "foo.test": "foo.test",
	}
	for name, want := range cases {
		if got := portable(name); got != want {
			t.Errorf("portable(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLabelsHaveABoundAndBothEnds(t *testing.T) {
	t.Parallel()
	label := "com.example.a"
	for range 100 {
		label = within(label, "päth")
	}
	label = within(label, "end")
	if len(label) > maxLabel+len("…") || !utf8.ValidString(label) {
		t.Errorf("the label has %d bytes: %q", len(label), label)
	}
	if !strings.HasPrefix(label, "com.example.a/päth/") || !strings.HasSuffix(label, "/päth/end") {
		t.Errorf("the label is %q", label)
	}
	if got := within("a", "b\n\x1b[31mc"); got != "a/b [31mc" {
		t.Errorf("a label holds a control character: %q", got)
	}
}
