package syntax_test

import (
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func ExampleParseDID() {
	did, err := syntax.ParseDID("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	fmt.Println(did.Method(), did.Identifier(), did.Blessed(), err)

	_, err = syntax.ParseDID("did:plc:alice/posts")
	fmt.Println(err)
	// Output:
	// plc ewvi7nxzyoun6zhxrhs64oiz true <nil>
	// invalid did "did:plc:alice/posts": character that no DID has (at byte 13)
}

func ExampleHandle_AllowedTLD() {
	handle, err := syntax.ParseHandle("Alice.Test")
	fmt.Println(handle.Normalize(), err)
	fmt.Println(handle.AllowedTLD(syntax.Production), handle.AllowedTLD(syntax.Development))
	// Output:
	// alice.test <nil>
	// false true
}

func ExampleNSID_Authority() {
	nsid, err := syntax.ParseNSID("app.bsky.feed.getTimeline")
	fmt.Println(nsid.Authority(), nsid.Name(), err)
	// Output: feed.bsky.app getTimeline <nil>
}

func ExampleNSIDPattern_Match() {
	pattern, err := syntax.ParseNSIDPattern("com.example.*")
	fmt.Println(pattern.Match("com.example.feed.post"), pattern.Match("com.examples.post"), err)
	// Output: true false <nil>
}

func ExampleParseATURI() {
	uri, err := syntax.ParseATURI("at://alice.example.com/app.bsky.feed.post/3jzfcijpj2z2a")
	if err != nil {
		fmt.Println(err)
		return
	}
	if handle, ok := uri.Authority().Handle(); ok {
		fmt.Println("handle", handle)
	}
	fmt.Println(uri.Collection())
	fmt.Println(uri.RecordKey())
	// Output:
	// handle alice.example.com
	// app.bsky.feed.post
	// 3jzfcijpj2z2a
}

func ExampleDatetimeOf() {
	moment := time.Date(2024, time.November, 24, 6, 4, 8, 123_456_789, time.UTC)
	fmt.Println(syntax.DatetimeOf(moment))
	// Output: 2024-11-24T06:04:08.123Z
}

func ExampleDatetime_Time() {
	d, err := syntax.ParseDatetime("2024-11-24T06:04:08+02:00")
	if err != nil {
		fmt.Println(err)
		return
	}
	moment, err := d.Time()
	fmt.Println(d)
	fmt.Println(moment, err)
	// Output:
	// 2024-11-24T06:04:08+02:00
	// 2024-11-24 04:04:08 +0000 UTC <nil>
}

func ExampleTIDClock() {
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{
		Now:     func() time.Time { return time.UnixMicro(1_700_000_000_000_000) }, // a clock that stands still
		ClockID: new(uint16(7)),
	})
	for range 3 {
		tid, err := clock.Next()
		fmt.Println(tid, tid.Micros(), tid.ClockID(), err)
	}
	// Output:
	// 3ke6kg3wk222b 1700000000000000 7 <nil>
	// 3ke6kg3wk232b 1700000000000001 7 <nil>
	// 3ke6kg3wk242b 1700000000000002 7 <nil>
}

func ExampleRecordKeyType_Check() {
	typ, err := syntax.ParseRecordKeyType("tid")
	fmt.Println(err)
	fmt.Println(typ.Check("3jzfcijpj2z2a"))
	fmt.Println(typ.Check("self"))
	// Output:
	// <nil>
	// <nil>
	// invalid record-key of type tid "self": not 13 characters long (at byte 4)
}

func ExampleCheck() {
	fmt.Println(syntax.Check(syntax.FormatLanguage, "pt-BR"))
	fmt.Println(syntax.Check(syntax.FormatHandle, "alice"))
	// Output:
	// <nil>
	// invalid handle "alice": not a domain name of two or more labels (at byte 5)
}
