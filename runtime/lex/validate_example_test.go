package lex_test

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/lex"
)

// Validation finds everything that is wrong, with the place.
func ExampleValidate() {
	record := &Limits{Int: lex.Int(11), Tags: Tags{"far too long"}, Mark: "m"}
	err := lex.Validate(record)
	if violations, ok := errors.AsType[*lex.Violations](err); ok {
		for _, v := range violations.List {
			fmt.Printf("%s: %s (%s)\n", v.Path, v.Message, v.Rule)
		}
	}
	// Output:
	// $.int: 11 is more than the maximum of 10 (maximum)
	// $.tags[0]: 12 bytes, more than the maximum of 3 (max-length)
}

// Records are decoded into the types that the caller knows.
func ExampleTypes() {
	types := lex.NewTypes((*Post)(nil), (*Video)(nil))
	for _, text := range []string{`{"$type":"com.example.video","alt":"a cat"}`, `{"$type":"org.other.song"}`} {
		o, err := types.DecodeJSON([]byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%T %s\n", o, o.LexType())
	}
	// Output:
	// *lex_test.Video com.example.video
	// *lex.UnknownObject org.other.song
}
