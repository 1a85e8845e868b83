package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// hostile makes a repository with one record, whatever its path and data are,
// and returns the file.
func hostile(t *testing.T, path string, record []byte) string {
	t.Helper()
	return hostileAs(t, cid.DagCBOR, path, record)
}

// hostileAs is hostile with a record that is named by a codec.
func hostileAs(t *testing.T, codec byte, path string, record []byte) string {
	t.Helper()
	value := cid.Sum(codec, record)
	entry := map[string]any{"p": int64(0), "k": lex.Bytes(path), "v": lex.Link{CID: value}, "t": nil}
	node, err := lex.MarshalCBOR(map[string]any{"l": nil, "e": []any{entry}})
	if err != nil {
		t.Fatal(err)
	}
	return hostileTree(t, cid.Sum(cid.DagCBOR, node), car.Block{CID: cid.Sum(cid.DagCBOR, node), Data: node}, car.Block{CID: value, Data: record})
}

// hostileTree makes a repository with the tree root, and returns the file.
func hostileTree(t *testing.T, root cid.CID, blocks ...car.Block) string {
	t.Helper()
	commit := (&repo.Commit{DID: "did:web:a.example.com", Rev: "3jzfcijpj2z2a", Data: root, Sig: make([]byte, 64)}).Block()
	file := filepath.Join(t.TempDir(), "hostile.car")
	rewrite(t, file, []cid.CID{commit.CID}, append([]car.Block{{CID: commit.CID, Data: commit.Data}}, blocks...))
	return file
}

// filesBelow returns what is below a folder.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names[1:]
}

// TestRepoUnpackStaysInItsFolder_SY26 has paths that lead elsewhere, or would be
// no names.
func TestRepoUnpackStaysInItsFolder_SY26(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"../../escaped", "../escaped", "..", "/escaped", "com.example.post/..", "com.example.post/.", "com.example.post/../../escaped",
		"com.example.post/a/b", "com.example.post/a%2Fb", `com.example.post\a`, "com.example.post/", "a/b", "commit.json", "com.example.post/a\x00b",
		strings.Repeat("a", 318) + ".b.c/d", "com.example.post/" + strings.Repeat("a", 513),
	} {
		dir := t.TempDir()
		file := hostile(t, path, []byte{0xa0})
		got, _, told := run(t, "repo", "unpack", file, filepath.Join(dir, "a", "out"))
		if names := filesBelow(t, dir); got != statusProblem || len(names) > 0 {
			t.Errorf("%.60q: status %d, wrote %v\n%s", path, got, names, told)
		}
	}
}

// TestRepoPrintsOneLineForEach has paths and data that would forge lines, or
// change the colours of a terminal.
func TestRepoPrintsOneLineForEach(t *testing.T) {
	t.Parallel()
	text := "\x1b[31m\nrecord x\tok\r\u202e\u009b1m"
	path := "com.example.post/" + text
	label := append([]byte{0xa1, 0x78, byte(len(text))}, text...)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"ls", hostile(t, path, []byte{0xa0})}, "com.example.post/<U+001B>[31m<U+000A>record x<U+0009>ok<U+000D><U+202E><U+009B>1m\tbafy"},
		{[]string{"diff", hostile(t, "com.example.post/a", []byte{0xa0}), hostile(t, path, []byte{0xa0})}, "+ com.example.post/<U+001B>[31m<U+000A>"},
		{[]string{"verify", hostile(t, path, []byte{0xa0})}, `record "com.example.post/\x1b[31m\nrecord x\tok`},
		{[]string{"verify", hostile(t, "com.example.post/a", append(label, 0xfb, 0, 0, 0, 0, 0, 0, 0, 0))}, `lex: $["\x1b[31m\nrecord x\tok`},
	} {
		_, out, told := run(t, append([]string{"repo"}, c.args...)...)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if !strings.Contains(out, c.want) || strings.ContainsAny(out+told, "\x1b\r\u202e\u009b") {
			t.Errorf("%s prints %q, tells %q, want %q", c.args[0], out, told, c.want)
		}
		for _, line := range lines {
			if strings.HasPrefix(line, "record x") {
				t.Errorf("%s: a forged line in %q", c.args[0], lines)
			}
		}
	}
}

// TestRepoRefusesRecordsThatAreNoObjects_DM01 has a number for a record: no
// folder of files can be packed to it.
func TestRepoRefusesRecordsThatAreNoObjects_DM01(t *testing.T) {
	t.Parallel()
	file := hostile(t, "com.example.post/a", []byte{0x01})
	if got, out, _ := run(t, "repo", "verify", file); got != statusProblem || !strings.Contains(out, "the record is no object (DM-01)") {
		t.Errorf("verify: status %d, prints %q", got, out)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if got, _, told := run(t, "repo", "unpack", file, dir); got != statusProblem || !strings.Contains(told, "the record is no object") {
		t.Errorf("unpack: status %d, tells %q", got, told)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was written")
	}
}

// TestRepoVerifyNamesWhatUnpackRefuses has a record that is named as raw bytes, and
// one that is too long and of no type: verify prints each violation.
func TestRepoVerifyNamesWhatUnpackRefuses_DM11_SN05(t *testing.T) {
	t.Parallel()
	long, err := lex.MarshalCBOR(map[string]any{"text": strings.Repeat("x", repo.MaxRecord)})
	if err != nil {
		t.Fatal(err)
	}
	typed, err := lex.MarshalCBOR(map[string]any{"$type": "com.example.post"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		codec byte
		data  []byte
		want  []string
	}{
		"named as raw bytes": {cid.Raw, typed, []string{"it is named as raw bytes, and a record is DAG-CBOR (DM-11)"}},
		"too long": {cid.DagCBOR, long, []string{
			"1000011 bytes, more than 1000000 (SN-05)", "/$type: the record has none, and its collection is com.example.post (LX-22)",
		}},
	} {
		want := ""
		for _, reason := range c.want {
			want += fmt.Sprintf("record \"com.example.post/a\": block %v: %s\n", cid.Sum(c.codec, c.data), reason)
		}
		got, out, told := run(t, "repo", "verify", hostileAs(t, c.codec, "com.example.post/a", c.data))
		if got != statusProblem || out != want || !strings.Contains(told, fmt.Sprint(len(c.want), " violation")) {
			t.Errorf("%s: status %d, prints %q, tells %q", name, got, out, told)
		}
	}
}

// TestRepoRecordsNameTheirCollection has records whose $type is another one or
// none: verify prints each, and the repository can be packed with the commit that
// it has, but not signed.
func TestRepoRecordsNameTheirCollection_LX22(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	write(t, key, strings.Repeat("01", 32))
	for name, c := range map[string]struct{ data, want string }{
		"none":    {"\xa0", "/$type: the record has none, and its collection is com.example.post (LX-22)"},
		"another": {"\xa1\x65$type\x6dcom.example.a", `/$type: the record has "com.example.a", and its collection is com.example.post (LX-22)`},
	} {
		file := hostile(t, "com.example.post/a", []byte(c.data))
		block := fmt.Sprintf("record \"com.example.post/a\": block %v: ", cid.Sum(cid.DagCBOR, []byte(c.data)))
		if got, out, told := run(t, "repo", "verify", file); got != statusProblem || out != block+c.want+"\n" || !strings.Contains(told, "1 violation") {
			t.Errorf("%s: verify: status %d, prints %q, tells %q", name, got, out, told)
		}
		folder := filepath.Join(dir, name)
		for _, args := range [][]string{{"unpack", file, folder}, {"pack", folder, folder + ".car"}} {
			if got, _, told := run(t, append([]string{"repo"}, args...)...); got != statusFine {
				t.Errorf("%s: %v: status %d, tells %q", name, args, got, told)
			}
		}
		got, _, told := run(t, "repo", "pack", folder, folder+"-signed.car", "--key", key)
		if _, err := os.Stat(folder + "-signed.car"); got != statusProblem || err == nil || !strings.Contains(told, "com.example.post/a.json: "+c.want) {
			t.Errorf("%s: pack --key: status %d, tells %q, %v", name, got, told, err)
		}
	}
}

// TestRepoIndentsNoBombs has data that is short, but deep: indented it would be
// 250 times as long.
func TestRepoIndentsNoBombs(t *testing.T) {
	t.Parallel()
	const items = 100_000
	record := append([]byte{0xa1, 0x61, 'a'}, bytes.Repeat([]byte{0x81}, 120)...)
	record = append(append(record, 0x9a, 0, items>>16, items>>8&0xff, items&0xff), make([]byte, items)...)
	file := hostile(t, "com.example.post/a", record)
	if got, out, told := run(t, "repo", "get", file, "com.example.post/a"); got != statusFine || len(out) > 3*len(record) {
		t.Errorf("get: status %d, %d bytes of %d, tells %q", got, len(out), len(record), told)
	}
	dir := filepath.Join(t.TempDir(), "out")
	again := filepath.Join(t.TempDir(), "again.car")
	if got, _, told := run(t, "repo", "unpack", file, dir); got != statusFine {
		t.Fatal(told)
	}
	if got, _, told := run(t, "repo", "pack", dir, again); got != statusFine {
		t.Error(told)
	}
}

// TestIndentedSizeIsThatOfIndentedText holds the estimate against texts.
func TestIndentedSizeIsThatOfIndentedText(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		map[string]any{}, map[string]any{"a": int64(1)}, map[string]any{"a": []any{int64(1), "x,[{\\\"", nil, []any{map[string]any{"b": true, "c": false}}}},
	} {
		text, err := lex.MarshalJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		indented, err := indentedJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := indentedSize(text); got < len(indented) || got > len(indented)+4 {
			t.Errorf("%s: %d, but it is %d bytes", text, got, len(indented))
		}
	}
}

// TestRepoUnpackWritesNoBombs has a long record under many paths: a short file
// that would fill a disk.
func TestRepoUnpackWritesNoBombs(t *testing.T) {
	t.Parallel()
	record, err := lex.MarshalCBOR(map[string]any{"text": strings.Repeat("x", 100_000)})
	if err != nil {
		t.Fatal(err)
	}
	value := cid.Sum(cid.DagCBOR, record)
	blocks := []car.Block{{CID: value, Data: record}}
	root, err := mst.Build(func(yield func(string, cid.CID) bool) {
		for i := range 10_000 {
			if !yield(fmt.Sprintf("com.example.post/%05d", i), value) {
				return
			}
		}
	}, func(b blockstore.Block) error {
		blocks = append(blocks, car.Block{CID: b.CID, Data: bytes.Clone(b.Data)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	got, _, told := run(t, "repo", "unpack", hostileTree(t, root, blocks...), dir)
	if got != statusProblem || !strings.Contains(told, "bytes of JSON, more than makes sense for a file of") {
		t.Errorf("status %d, tells %q", got, told)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was written")
	}
}

// lastingFor is a context that is canceled when it has been asked some times.
type lastingFor struct {
	context.Context //nolint:containedctx // it is one

	times int
}

func (c *lastingFor) Err() error {
	if c.times--; c.times < 0 {
		return context.Canceled
	}
	return nil
}

// TestRepoUnpackLeavesNothingHalfWritten interrupts it at every step, into a
// folder that is not there, or is.
func TestRepoUnpackLeavesNothingHalfWritten(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 5)
	interrupted := func(times int, dir string) error {
		p := &program{stderr: io.Discard, world: still()}
		return p.repoUnpack(&lastingFor{t.Context(), times}, file, dir)
	}
	for times := range 1000 {
		fresh, empty := filepath.Join(t.TempDir(), "out"), t.TempDir()
		err := interrupted(times, fresh)
		if err == nil {
			if names := filesBelow(t, fresh); times < 5 || len(names) != 7 {
				t.Errorf("after %d steps it had written %v", times, names)
			}
			return
		}
		if got := statusOf(err); got != statusInterrupted {
			t.Fatalf("step %d: status %d: %v", times, got, err)
		}
		if _, err := os.Stat(fresh); err == nil {
			t.Fatalf("step %d left the folder", times)
		}
		if err := interrupted(times, empty); err == nil || len(filesBelow(t, empty)) > 0 {
			t.Fatalf("step %d left %v: %v", times, filesBelow(t, empty), err)
		}
	}
	t.Error("it never came to its end")
}

// TestRepoPackLeavesNothingHalfWritten interrupts it at every step.
func TestRepoPackLeavesNothingHalfWritten(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 5)
	records, key := filepath.Join(filepath.Dir(file), "records"), filepath.Join(filepath.Dir(file), "key")
	for times := range 1000 {
		dir := t.TempDir()
		k := &packing{program: &program{stderr: io.Discard, world: still()}, key: key, did: "did:web:a.example.com"}
		err := k.run(&lastingFor{t.Context(), times}, records, filepath.Join(dir, "a.car"))
		if err == nil {
			if names := filesBelow(t, dir); times < 5 || len(names) != 1 {
				t.Errorf("after %d steps it had written %v", times, names)
			}
			return
		}
		if got, names := statusOf(err), filesBelow(t, dir); got != statusInterrupted || len(names) > 0 {
			t.Fatalf("step %d: status %d, left %v: %v", times, got, names, err)
		}
	}
	t.Error("it never came to its end")
}

// TestRepoUnpackFollowsNoLinks has another program put a link into the folder
// while the repository is unpacked.
func TestRepoUnpackFollowsNoLinks(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 5)
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, "com.example.post")); err != nil {
		t.Skip(err)
	}
	r, err := openRepo(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	u := &unpacking{program: &program{stderr: io.Discard, world: still()}, name: file, dir: dir}
	if err := u.fill(t.Context(), r.Repo); statusOf(err) != statusInternal {
		t.Errorf("status %d: %v", statusOf(err), err)
	}
	if names := filesBelow(t, elsewhere); len(names) > 0 {
		t.Errorf("wrote %v elsewhere", names)
	}
}

// TestRepoUnpackReplacesNothing writes where somebody else has put a file since the
// folder was found empty.
func TestRepoUnpackReplacesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, commitFile), "theirs")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u := &unpacking{root: root}
	if err := u.create(commitFile, []byte("ours")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, commitFile)); err != nil || string(got) != "theirs" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

// TestRepoUnpackRefusesWhatCannotBePacked has records that pack would refuse, or
// make others of: nothing is written, and block and rule are named.
func TestRepoUnpackRefusesWhatCannotBePacked_DM11_DM23_SN05(t *testing.T) {
	t.Parallel()
	const path = "com.example.post/a"
	deep := func(levels int) []byte {
		b := append([]byte{0xa1, 0x61, 'a'}, bytes.Repeat([]byte{0x81}, levels-1)...)
		return append(b, 0x00)
	}
	long, err := lex.MarshalCBOR(map[string]any{"text": strings.Repeat("x", repo.MaxRecord)})
	if err != nil {
		t.Fatal(err)
	}
	limit, err := lex.MarshalCBOR(map[string]any{"text": strings.Repeat("\x01", repo.MaxRecord-11)})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		codec byte
		data  []byte
		want  string
	}{
		"too deep":                {cid.DagCBOR, deep(lex.MaxDepth + 1), "more than 128 objects and arrays inside each other"},
		"too long":                {cid.DagCBOR, long, "1000011 bytes, more than 1000000 (SN-05)"},
		"named as raw bytes":      {cid.Raw, []byte{0xa0}, "it is named as raw bytes, and a record is DAG-CBOR (DM-11)"},
		"no object":               {cid.DagCBOR, []byte{0x80}, "the record is no object (DM-01)"},
		"an object like a link":   {cid.DagCBOR, []byte("\xa1\x61a\xa1\x65$link\x61x"), "(DM-08)"},
		"a float":                 {cid.DagCBOR, []byte("\xa1\x61a\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"), "(DM-08)"},
		"a $type without letters": {cid.DagCBOR, []byte("\xa1\x65$type\x60"), "(DM-08)"},
	} {
		dir := t.TempDir()
		got, _, told := run(t, "repo", "unpack", hostileAs(t, c.codec, path, c.data), filepath.Join(dir, "out"))
		block := fmt.Sprintf("record %q: block %v: ", path, cid.Sum(c.codec, c.data))
		if got != statusProblem || !strings.Contains(told, block) || !strings.Contains(told, c.want) {
			t.Errorf("%s: status %d, tells %.300q", name, got, told)
		}
		if names := filesBelow(t, dir); len(names) > 0 {
			t.Errorf("%s: wrote %v", name, names)
		}
	}
	for name, data := range map[string][]byte{"as deep as it may be": deep(lex.MaxDepth), "as long as it may be": limit} {
		dir := t.TempDir()
		file := hostile(t, path, data)
		if got, _, told := run(t, "repo", "unpack", file, filepath.Join(dir, "out")); got != statusFine {
			t.Errorf("%s: unpack: status %d, tells %.300q", name, got, told)
		}
		if got, _, told := run(t, "repo", "pack", filepath.Join(dir, "out"), filepath.Join(dir, "again.car")); got != statusFine {
			t.Errorf("%s: pack: status %d, tells %.300q", name, got, told)
		}
		before, err := os.ReadFile(file)
		after, errAfter := os.ReadFile(filepath.Join(dir, "again.car"))
		if err != nil || errAfter != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: packed again it is another file: %v, %v", name, err, errAfter)
		}
	}
}
