package gen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/resolver"
)

// loaded is a source whose files were read, so that they are hashed and parsed
// from the same bytes.
type loaded struct {
	resolver.Source
	files []resolver.File
}

// Files returns what was read.
func (l loaded) Files(context.Context) ([]resolver.File, error) { return l.files, nil }

// read reads all sources.
func read(ctx context.Context, sources []resolver.Source) ([]resolver.Source, error) {
	var list []resolver.Source
	var errs []error
	for _, source := range sources {
		files, err := source.Files(ctx)
		errs = append(errs, err)
		list = append(list, loaded{source, files})
	}
	return list, errors.Join(errs...)
}

// fresh reports whether the output was made from exactly this, by this
// generator, without a diagnostic.
func (r *run) fresh(ctx context.Context, sources []resolver.Source) bool {
	if r.Check || r.Fingerprint == "" || r.Emitters != nil {
		return false
	}
	key, err := r.inputs(ctx, sources)
	if err != nil {
		return false
	}
	r.key = key
	return r.Stamps.Fresh(r.Out, key, &r.result.Summary)
}

// inputs hashes everything that decides about the output.
func (r *run) inputs(ctx context.Context, sources []resolver.Source) (string, error) {
	h := sha256.New()
	settings, err := json.Marshal([]any{r.Fingerprint, r.Select, r.Exclude, r.Packages, r.Strict})
	if err != nil {
		return "", fmt.Errorf("hash the options: %w", err)
	}
	h.Write(settings)
	for _, source := range sources {
		files, err := source.Files(ctx)
		if err != nil {
			return "", err
		}
		h.Write(fmt.Appendf(nil, "\nsource %d\n", len(files)))
		for _, file := range files {
			if file.Err != nil {
				return "", file.Err
			}
			h.Write(fmt.Appendf(nil, "%q %d\n", file.Path, len(file.Data)))
			h.Write(file.Data)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
