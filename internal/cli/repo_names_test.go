package cli

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestRecordFilesStandInEveryFileSystem makes names of paths that are alike:
// they are of characters and lengths that Windows has, too, differ in more than
// the case of letters, and lead back to the paths.
func TestRecordFilesStandInEveryFileSystem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		collection := rapid.SampledFrom([]string{"com.example.post", "com.example.posT", "com.example.poST", "com1.x.y", "con.x.y", "a.b." + strings.Repeat("cD", 30)})
		key := rapid.OneOf(
			rapid.StringMatching(`[aAbB:.~_-]{1,3}`),
			rapid.StringMatching(`[aA]{195,205}`),
			rapid.StringMatching(`[a:A]{398,402}`),
			rapid.SampledFrom([]string{"con", "CON", "nul.x", "aux.", "com1", "com0", "LPT9", strings.Repeat("K", 512), strings.Repeat(":", 512)}),
		)
		var paths []string
		for range rapid.IntRange(1, 30).Draw(t, "count") {
			path := collection.Draw(t, "collection") + "/" + key.Draw(t, "key")
			if _, _, err := syntax.ParseRepoPath(path); err == nil {
				paths = append(paths, path)
			}
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		var files recordFiles
		for _, path := range paths {
			files.note(path)
		}
		taken := map[string]string{}
		for _, path := range paths {
			folder, file := files.folderAndFile(path)
			if back, err := recordOfFile(file); err != nil || back != path {
				t.Fatalf("%s is %s, which is %s, %v", path, file, back, err)
			}
			checkPortable(t, file)
			if !strings.HasPrefix(file, folder+"/") || strings.Contains(file[len(folder)+1:], "/") {
				t.Fatalf("%s is not in %s", file, folder)
			}
			claim(t, taken, file)
		}
	})
}

// checkPortable fails for a name that some file system does not have.
func checkPortable(t *rapid.T, file string) {
	for name := range strings.SplitSeq(file, "/") {
		if len(name) == 0 || len(name) > 255 || strings.ContainsAny(name, `:<>"\|?*`) || name == "." || name == ".." || strings.HasSuffix(name, ".") || isDevice(name) {
			t.Fatalf("%q in %q is no name everywhere", name, file)
		}
	}
}

// claim fails if a folder above file, or file itself, has been claimed in other
// letters.
func claim(t *rapid.T, taken map[string]string, file string) {
	for end, c := range file + "/" {
		if c != '/' {
			continue
		}
		name := file[:end]
		if other, ok := taken[strings.ToLower(name)]; ok && (other != name || end == len(file)) {
			t.Fatalf("%s and %s are one file", other, name)
		}
		taken[strings.ToLower(name)] = name
	}
}

func TestRecordOfFileRefuses(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"", ".json", "com.example.post/a", "com.example.post/a.JSON", "com.example.post.json", "com.example.post/a/b.json", "com.example.post/..json",
		"com.example.post/%.json", "com.example.post/a%4.json", "com.example.post/a%4g.json", "com.example.post/%+1.json", "com.example.post/a%00.json",
		"com.example.post%2Fa.json", "com.example.post/%2E.json", "com.example.post/%2E%2E.json", "com.example.post/a%25.json", "%/%/a.json", "../x.json",
	} {
		if path, err := recordOfFile(file); err == nil {
			t.Errorf("%s is %s", file, path)
		}
	}
}

// FuzzRecordOfFile says that what is read as a record has a valid path, and that
// the name which the path has leads to it, too.
func FuzzRecordOfFile(f *testing.F) {
	for _, file := range []string{"com.example.post/a.json", "com.example.pos%54/%41%3A.json", strings.Repeat("k", maxName) + "%/k.a.b/c.json", "%/%2E.json", "a.b.c/%%/41.json"} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		path, err := recordOfFile(file)
		if err != nil {
			return
		}
		if _, _, err := syntax.ParseRepoPath(path); err != nil {
			t.Fatalf("%q is read as %q: %v", file, path, err)
		}
		var files recordFiles
		files.note(path)
		_, name := files.folderAndFile(path)
		if again, err := recordOfFile(name); err != nil || again != path {
			t.Fatalf("%q is %q, named %q, which is %q, %v", file, path, name, again, err)
		}
	})
}
