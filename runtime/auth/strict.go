package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// claimNames are the claims that are read.
var claimNames = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "lxm"}

// maxNames is how many members a header or payload may have.
const maxNames = 64

// unambiguous makes sure that every reader of a header or payload sees the same
// members: encoding/json takes names in any letter case, and the last of two that are
// the same.
func unambiguous(segment []byte) error {
	d := json.NewDecoder(bytes.NewReader(segment))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("no object")
	}
	var seen []string
	for d.More() {
		t, err := d.Token()
		switch {
		case err != nil:
			return fmt.Errorf("a name: %w", err)
		case len(seen) == maxNames:
			return fmt.Errorf("more than %d names", maxNames)
		}
		name, _ := t.(string)
		same := func(other string) bool { return strings.EqualFold(other, name) }
		if slices.ContainsFunc(seen, same) || slices.ContainsFunc(claimNames, same) && !slices.Contains(claimNames, name) {
			return fmt.Errorf("the name %q in other letters, or twice", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("the value of %q: %w", name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("the end: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text behind the object")
	}
	return nil
}
