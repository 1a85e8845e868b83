package lex_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/lex"
)

type vector struct {
	Note string
	JSON json.RawMessage
	CBOR []byte `json:"cbor_base64"`
	CID  string
}

func vectors(t *testing.T, name string) []vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "data-model"), name))
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	b = bytes.ReplaceAll(b, []byte("\n"), nil)
	if err := json.Unmarshal(padBase64(b), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return list
}

// padBase64 completes the vectors' base64, which encoding/json wants padded.
func padBase64(b []byte) []byte {
	return regexp.MustCompile(`("cbor_base64": *")([^"]*)"`).ReplaceAllFunc(b, func(m []byte) []byte {
		parts := bytes.Split(m, []byte(`"`))
		text := parts[3]
		return []byte(`"cbor_base64":"` + string(text) + strings.Repeat("=", (4-len(text)%4)%4) + `"`)
	})
}

func TestInteropFixtures_DM08_DM09_DM10_DM11_VE02(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "data-model-fixtures.json") {
		var fromJSON, fromCBOR lex.Extra
		decode(t, string(v.JSON), &fromJSON)
		if err := lex.DecodeCBOR(v.CBOR, &fromCBOR); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON, fromCBOR); diff != "" {
			t.Error(diff)
		}
		if got := encodeCBOR(t, fromJSON); !bytes.Equal(got, v.CBOR) {
			t.Errorf("got %x, want %x", got, v.CBOR)
		}
		if got, err := lex.CID(fromCBOR); err != nil || got.String() != v.CID {
			t.Errorf("got %s, %v, want %s", got, err, v.CID)
		}
	}
}

type daslCase struct {
	Type, Data, Name, ID string
	Tags                 []string
}

// whereWeDiffer are vectors of general DAG-CBOR that the data model narrows:
// it has no floats and no integers beyond 64 bits with a sign (DM-02, DM-03).
func whereWeDiffer(c daslCase) bool {
	return strings.HasPrefix(c.Data, "f9") || strings.HasPrefix(c.Data, "fa") || strings.HasPrefix(c.Data, "fb") ||
		c.Data == "1bffffffffffffffff" || c.Data == "3bffffffffffffffff"
}

// TestDASL holds the vectors of DAG-CBOR and of its CIDs, those of other
// profiles of CBOR left aside.
func TestDASL_DM02_DM08_DM09_DM10_DM11(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "data", "dasl", "cbor"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []daslCase
		if err := json.Unmarshal(b, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if !slices.Contains(c.Tags, "basic") && !slices.Contains(c.Tags, "dag-cbor") && !slices.Contains(c.Tags, "dasl-cid") {
				continue
			}
			done++
			name := filepath.Base(file) + ": " + c.Name
			var v any
			err := lex.DecodeCBOR(unhex(t, c.Data), &v)
			if accepted := c.Type == "roundtrip" && !whereWeDiffer(c); accepted != (err == nil) {
				t.Errorf("%s, %s: decoding says %v", name, c.Type, err)
			} else if accepted {
				if got := encodeCBOR(t, v); hex.EncodeToString(got) != c.Data {
					t.Errorf("%s: got %x, want %s", name, got, c.Data)
				}
			}
		}
	}
	if done < 90 {
		t.Errorf("%d vectors, want at least 90", done)
	}
}

func TestInteropValid_DM01_DM02(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"data-model-valid.json", "data-model-fixtures.json"} {
		for _, v := range vectors(t, name) {
			var m, again lex.Extra
			decode(t, string(v.JSON), &m)
			text := encode(t, m)
			decode(t, text, &again)
			if got := encode(t, again); got != text {
				t.Errorf("%s: second encoding differs:\n%s\n%s", v.Note, text, got)
			}
		}
	}
}

func TestInteropInvalid_DM13_DM14_DM16_DM17_DM18(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "data-model-invalid.json") {
		var m lex.Extra
		if err := lex.DecodeJSON(v.JSON, &m); err == nil {
			t.Errorf("%s: accepted %s", v.Note, v.JSON)
		}
		var o lex.Object
		if err := lex.DecodeJSON(v.JSON, &o); err == nil {
			t.Errorf("%s: accepted as an object: %s", v.Note, v.JSON)
		}
	}
}
