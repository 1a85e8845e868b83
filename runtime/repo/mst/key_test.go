package mst

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
)

func TestCommonPrefix_IsThatOfTheVectors_RE13_VE05(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "mst"), "common_prefix.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Left, Right string
		Len         int
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors) == 0 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		if got := commonPrefix(v.Left, v.Right); got != v.Len {
			t.Errorf("%q and %q: got %d, want %d", v.Left, v.Right, got, v.Len)
		}
	}
}

// TestCheckLayer_RefusesWhatNobodyCanMine stands here because no key of such a
// layer is known.
func TestCheckLayer_RefusesWhatNobodyCanMine_RE18(t *testing.T) {
	t.Parallel()
	if err := checkLayer("key", MaxLayer); err != nil {
		t.Errorf("layer %d: got %v", MaxLayer, err)
	}
	if err := checkLayer("key", MaxLayer+1); !errors.Is(err, ErrLimit) {
		t.Errorf("layer %d: got %v", MaxLayer+1, err)
	}
}

// TestLayer_CountsZerosOfTheWholeHash proves on hashes what no key is known for.
func TestLayer_CountsZerosOfTheWholeHash_RE10(t *testing.T) {
	t.Parallel()
	for i, want := range []int{0, 4, 8, 12, 16, 20, 24, 28, 32, 36} {
		hash := [32]byte{}
		hash[i] = 0x80
		if got := zeroPairs(hash); got != want {
			t.Errorf("%x: got %d, want %d", hash, got, want)
		}
	}
	if got := zeroPairs([32]byte{0x08}); got != 2 {
		t.Errorf("four zeros: got %d", got)
	}
	if got := zeroPairs([32]byte{}); got != 128 {
		t.Errorf("nothing but zeros: got %d", got)
	}
	if got, want := Layer(strings.Repeat("k", 200)), zeroPairs(sha256.Sum256([]byte(strings.Repeat("k", 200)))); got != want {
		t.Errorf("a long key: got %d, want %d", got, want)
	}
}
