// Package backup writes all operations of a directory into one file, and reads
// them again.
//
// The file is text, one JSON object a line: a head, the operations in the form of
// an export, and an end with their number and a hash of all before it. What was
// undone, and by which key, is not in it: a restore replays everything, as a mirror
// does, and so believes nothing but the times.
package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
)

var (
	// ErrNotEmpty says that a store to restore into has had operations.
	ErrNotEmpty = errors.New("the store is not empty")
	// ErrDamaged says that a file is no backup, or is not as it was written.
	ErrDamaged = errors.New("not a whole backup")
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
	hash := sha256.New()
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(io.MultiWriter(out, hash))
	if err := lines.Encode(headJSON{typeHead, version, head}); err != nil {
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
			if err := lines.Encode(records[i].Sequenced()); err != nil {
				return 0, err
			}
			count++
		}
	}
	if err := json.NewEncoder(out).Encode(endJSON{typeEnd, count, hex.EncodeToString(hash.Sum(nil))}); err != nil {
		return 0, err
	}
	if err := out.Flush(); err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	return count, nil
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
	hash := sha256.New()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, plc.MaxLine)
	var head headJSON
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Type != typeHead || head.Version != version {
		return 0, errors.Join(lines.Err(), fmt.Errorf("%w: it does not begin like one", ErrDamaged))
	}
	if err := checkHead(head.Head, skip); err != nil {
		return 0, err
	}
	hashLine(hash, lines.Bytes())
	count := int64(0)
	batch := ledger.NewBatch(s)
	for lines.Scan() {
		text := lines.Bytes()
		if bytes.HasPrefix(text, []byte(`{"type":"`+typeEnd+`"`)) {
			return count, finish(ctx, s, batch, lines, endJSON{typeEnd, count, hex.EncodeToString(hash.Sum(nil))}, head.Head+skip)
		}
		hashLine(hash, text)
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
	return count, errors.Join(lines.Err(), fmt.Errorf("%w: it has no end", ErrDamaged))
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

func hashLine(hash io.Writer, line []byte) {
	_, _ = hash.Write(line) // a hash takes everything
	_, _ = hash.Write([]byte("\n"))
}

// finish holds the end of a backup against what was read.
func finish(ctx context.Context, s store.Store, batch *ledger.Batch, lines *bufio.Scanner, want endJSON, head int64) error {
	var end endJSON
	if json.Unmarshal(lines.Bytes(), &end) != nil || end != want {
		return fmt.Errorf("%w: its end does not fit what stands before", ErrDamaged)
	}
	if lines.Scan() || lines.Err() != nil {
		return errors.Join(lines.Err(), fmt.Errorf("%w: something follows on its end", ErrDamaged))
	}
	if err := batch.Commit(ctx); err != nil {
		return err
	}
	return s.Skip(ctx, head)
}
