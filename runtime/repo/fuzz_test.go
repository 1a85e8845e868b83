package repo_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// FuzzVerify says that a file is accepted from a stream if and only if it is in
// memory, that both report the same violations, of which the first is the error, that
// what is accepted is exported as a file with the same records, and that every error
// has a kind.
func FuzzVerify_RE32_RE33(f *testing.F) {
	w := filled(f, 12)
	f.Add(w.export(f))
	f.Add(shuffled(f, w.export(f), 1))
	roots, blocks := blocksOf(f, w.export(f))
	for i := range blocks[1:] {
		if i%3 == 0 {
			blocks[i+1].Data = []byte("false")
		}
	}
	f.Add(carOf(f, roots, blocks...))
	empty := newWorld(f, repo.WriterOptions{})
	if _, err := empty.w.Init(f.Context(), did); err != nil {
		f.Fatal(err)
	}
	f.Add(empty.export(f))
	hollow, _ := repository(f, mst.Entry{Key: "com.example.post/1", Value: cidOf(nil)})
	f.Add(hollow)
	f.Fuzz(func(t *testing.T, b []byte) {
		opts := repo.VerifyOptions{Signatures: repo.SkipSignature}
		_, streamed := repo.Verify(t.Context(), bytes.NewReader(b), repo.Identity{}, opts)
		r, err := repo.Load(t.Context(), b, repo.Identity{}, opts)
		if (err == nil) != (streamed == nil) || err != nil && err.Error() != streamed.Error() {
			t.Fatalf("in memory %v, from a stream %v", err, streamed)
		}
		if err != nil {
			if _, ok := errors.AsType[*repo.Error](err); !ok {
				t.Fatalf("the error %v is none of this package", err)
			}
			checkViolations(t, b, err)
			return
		}
		var again bytes.Buffer
		if err := r.Export(t.Context(), &again); err != nil {
			t.Fatal(err)
		}
		exported, err := repo.Load(t.Context(), again.Bytes(), repo.Identity{}, opts)
		if err != nil || exported.Head() != r.Head() {
			t.Fatalf("the export of what was accepted: %v", err)
		}
	})
}

// checkViolations says that a file which is refused for err has violations, the
// same in memory and from a stream, of which that is the first.
func checkViolations(t *testing.T, b []byte, err error) {
	t.Helper()
	var inMemory, streamed []string
	opts := repo.VerifyOptions{Signatures: repo.SkipSignature, Violation: func(e *repo.Error) { inMemory = append(inMemory, e.Error()) }}
	_, loadErr := repo.Load(t.Context(), b, repo.Identity{}, opts)
	opts.Violation = func(e *repo.Error) { streamed = append(streamed, e.Error()) }
	_, verifyErr := repo.Verify(t.Context(), bytes.NewReader(b), repo.Identity{}, opts)
	if loadErr == nil || verifyErr == nil || !slices.Equal(inMemory, streamed) || len(inMemory) == 0 || inMemory[0] != err.Error() {
		t.Fatalf("refused for %v; in memory %v with %q, from a stream %v with %q", err, loadErr, inMemory, verifyErr, streamed)
	}
}

// FuzzVerifyProof says that a proof that the key accepts is true.
func FuzzVerifyProof_RE44_RE45(f *testing.F) {
	w := filled(f, 60)
	r := w.open(f)
	truth := content(f, r)
	for _, i := range []int{1, 3, 50} {
		f.Add(proofOf(f, r, keyOf(i)), string(keyOf(i)))
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		key := keyOf(1)
		if len(text) > 0 && len(text) < 20 {
			key = keyOf(len(text))
		}
		p, err := repo.VerifyProof(b, w.id, posts, key)
		if err != nil {
			if _, ok := errors.AsType[*repo.Error](err); !ok {
				t.Fatalf("the error %v is none of this package", err)
			}
			return
		}
		if got := p.Record.CID.String(); got != truth[string(posts)+"/"+string(key)] {
			t.Fatalf("%s: proved %q", key, got)
		}
	})
}

// FuzzVerifyMessage says that a message that the key accepts is the true one.
func FuzzVerifyMessage_RE41(f *testing.F) {
	w, m := message(f)
	f.Add(m.Blocks, m.Ops[0].Path, string(m.Ops[1].Action), m.PrevData.Bytes())
	f.Add([]byte{}, "", "", []byte{})
	f.Fuzz(func(t *testing.T, blocks []byte, path, action string, prev []byte) {
		changed := *m
		changed.Blocks = blocks
		changed.Ops = append([]repo.Op{}, m.Ops...)
		changed.Ops[0].Path, changed.Ops[1].Action = path, repo.Action(action)
		same := path == m.Ops[0].Path && action == string(m.Ops[1].Action)
		if !bytes.Equal(prev, m.PrevData.Bytes()) {
			same = false
			changed.PrevData = cidOf(prev)
		}
		if _, err := repo.VerifyMessage(&changed, w.id.Key); err == nil && !same {
			t.Fatalf("accepted %q %q %x", path, action, prev)
		} else if _, ok := errors.AsType[*repo.Error](err); err != nil && !ok {
			t.Fatalf("the error %v is none of this package", err)
		}
	})
}
