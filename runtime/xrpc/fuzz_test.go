package xrpc

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/lex"
)

// FuzzParseFrame claims of every frame that is taken: the short way of the usual header
// and the long one agree, the payload is the end of the frame, and a frame with the same
// header is read the same.
func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		"\xa2\x61t\x68#account\x62op\x01\xa0", // usual
		"\xa1\x62op\x20\xa1\x65error\x61A",    // an error
		"\xa3\x61t\x61#\x61x\x00\x62op\x01",   // more in the header
		"\xa2\x61t\x61\xff\x62op\x01\xa0",     // no UTF-8
		"\xa2\x61t\x60\x62op\x01",             // no name
		"\xa2\x62op\x01\x61t\x61#\xa0",        // not in the canonical order
		"\xa1\x62op\x1b\x7f\xff\xff\xff\xff\xff\xff\xff",
		"\xa2\x61t\x61#\x62op\x01\xa2\x61t\x61#\x62op\x01", // twice
		"\xbf\xff", "\xa0", "", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		usual, isUsual := parseUsualFrame(b)
		long, err := parseFrameHeader(b)
		if isUsual && (err != nil || usual.op != long.op || usual.t != long.t || string(usual.payload) != string(long.payload)) {
			t.Fatalf("%x: the short way has %+v, the long one %+v, %v", b, usual, long, err)
		}
		got, err := parseFrame(b)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(b, got.payload) || len(got.payload) >= len(b) || !utf8.ValidString(got.t) {
			t.Fatalf("%x: %+v", b, got)
		}
		header := lex.Extra{"op": got.op}
		if got.t != "" {
			header["t"] = got.t
		}
		again, err := lex.AppendCBOR(nil, header)
		if err != nil {
			t.Fatal(err)
		}
		second, err := parseFrame(append(again, got.payload...))
		if err != nil || second.op != got.op || second.t != got.t || string(second.payload) != string(got.payload) {
			t.Fatalf("%x: first %+v, then %+v, %v", b, got, second, err)
		}
	})
}

// FuzzErrorFrame claims that the payload of an error frame, however it looks, becomes an
// error with a name and bounded text, and that a frame made of these reads as the same.
func FuzzErrorFrame(f *testing.F) {
	for _, seed := range []string{"\xa1\x65error\x61A", "\xa2\x65error\x61A\x67message\x61b", "\xa1\x65error\x00", "\xa0", "\xff", "\xa1\x65error\x60"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := frame{op: opError, payload: payload}.errorOf("com.example.stream")
		checkError(t, e)
		parsed, err := parseFrame(AppendErrorFrame(nil, e.Name, e.Message))
		if err != nil || parsed.op != opError {
			t.Fatalf("%+v, %v", parsed, err)
		}
		if again := parsed.errorOf("com.example.stream"); again.Name != e.Name || again.Message != e.Message {
			t.Fatalf("first %v, then %v", e, again)
		}
	})
}

// FuzzErrorEnvelope claims the same of answers: any status, headers and body become an
// error, which a server of ours can answer with and a client reads as the same.
func FuzzErrorEnvelope(f *testing.F) {
	f.Add(400, "application/json", "", `{"error":"InvalidRequest","message":"no"}`)
	f.Add(429, "application/json", "31536000", `{"error":["x"],"message":{}}`)
	f.Add(502, "text/html", "-1", "<h1>Bad Gateway</h1>")
	f.Add(307, "", "Sat, 01 Jan 2000 00:00:00 GMT", "")
	f.Add(599, "text/plain; charset=latin1", "1e9", "\xff\xfe\x1b[2J")
	f.Add(100, "application/json", "99999999999999999999", `{"error":"","message":"`+strings.Repeat("x", 2000)+`"}`)
	f.Fuzz(func(t *testing.T, status int, media, wait, body string) {
		c := NewClient("http://a.test", WithWorld(World{Now: func() time.Time { return time.Unix(946684800, 0) }}))
		read := func(status int, h http.Header, body string) *Error {
			w := httptest.NewRecorder()
			w.WriteString(body)
			res := w.Result()
			res.StatusCode, res.Header = status, h
			return c.answered(&Call{Method: &Method{NSID: "com.example.method"}}, res)
		}
		e := read(status, http.Header{"Content-Type": {media}, "Retry-After": {wait}}, body)
		checkError(t, e)
		if e.RetryAfter < 0 {
			t.Fatalf("wait %v", e.RetryAfter)
		}
		w := httptest.NewRecorder()
		writeError(w, &Error{Status: e.Status, Name: e.Name, Message: e.Message, RetryAfter: e.RetryAfter})
		again := read(w.Code, w.Header(), w.Body.String())
		if again.Name != e.Name || again.Message != e.Message || w.Code < 400 || w.Code > 599 || status >= 400 && status <= 599 && again.Status != status {
			t.Fatalf("first %v, then %v", e, again)
		}
	})
}

// checkError claims that an error has a name, and that it can be shown.
func checkError(t *testing.T, e *Error) {
	t.Helper()
	if e.Name == "" || len(e.Name) > MaxErrorText || len(e.Message) > MaxErrorText || !utf8.ValidString(string(e.Name)) || !utf8.ValidString(e.Message) {
		t.Fatalf("%#v", e)
	}
	for _, r := range e.Error() {
		if r < ' ' || r == 0x7f || r == 0x202e {
			t.Fatalf("%q", e.Error())
		}
	}
}
