package sync_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/sync"
)

// TestEventsHaveTheirFields has the JSON of three commits and of the state after them,
// without the blocks.
func TestEventsHaveTheirFields_SN02_SN03_SN04_SN06(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.post(t, "a")
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": "another"})
	if err != nil {
		t.Fatal(err)
	}
	second := w.write(t, repo.UpdateData(posts, "a", data), repo.CreateData(posts, "b", data))
	third := w.write(t, repo.Delete(posts, "a"))
	state := w.synced(t, third)
	var got []string
	for _, e := range []lex.Object{first, second, third, state} {
		if err := lex.Validate(e); err != nil {
			t.Error(err)
		}
		switch e := e.(type) {
		case *comatproto.SyncSubscribeReposCommit:
			e.Blocks = nil
		case *comatproto.SyncSubscribeReposSync:
			file, err := car.NewReader(bytes.NewReader(e.Blocks), car.Options{})
			if err != nil {
				t.Fatal(err)
			}
			blocks := 0
			for _, err := range file.Blocks() {
				if blocks++; err != nil {
					t.Error(err)
				}
			}
			if blocks != 1 || len(e.Blocks) > sync.MaxSync {
				t.Errorf("a #sync with %d blocks, %d bytes", blocks, len(e.Blocks))
			}
			e.Blocks = nil
		}
		b, err := lex.MarshalJSON(e)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	if diff := cmp.Diff(wantEvents, strings.Join(got, "\n")+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const wantEvents = `{"ops":[{"cid":{"$link":"bafyreiawnbd3y3biajx5p7faf5drcewutoxpgguu5kpq2qcfb2ux2yk4sa"},"path":"com.example.post/a","action":"create"}],"rev":"3mn7zrmdom222","seq":1,"repo":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","time":"2026-06-01T12:00:01.000Z","blobs":[],"since":null,"blocks":{"$bytes":""},"commit":{"$link":"bafyreieefgnhhbm6rbgikehdz7mtglgcucqona3pl5iobyqmbxbphnolj4"},"rebase":false,"tooBig":false}
{"ops":[{"cid":{"$link":"bafyreiddjgpil2rf7sxregw7gd6cntsb2uv47kw3rpejv26js5kjzsfij4"},"path":"com.example.post/a","prev":{"$link":"bafyreiawnbd3y3biajx5p7faf5drcewutoxpgguu5kpq2qcfb2ux2yk4sa"},"action":"update"},{"cid":{"$link":"bafyreiddjgpil2rf7sxregw7gd6cntsb2uv47kw3rpejv26js5kjzsfij4"},"path":"com.example.post/b","action":"create"}],"rev":"3mn7zrnc76222","seq":2,"repo":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","time":"2026-06-01T12:00:02.000Z","blobs":[],"since":"3mn7zrmdom222","blocks":{"$bytes":""},"commit":{"$link":"bafyreif5gveret7sozqbkvm76apbro56p5zyvyzzedz73cx36fx4c65qzu"},"rebase":false,"tooBig":false,"prevData":{"$link":"bafyreiej2yhrc5ngu66qlv6clbg6yxrpbkleqlw62qyhov6cvz5ewjpgpm"}}
{"ops":[{"cid":null,"path":"com.example.post/a","prev":{"$link":"bafyreiddjgpil2rf7sxregw7gd6cntsb2uv47kw3rpejv26js5kjzsfij4"},"action":"delete"}],"rev":"3mn7zroapq222","seq":3,"repo":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","time":"2026-06-01T12:00:03.000Z","blobs":[],"since":"3mn7zrnc76222","blocks":{"$bytes":""},"commit":{"$link":"bafyreig4yyfuuyx2kdg34vpr3zf3bj6wwi5fbl2yna64ijk26qovagn7ca"},"rebase":false,"tooBig":false,"prevData":{"$link":"bafyreid7cgg5564kw65gewrchvaugbsnwj3up44oeupjflnaoryw2bs5ma"}}
{"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","rev":"3mn7zroapq222","seq":3,"time":"2026-06-01T12:00:03.000Z","blocks":{"$bytes":""}}
`

// TestChangesThatNoEventHoldsAreRefused has more operations than an event may have.
func TestChangesThatNoEventHoldsAreRefused_SN05(t *testing.T) {
	t.Parallel()
	change := &repo.Change{DID: alice, Rev: "3jzfcijpj2z2a", Commit: cid.Sum(cid.DagCBOR, nil), Ops: make([]repo.Op, repo.MaxOps+1)}
	if _, err := sync.CommitEvent(change, noon); err == nil || !strings.Contains(err.Error(), "SN-05") {
		t.Error(err)
	}
}
