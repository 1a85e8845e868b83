package xrpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// echo answers with what was asked, as JSON, behind a space and with a fraction, which
// no Go type of ours would take.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, ` {"asked": %q, "type": %q, "body": %q, "half": 0.5}`, r.Method+" "+r.URL.RequestURI(), r.Header.Get("Content-Type"), body)
}

func TestCallsWithoutGoTypes_XR01_XR06_LX24(t *testing.T) {
	t.Parallel()
	client := xrpctest.NewClient(t, http.HandlerFunc(echo))
	query := &xrpc.Method{NSID: "com.example.get", Kind: xrpc.KindQuery, Output: "application/json"}
	procedure := &xrpc.Method{NSID: "com.example.put", Kind: xrpc.KindProcedure, Input: "application/json", Output: "application/json"}
	for name, c := range map[string]struct {
		call *xrpc.Call
		want string
	}{
		"nothing":         {&xrpc.Call{Method: query}, `{"asked": "GET /xrpc/com.example.get", "type": "", "body": "", "half": 0.5}`},
		"no parameters":   {&xrpc.Call{Method: query, Params: (*url.Values)(nil)}, `{"asked": "GET /xrpc/com.example.get", "type": "", "body": "", "half": 0.5}`},
		"parameters":      {&xrpc.Call{Method: query, Params: &url.Values{"b": {"1", "x y"}, "a": {"&"}}}, `{"asked": "GET /xrpc/com.example.get?a=%26&b=1&b=x+y", "type": "", "body": "", "half": 0.5}`},
		"a body":          {&xrpc.Call{Method: procedure, Input: &xrpc.Body{Reader: strings.NewReader("[]")}}, `{"asked": "POST /xrpc/com.example.put", "type": "application/json", "body": "[]", "half": 0.5}`},
		"a body's type":   {&xrpc.Call{Method: procedure, Input: &xrpc.Body{Type: "image/png"}}, `xrpc: input of com.example.put: the body is "image/png", and the schema wants "application/json"`},
		"no name at all":  {&xrpc.Call{Method: &xrpc.Method{NSID: "com.example.get/../../x?y"}}, `xrpc: invalid nsid "com.example.get/../../x?y": character other than a letter, digit or hyphen (at byte 15)`},
		"nothing to take": {&xrpc.Call{Method: query, Output: (*xrpc.None)(nil)}, ``},
	} {
		var got json.RawMessage
		if c.call.Output == nil {
			c.call.Output = &got
		}
		text := ""
		if err := client.Do(t.Context(), c.call); err != nil {
			text = err.Error()
		}
		if text += string(got); text != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", name, text, c.want)
		}
	}
}

func TestOutputsWithoutGoTypesHaveTheLimitsOfOthers_XR12(t *testing.T) {
	t.Parallel()
	query := &xrpc.Method{NSID: "com.example.get", Kind: xrpc.KindQuery, Output: "application/json"}
	for name, c := range map[string]struct{ media, body, want string }{
		"fits":        {"application/json", `{"a":"b"}`, ""},
		"too large":   {"application/json", `{"a":"bc"}`, "xrpc: com.example.get: the answer has more than 9 bytes"},
		"no JSON":     {"application/json", `{"a":`, "xrpc: com.example.get: output: unexpected end of JSON input"},
		"two of them": {"application/json", `{} {}`, "xrpc: com.example.get: output: invalid character '{' after top-level value"},
		"another":     {"text/html", `{}`, `xrpc: com.example.get: the answer is "text/html", not application/json`},
	} {
		client := xrpctest.NewClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			io.WriteString(w, c.body)
		}), xrpc.WithMaxOutput(9))
		var got json.RawMessage
		err := client.Do(t.Context(), &xrpc.Call{Method: query, Output: &got})
		if fmt.Sprint(err) != c.want && (err != nil || string(got) != c.body) {
			t.Errorf("%s\ngot  %v, %s\nwant %s", name, err, got, c.want)
		}
	}
}

func TestStreamsOfBytesWithoutGoTypes_XR12(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("car"), 100_000)
	client := xrpctest.NewClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.ipld.car")
		w.Write(data)
	}))
	var out xrpc.Body
	call := &xrpc.Call{Method: &xrpc.Method{NSID: "com.example.get", Output: "application/vnd.ipld.car"}, Output: &out}
	if err := client.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if got, err := io.ReadAll(&out); err != nil || !bytes.Equal(got, data) || call.Response.Status != http.StatusOK {
		t.Errorf("%d bytes, %v, %+v", len(got), err, call.Response)
	}
}

// TestStreamsWithoutGoTypes follows a stream whose first connection breaks.
func TestStreamsWithoutGoTypes_ES03_ES04_ES12(t *testing.T) {
	t.Parallel()
	other := frame(t, &lex.UnknownObject{Type: "com.example.other#x", Fields: lex.Extra{"seq": int64(3), "new": true}})
	end := string(xrpc.AppendErrorFrame(nil, "End", ""))
	info := frame(t, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"})
	broken := "\xa2\x61t\x68#account\x62op\x01\xff"
	nameless := "\xa1\x62op\x01\xa0"
	c := &connections{scripts: [][]string{{info, frame(t, account(2)), nameless, broken}, {frame(t, account(2)), other, end}}}
	client := xrpctest.NewClient(t, c)
	stream := &xrpc.Subscription[*url.Values, lex.Object]{NSID: repos, Resumes: true}
	var got []string
	for m, err := range stream.Subscribe(t.Context(), client, &url.Values{"cursor": {"1"}}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		text, err := lex.MarshalJSON(m)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	want := []string{
		`{"name":"OutdatedCursor","$type":"com.atproto.sync.subscribeRepos#info"}`,
		`{"did":"did:web:example.com","seq":2,"time":"2024-01-01T00:00:00Z","$type":"com.atproto.sync.subscribeRepos#account","active":true}`,
		`xrpc: com.atproto.sync.subscribeRepos: a message "#account": lex: $: expected an object, found an end mark (offset 0)`,
		`{"new":true,"seq":3,"$type":"com.example.other#x"}`,
		`com.atproto.sync.subscribeRepos: End`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "2"}, c.cursors); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
}

func TestAStreamWithoutGoTypesKnowsItsCursor_ES10(t *testing.T) {
	t.Parallel()
	for cursor, want := range map[string]string{"2": "3", "": "2 3", "x": "2 3"} {
		end := string(xrpc.AppendErrorFrame(nil, "End", ""))
		client := xrpctest.NewClient(t, &connections{scripts: [][]string{{frame(t, account(2)), frame(t, account(3)), end}}})
		stream := &xrpc.Subscription[*url.Values, lex.Object]{NSID: repos, Resumes: true}
		var got []string
		var last error
		for m, err := range stream.Subscribe(context.Background(), client, &url.Values{"cursor": {cursor}}) {
			if last = err; err == nil {
				got = append(got, fmt.Sprint(m.(*lex.UnknownObject).Fields["seq"]))
			}
		}
		if strings.Join(got, " ") != want || !errors.Is(last, xrpc.ErrorName("End")) {
			t.Errorf("cursor %q: %v, %v", cursor, got, last)
		}
	}
}
