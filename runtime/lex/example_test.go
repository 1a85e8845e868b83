package lex_test

import (
	"fmt"

	"github.com/lexgen/lexgen/runtime/lex"
)

// A record is written in canonical form, with its $type, and read back.
func ExampleMarshalJSON() {
	post := &Post{Text: "hello", Embed: &Video{Alt: lex.String("a cat")}, Created: "2024-08-07T05:49:40.501Z"}
	text, err := lex.MarshalJSON(post)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	// Output:
	// {"text":"hello","$type":"com.example.post","embed":{"alt":"a cat","$type":"com.example.video"},"createdAt":"2024-08-07T05:49:40.501Z"}
}

// A union is an Object: its members by pointer, or what nobody has a type for.
func ExampleDecodeJSON() {
	for _, embed := range []string{`{"$type":"com.example.video","alt":"a cat"}`, `{"$type":"org.other.song","bpm":120}`} {
		var post Post
		err := lex.DecodeJSON([]byte(`{"$type":"com.example.post","text":"","createdAt":"","embed":`+embed+`}`), &post)
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := post.Embed.(type) {
		case *Video:
			fmt.Println("video:", e.Alt.Or("no text"))
		case *lex.UnknownObject:
			fmt.Println(e.Type, e.Fields["bpm"])
		}
	}
	// Output:
	// video: a cat
	// org.other.song 120
}

// An error leads to the place.
func ExampleError() {
	err := lex.DecodeJSON([]byte(`{"reply":{"root":{"uri":"at://example.com","cid":5}}}`), new(Post))
	fmt.Println(err)
	// Output:
	// lex: $.reply.root.cid: expected a string, found a number (offset 49)
}

// A value of type unknown is turned into a typed one where it is needed.
func ExampleAs() {
	var value lex.Object
	if err := lex.DecodeJSON([]byte(`{"$type":"com.example.video","alt":"a cat"}`), &value); err != nil {
		fmt.Println(err)
		return
	}
	var video Video
	if err := lex.As(value, &video); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(video.Alt)
	// Output:
	// a cat
}

// None, the zero value and a value are three things.
func ExampleOpt() {
	var none lex.Opt[int64]
	for _, limit := range []lex.Opt[int64]{none, lex.Int(0), lex.Int(50)} {
		v, ok := limit.Get()
		fmt.Println(limit, v, ok, limit.Or(20))
	}
	// Output:
	// none 0 false 20
	// 0 0 true 0
	// 50 50 true 50
}
