package lex

import (
	"cmp"
	"slices"
	"strings"
)

// compareKeys orders keys as DAG-CBOR does: shorter first, then bytewise
// (DM-09).
func compareKeys(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// sortedKeys returns m's keys in canonical order.
func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}
