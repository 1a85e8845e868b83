package cli

import (
	"context"
	"strings"

	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// againstPublished is the base of breaking that is what the accounts in charge have
// published.
const againstPublished = "published"

// publishedSource are lexicons that an account has published. Their paths lead nowhere
// on this machine.
type publishedSource struct {
	did      syntax.DID
	lexicons []Published
}

// Name returns where the records are.
func (s publishedSource) Name() string { return "at://" + string(s.did) + "/" + schemaCollection }

// Files returns the records.
func (s publishedSource) Files(context.Context) ([]resolver.File, error) {
	files := make([]resolver.File, 0, len(s.lexicons))
	for _, r := range s.lexicons {
		rel := strings.ReplaceAll(string(r.NSID), ".", "/") + ".json"
		files = append(files, resolver.File{Path: s.Name() + "/" + string(r.NSID), Rel: rel, Data: r.JSON})
	}
	return files, nil
}
