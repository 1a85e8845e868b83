package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// recordFiles gives the records of a repository names of files: COLLECTION/KEY.json,
// as far as every file system has such names and keeps them apart. What stands
// in the way is written %XX, with the value of the character in hexadecimal
// digits, as no record key has a percent sign:
//
//   - the colon, which Windows does not have in names,
//   - the first letter of what is a device there, such as con,
//   - capital letters, if there is another record or collection whose name
//     differs only in them, or if the name is long.
//
// A name of more than maxName bytes goes on in a folder below: kkk%/kkk.json.
//
// All paths are noted first, in their order. The zero value knows of none.
type recordFiles struct {
	collection string
	capitals   map[string]bool // names with capital letters, in small ones
	clashes    map[string]bool // those that there are several of
}

// maxName is how many bytes of a name stand in one folder: with extensions and
// what else is added fewer than the 255 that file systems have.
const maxName = 200

// note hears of the path of a record, which comes after all before it.
func (f *recordFiles) note(path string) {
	collection, _, _ := strings.Cut(path, "/")
	if collection != f.collection {
		f.collection = collection
		f.noteName(collection)
	}
	f.noteName(path)
}

// noteName finds names that differ only in the case of letters. Of those the
// one with small letters alone comes last, so that only names with capital
// letters must be kept.
func (f *recordFiles) noteName(name string) {
	if f.capitals == nil {
		f.capitals, f.clashes = map[string]bool{}, map[string]bool{}
	}
	small := strings.ToLower(name)
	if f.capitals[small] {
		f.clashes[small] = true
	}
	if small != name {
		f.capitals[small] = true
	}
}

// folderAndFile returns the name of the file of a record, with slashes, and that
// of the folder it is in.
func (f *recordFiles) folderAndFile(path string) (folder, file string) {
	collection, key, _ := strings.Cut(path, "/")
	file = fileName(collection, f.clashes[strings.ToLower(collection)]) + "/" + fileName(key, f.clashes[strings.ToLower(path)]) + ".json"
	return file[:strings.LastIndexByte(file, '/')], file
}

// fileName returns the name of a collection or key. All parts but the last of
// one that goes on in a folder below end with a percent sign.
func fileName(name string, clashes bool) string {
	var b strings.Builder
	long := len(name) > maxName
	for i, c := range []byte(name) {
		switch capital := 'A' <= c && c <= 'Z'; {
		case c == ':', capital && (clashes || long), i == 0 && isDevice(name):
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	var parts []string
	for part := range slices.Chunk([]byte(b.String()), maxName) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, "%/")
}

// isDevice reports whether Windows takes a name for that of a device, whatever
// its extension is.
func isDevice(name string) bool {
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	if len(base) == 4 && (base[:3] == "com" || base[:3] == "lpt") {
		return base[3] >= '1' && base[3] <= '9'
	}
	return slices.Contains([]string{"con", "prn", "aux", "nul"}, base)
}

// recordOfFile returns the path of the record in a file that recordFiles has
// named, or somebody else by the same rules.
func recordOfFile(file string) (string, error) {
	name, ok := strings.CutSuffix(file, ".json")
	if !ok {
		return "", errNoRecordFile
	}
	before, rest, _ := strings.Cut(strings.ReplaceAll(name, "%/", ""), "%")
	var b strings.Builder
	b.WriteString(before)
	for rest != "" {
		digits := rest[:min(2, len(rest))]
		c, err := strconv.ParseUint(digits, 16, 8)
		if err != nil || len(digits) < 2 || c == '/' {
			return "", errNoRecordFile
		}
		b.WriteByte(byte(c))
		before, rest, _ = strings.Cut(rest[2:], "%")
		b.WriteString(before)
	}
	if _, _, err := syntax.ParseRepoPath(b.String()); err != nil {
		return "", errNoRecordFile
	}
	return b.String(), nil
}

var errNoRecordFile = errors.New("the file is no record: its name is not COLLECTION/KEY.json")
