package resolver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/jsontree"
)

// git runs a plumbing command of git and returns what it prints. The repository
// is that of the folder, whatever a hook has in its environment, and nothing is
// fetched: the configuration of a repository that is not trusted could name the
// program to fetch with.
func (g *Git) git(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-replace-objects", "--literal-pathspecs"}, args...)...)
	cmd.Dir = g.spec.Folder
	cmd.Env = append(slices.DeleteFunc(os.Environ(), namesRepository),
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "LC_ALL=C")
	cmd.Stdin = stdin
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	switch {
	case err == nil:
		return output, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx) // not that the process was killed
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("the git command is not on PATH: %w", err)
	}
	text, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(text+" ("+err.Error()+")"))
}

// namesRepository reports whether a variable would lead git to another repository
// or to a part of one.
func namesRepository(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{"GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"}, name)
}

// contents returns the contents of blobs of the tree by their ids; empty ids
// are passed over. Of one that is too large it is a text that is, too, so that
// the parser says so.
func (g *Git) contents(ctx context.Context, ids []string, t *gitTree) (map[string][]byte, error) {
	size := map[string]int{}
	for _, entry := range t.entries {
		size[entry.id] = entry.size
	}
	contents := map[string][]byte{}
	var wanted []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		switch {
		case id == "":
		case size[id] > jsontree.MaxSize:
			contents[id] = make([]byte, jsontree.MaxSize+1)
		default:
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return contents, nil
	}
	output, err := g.git(ctx, strings.NewReader(strings.Join(wanted, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return contents, splitBatch(output, wanted, contents)
}

// splitBatch reads what git cat-file --batch prints: for each id a line ID SP
// TYPE SP SIZE, the content, and a line feed.
func splitBatch(output []byte, ids []string, contents map[string][]byte) error {
	r := bufio.NewReader(bytes.NewReader(output))
	for _, id := range ids {
		head, err := r.ReadString('\n')
		fields := strings.Fields(head)
		if err != nil || len(fields) != 3 || fields[0] != id {
			return fmt.Errorf("object %s of the repository cannot be read: %s", id, strings.TrimSpace(head))
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size < 0 || size > len(output) {
			return fmt.Errorf("git cat-file: unexpected output %q", head)
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(r, data); err != nil {
			return fmt.Errorf("object %s of the repository is cut short: %w", id, err)
		}
		contents[id] = data[:size:size]
	}
	return nil
}
