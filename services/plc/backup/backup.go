// Package backup writes all operations of a directory into one file, and reads
// them again.
//
// The file is text, one JSON object a line: a head, the operations in the form of
// an export, and an end with their number and a hash of all before it. What was
// undone, and by which key, is not in it: a restore replays everything, as a mirror
// does, and so believes nothing but the times.
package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/backupfile"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
)

var (
	// ErrNotEmpty says that a store to restore into has had operations.
	ErrNotEmpty = errors.New("the store is not empty")
	// ErrDamaged says that a file is no backup, or is not as it was written.
	ErrDamaged = backupfile.ErrDamaged
)

// DefaultSkip is how many numbers a restore passes over: more than a directory
// gives between two backups.
const DefaultSkip = 1_000_000

const (
	typeHead = "plc_backup"
	typeEnd  = "plc_backup_end"
	version  = 1
)

type headJSON struct {
	Type    string `json:"type"`
	Version int    `json:"version"`
	Head    int64  `json:"head"`
}

type endJSON struct {
	Type       string `json:"type"`
	Operations int64  `json:"operations"`
	SHA256     string `json:"sha256"`
}

// Write writes the operations that a store has now, and returns how many. What
// comes in meanwhile is left out.
func Write(ctx context.Context, s store.Store, w io.Writer) (int64, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return 0, err
	}
	lines := backupfile.NewWriter(w)
	if err := lines.Line(headJSON{typeHead, version, head}); err != nil {
		return 0, err
	}
	count := int64(0)
	for after := int64(0); after < head; {
		records, err := s.After(ctx, after, plc.ExportPage)
		if err != nil {
			return 0, err
		}
		if len(records) == 0 {
			break
		}
		for i := range records {
			if after = records[i].Seq; after > head {
				break
			}
			if err := lines.Line(records[i].Sequenced()); err != nil {
				return 0, err
			}
			count++
		}
	}
	return count, lines.End(func(sum string) any { return endJSON{typeEnd, count, sum} })
}

// Restore verifies the operations of a backup and puts them into an empty store,
// with their numbers and times. The next number that the store gives is greater
// than that of the last operation by more than skip, because the directory may
// have given more numbers after the backup was written; none is beyond 2^53-1, where
// clients end. After an error the store holds a part, and is of no use.
func Restore(ctx context.Context, s store.Store, r io.Reader, skip int64) (int64, error) {
	switch head, err := s.Head(ctx); {
	case err != nil:
		return 0, err
	case head != 0:
		return 0, ErrNotEmpty
	}
	lines := backupfile.NewReader(r, plc.MaxLine, `{"type":"`+typeEnd+`"`)
	var head headJSON
	first, _, err := lines.Next()
	if err != nil || json.Unmarshal(first, &head) != nil || head.Type != typeHead {
		return 0, errors.Join(err, fmt.Errorf("%w: it does not begin like one", ErrDamaged))
	}
	if err := backupfile.CheckVersion(head.Version, version); err != nil {
		return 0, err
	}
	if err := checkHead(head.Head, skip); err != nil {
		return 0, err
	}
	count := int64(0)
	batch := ledger.NewBatch(s)
	for {
		text, last, err := lines.Next()
		if err != nil {
			return count, err
		}
		if last {
			return count, finish(ctx, s, batch, lines, text, count, head.Head+skip)
		}
		op, err := plc.ParseSequenced(text)
		if err == nil {
			err = batch.Add(ctx, op)
		}
		if err != nil {
			return count, fmt.Errorf("operation %d of the backup: %w", op.Seq, err)
		}
		if count++; batch.Additions() < plc.ExportPage {
			continue
		}
		if err := batch.Commit(ctx); err != nil {
			return count, err
		}
		batch = ledger.NewBatch(s)
	}
}

// maxSeq is the greatest number that clients read.
const maxSeq = 1<<53 - 1

// checkHead refuses a head behind which there are no numbers left.
func checkHead(head, skip int64) error {
	if head < 0 || head > maxSeq {
		return fmt.Errorf("%w: it has the head %d", ErrDamaged, head)
	}
	if head > maxSeq-skip {
		return fmt.Errorf("the backup has the head %d, and %d numbers more would be beyond %d: pass over fewer", head, skip, int64(maxSeq))
	}
	return nil
}

// finish holds the end of a backup against what was read.
func finish(ctx context.Context, s store.Store, batch *ledger.Batch, lines *backupfile.Reader, text []byte, count, head int64) error {
	var end endJSON
	if json.Unmarshal(text, &end) != nil || end != (endJSON{typeEnd, count, lines.SHA256()}) {
		return fmt.Errorf("%w: its end does not fit what stands before", ErrDamaged)
	}
	if err := lines.Over(); err != nil {
		return err
	}
	if err := batch.Commit(ctx); err != nil {
		return err
	}
	return s.Skip(ctx, head)
}
