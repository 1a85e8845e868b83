// Package shared finds the corpora, vectors and real data that stand beside
// the checkout and are never copied into it.
package shared

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Dir returns the folder elem below the shared data: $LEXGEN_SHARED, else
// ../shared beside the module's root. Where it is absent the test is skipped,
// or fails if LEXGEN_REQUIRE lists "shared".
func Dir(t testing.TB, elem ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{root()}, elem...)...)
	if _, err := os.Stat(dir); err != nil {
		Missing(t, "shared", err.Error())
	}
	return dir
}

// Missing ends a test that lacks what LEXGEN_REQUIRE calls name: it fails if
// the variable lists name, else it is skipped.
func Missing(t testing.TB, name, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LEXGEN_REQUIRE"), ","), name) {
		t.Fatalf("%s is required and missing: %s", name, reason)
	}
	t.Skipf("%s is missing: %s", name, reason)
}

func root() string {
	if dir := os.Getenv("LEXGEN_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join(ModuleRoot(), "..", "shared")
}

// ModuleRoot returns the folder of the root module in the checkout that the
// test was built from.
func ModuleRoot() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}
