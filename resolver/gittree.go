package resolver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/jsontree"
)

// The modes of entries of a tree that have content.
const (
	gitRegular    = "100644"
	gitExecutable = "100755"
	gitLink       = "120000"
)

// gitSubmodule is the mode of a commit of another repository.
const gitSubmodule = "160000"

// gitEntry is one file of a tree.
type gitEntry struct {
	mode, id string
	size     int // in bytes; noContent if the clone lacks it
}

// noContent is the size of a file whose content a partial clone does not have.
const noContent = -1

// gitTree is the listing of a tree and of all below it.
type gitTree struct {
	entries map[string]gitEntry // by path
}

// parseGitTree reads what git ls-tree -r -z -l prints.
func parseGitTree(listing []byte) (*gitTree, error) {
	t := &gitTree{entries: map[string]gitEntry{}}
	for entry := range bytes.SplitSeq(listing, []byte{0}) {
		if len(entry) == 0 {
			continue
		}
		if err := t.add(entry); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// add takes one entry: MODE SP TYPE SP ID SP* SIZE TAB PATH. The size of a
// submodule is a hyphen, and that of a file without content BAD.
func (t *gitTree) add(entry []byte) error {
	head, name, ok := strings.Cut(string(entry), "\t")
	fields := strings.Fields(head)
	if !ok || len(fields) != 4 {
		return fmt.Errorf("git ls-tree: unexpected output %q", entry)
	}
	if fields[0] == gitSubmodule {
		t.entries[name] = gitEntry{mode: gitSubmodule}
		return nil
	}
	size, err := strconv.Atoi(fields[3])
	if fields[3] == "BAD" {
		size, err = noContent, nil
	}
	if err != nil {
		return fmt.Errorf("git ls-tree: unexpected output %q", entry)
	}
	t.entries[name] = gitEntry{mode: fields[0], id: fields[2], size: size}
	return nil
}

// read returns the *.json files, sorted by path.
func (t *gitTree) read(ctx context.Context, g *Git) ([]File, error) {
	names := t.names()
	if len(names) > maxFiles {
		return nil, errTooManyFiles
	}
	links, err := t.links(ctx, g)
	if err != nil {
		return nil, err
	}
	files := make([]File, 0, len(names))
	ids := make([]string, len(names))
	total := 0
	for i, name := range names {
		files = append(files, File{Path: joinName(g.Name(), name), Rel: name})
		target, err := t.follow(name, links)
		if err != nil {
			files[i].Err = err
			continue
		}
		if t.entries[target].size == noContent {
			return nil, fmt.Errorf("the content of %s is not in this clone%s", target, adviceToFetch)
		}
		ids[i] = t.entries[target].id
		if total += min(t.entries[target].size, jsontree.MaxSize); total > maxSourceSize {
			return nil, errTooMuchData
		}
	}
	contents, err := g.contents(ctx, ids, t)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if id != "" {
			files[i].Data = contents[id]
		}
	}
	return files, nil
}

// names returns the paths of the files that a source has, and of submodules,
// which may have some, sorted.
func (t *gitTree) names() []string {
	var names []string
	for name, entry := range t.entries {
		if (path.Ext(name) == ".json" || entry.mode == gitSubmodule) && !slices.ContainsFunc(strings.Split(name, "/"), passedOver) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

// maxLink is the length of a symbolic link's target that is read, in bytes.
const maxLink = 4096

// links reads the targets of all symbolic links to what may be a file of the
// source, by their object ids.
func (t *gitTree) links(ctx context.Context, g *Git) (map[string][]byte, error) {
	var ids []string
	for _, entry := range t.entries {
		if entry.mode == gitLink && entry.size != noContent && entry.size <= maxLink {
			ids = append(ids, entry.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading no map is fine
	}
	slices.Sort(ids)
	return g.contents(ctx, slices.Compact(ids), t)
}

var (
	errLinkOut   = errors.New("a symbolic link that leads out of the folder, or nowhere")
	errLinkLong  = errors.New("a symbolic link that leads through too many others")
	errSubmodule = errors.New("a submodule, whose files the commit does not have")
)

// follow returns the path of the regular file that a path leads to.
func (t *gitTree) follow(name string, links map[string][]byte) (string, error) {
	const hops = 16
	for range hops {
		entry, ok := t.entries[name]
		switch {
		case !ok:
			return "", errLinkOut
		case entry.mode == gitSubmodule:
			return "", errSubmodule
		case entry.mode == gitRegular || entry.mode == gitExecutable:
			return name, nil
		}
		target := string(links[entry.id])
		if target == "" || path.IsAbs(target) {
			return "", errLinkOut
		}
		name = path.Join(path.Dir(name), target)
	}
	return "", errLinkLong
}
