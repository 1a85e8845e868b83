package parser

import (
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/jsontree"
)

const (
	// notInt64 stands for every number that is no int64. Numbers of hostile
	// size never reach the validator, which computes with fractions.
	notInt64 = 0.5
	// keyMark begins the keys that need it: "", which the validator leaves out of
	// the places that it reports, and those that begin with the mark.
	keyMark = "\x00"
)

// plain returns a value in the form that the validator takes.
func plain(v jsontree.Value) any {
	switch v := v.(type) {
	case *jsontree.Object:
		object := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			object[plainKey(m.Key.Text)] = plain(m.Value)
		}
		return object
	case *jsontree.Array:
		array := make([]any, len(v.Items))
		for i, item := range v.Items {
			array[i] = plain(item)
		}
		return array
	case *jsontree.String:
		return v.Text
	case *jsontree.Number:
		if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return n
		}
		return notInt64
	case *jsontree.Bool:
		return v.Value
	default:
		return nil
	}
}

func plainKey(key string) string {
	if key == "" || strings.HasPrefix(key, keyMark) {
		return keyMark + key
	}
	return key
}

// treeKey is the inverse of plainKey.
func treeKey(key string) string { return strings.TrimPrefix(key, keyMark) }
