package syntax_test

import (
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// fuzzFormat proves of a format that Check and the specification's pattern
// agree, that Parse accepts nothing that Check refuses and keeps its text, and
// that an error points into the text. The returned string type is handed to
// use, which may look for panics and more.
func fuzzFormat[T interface {
	~string
	String() string
}](f *testing.F, format string, parse func(string) (T, error), use func(t *testing.T, v T, valid bool)) {
	for _, text := range samples()[format] {
		f.Add(text)
	}
	for _, seed := range []string{"", " ", ".", "..", "a.b", "did:", "\x00", "\xff", "\u00e9.com", "at://", "x:", "i-", "2024-"} {
		f.Add(seed)
	}
	o, known := oracles()[format]
	f.Fuzz(func(t *testing.T, text string) {
		v, parseErr := parse(text)
		checkErr := syntax.Check(format, text)
		if known && (checkErr == nil) != o.accepts(text) {
			t.Fatalf("Check(%q) = %v; the pattern accepts: %t", text, checkErr, o.accepts(text))
		}
		if parseErr == nil && (checkErr != nil || v.String() != text) {
			t.Fatalf("Parse(%q) = %q; Check = %v", text, v, checkErr)
		}
		if parseErr != nil {
			checkError(t, parseErr, text)
		}
		use(t, T(text), parseErr == nil)
	})
}

func checkError(t *testing.T, err error, text string) {
	t.Helper()
	var e *syntax.Error
	if !errors.As(err, &e) {
		t.Fatalf("error of %q is a %T", text, err)
	}
	if e.Offset < 0 || e.Offset > len(text) || e.Length != len(text) || len(e.Value) > 64 || e.Reason == "" || e.Error() == "" {
		t.Fatalf("error of %q is %#v", text, e)
	}
}

func FuzzDID(f *testing.F) {
	fuzzFormat(f, syntax.FormatDID, syntax.ParseDID, func(t *testing.T, d syntax.DID, valid bool) {
		if valid && "did:"+d.Method()+":"+d.Identifier() != d.String() {
			t.Fatalf("parts of %q: %q and %q", d, d.Method(), d.Identifier())
		}
		if d.Blessed() && !valid {
			t.Fatalf("%q is blessed and has not the syntax", d)
		}
		d.AllowedHost(syntax.Production)
	})
}

func FuzzHandle(f *testing.F) {
	fuzzFormat(f, syntax.FormatHandle, syntax.ParseHandle, func(t *testing.T, h syntax.Handle, valid bool) {
		if _, err := syntax.ParseHandle(h.Normalize().String()); (err == nil) != valid {
			t.Fatalf("Normalize(%q) = %q, %v", h, h.Normalize(), err)
		}
		h.AllowedTLD(syntax.Development)
	})
}

func FuzzAtIdentifier(f *testing.F) {
	fuzzFormat(f, syntax.FormatAtIdentifier, syntax.ParseAtIdentifier, func(t *testing.T, a syntax.AtIdentifier, valid bool) {
		_, isDID := a.DID()
		_, isHandle := a.Handle()
		if valid && isDID == isHandle {
			t.Fatalf("%q: DID %t, handle %t", a, isDID, isHandle)
		}
	})
}

func FuzzNSID(f *testing.F) {
	fuzzFormat(f, syntax.FormatNSID, syntax.ParseNSID, func(t *testing.T, n syntax.NSID, valid bool) {
		_, err := syntax.ParseNSID(n.Normalize().String())
		if (err == nil) != valid || n.Normalize().Name() != n.Name() || n.Normalize().Authority() != n.Authority() {
			t.Fatalf("Normalize(%q) = %q, %v", n, n.Normalize(), err)
		}
		if valid && !syntax.NSIDPattern(n).Match(n.Normalize()) {
			t.Fatalf("%q does not match itself", n)
		}
	})
}

func FuzzNSIDPattern(f *testing.F) {
	f.Add("*", "com.example.foo")
	f.Add("com.example.*", "COM.example.foo")
	f.Add("com.example.foo", "com.example.foo")
	f.Add("com*", "com.example.foo")
	f.Fuzz(func(t *testing.T, text, nsid string) {
		p, err := syntax.ParseNSIDPattern(text)
		if err == nil && p.String() != text {
			t.Fatalf("ParseNSIDPattern(%q) = %q", text, p)
		}
		if matches := syntax.NSIDPattern(text).Match(syntax.NSID(nsid)); matches && err == nil && text == nsid+".*" {
			t.Fatalf("%q matches %q", text, nsid)
		}
	})
}

func FuzzATURI(f *testing.F) {
	fuzzFormat(f, syntax.FormatATURI, syntax.ParseATURI, func(t *testing.T, u syntax.ATURI, valid bool) {
		again := syntax.ATURIOf(u.Authority(), u.Collection(), u.RecordKey())
		_, err := syntax.ParseATURI(u.Normalize().String())
		if valid && (again != u || err != nil) {
			t.Fatalf("%q put together again is %q; normalized %q, %v", u, again, u.Normalize(), err)
		}
		if _, _, err := syntax.ParseRepoPath(u.Path()); valid && (err == nil) != (u.RecordKey() != "") {
			t.Fatalf("path of %q: %v", u, err)
		}
	})
}

func FuzzTID(f *testing.F) {
	fuzzFormat(f, syntax.FormatTID, syntax.ParseTID, func(t *testing.T, id syntax.TID, valid bool) {
		if !valid || id.Integer()>>63 != 0 {
			return
		}
		if again, err := syntax.TIDOf(id.Micros(), id.ClockID()); err != nil || again != id {
			t.Fatalf("%q is made again as %q, %v", id, again, err)
		}
	})
}

func FuzzRecordKey(f *testing.F) {
	fuzzFormat(f, syntax.FormatRecordKey, syntax.ParseRecordKey, func(t *testing.T, k syntax.RecordKey, valid bool) {
		literal, err := syntax.ParseRecordKeyType("literal:" + k.String())
		if (err == nil) != valid || valid && literal.Check(k) != nil {
			t.Fatalf("literal:%q: %v", k, err)
		}
	})
}

func FuzzDatetime(f *testing.F) {
	fuzzFormat(f, syntax.FormatDatetime, syntax.ParseDatetime, func(t *testing.T, d syntax.Datetime, valid bool) {
		moment, err := d.Time()
		if (err == nil) != valid {
			t.Fatalf("Time of %q: %v", d, err)
		}
		again, err := syntax.DatetimeOf(moment).Time()
		if err != nil || valid && moment.Year() <= 9999 && moment.UnixMilli() != again.UnixMilli() {
			t.Fatalf("%q means %v, and written again %v, %v", d, moment, again, err)
		}
	})
}

func FuzzLanguage(f *testing.F) {
	fuzzFormat(f, syntax.FormatLanguage, syntax.ParseLanguage, func(*testing.T, syntax.Language, bool) {})
}

func FuzzURI(f *testing.F) {
	fuzzFormat(f, syntax.FormatURI, syntax.ParseURI, func(t *testing.T, u syntax.URI, valid bool) {
		if valid && u.Scheme() == "" {
			t.Fatalf("%q has no scheme", u)
		}
	})
}

func FuzzCID(f *testing.F) {
	for _, seed := range []string{
		"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7", "mBcDxtdWx0aWhhc2g+",
	} {
		f.Add(seed)
	}
	fuzzFormat(f, syntax.FormatCID, syntax.ParseCID, func(t *testing.T, c syntax.CID, valid bool) {
		if _, err := c.CID(); err == nil && !valid {
			t.Fatalf("%q decodes and has not the syntax", c)
		}
	})
}
