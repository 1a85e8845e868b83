package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits of a file with operations, which is held in memory.
const (
	maxLogFile = 256 << 20 // bytes
	maxExport  = 200_000   // lines
	maxFaults  = 100       // lines that cannot be read, until no more are
)

// auditedLog is the log of one DID.
type auditedLog struct {
	did   syntax.DID
	log   plc.Log
	lines []int // of the file, for each entry; nil for a log in one document
}

// place says where an operation is, which may be -1 for the log as a whole.
func (a *auditedLog) place(operation int) string {
	if operation < 0 {
		return "the log of " + string(a.did)
	}
	place := fmt.Sprintf("operation %d of %s (%s)", operation, a.did, a.log[operation].CID)
	if a.lines != nil {
		place = fmt.Sprintf("line %d, %s", a.lines[operation], place)
	}
	return place
}

// violations returns all that is wrong with the log, one line each.
func (a *auditedLog) violations() []string {
	var all []string
	for _, e := range a.log.Violations(a.did) {
		all = append(all, a.place(e.Index)+": "+e.Reason)
	}
	return all
}

// verify replays the log. The error is that of Verify, with the operation's CID.
func (a *auditedLog) verify() (*plc.History, error) {
	h, err := a.log.Verify(a.did)
	if e, ok := errors.AsType[*plc.Error](err); ok {
		return nil, &exitError{statusProblem, fmt.Errorf("%s: %s", a.place(e.Index), e.Reason)}
	}
	return h, err
}

// isLogOfDID reports whether an argument is a DID, and no file.
func isLogOfDID(arg string) bool { return strings.HasPrefix(arg, "did:") }

// fetchLog asks the directory for the log of a DID.
func (n *network) fetchLog(ctx context.Context, text string) (*auditedLog, error) {
	did, err := syntax.ParseDID(text)
	if err != nil {
		return nil, misuse("%w", err)
	}
	if did.Method() != "plc" {
		return nil, misuse("%s has no log: only did:plc has", did)
	}
	log, err := n.directory().AuditLog(ctx, did)
	if err != nil {
		return nil, n.noAnswer(ctx, did, err)
	}
	return &auditedLog{did: did, log: log}, nil
}

// noAnswer is the failure of asking the directory about a DID.
func (n *network) noAnswer(ctx context.Context, did syntax.DID, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if unreadable, ok := errors.AsType[*plc.Error](err); ok {
		return &exitError{statusProblem, fmt.Errorf("what %s answers for %s cannot be read: %s", n.plc, did, strings.TrimPrefix(unreadable.Error(), "plc: "))}
	}
	if refused, ok := errors.AsType[*plc.DirectoryError](err); ok && refused.Status/100 == http.StatusMultipleChoices/100 {
		return &exitError{statusProblem, fmt.Errorf("%w\nredirects are not followed: name the directory itself with --plc", err)}
	}
	return &exitError{statusProblem, err}
}

// readLog reads a file with the log of one DID.
func readLog(name string) (*auditedLog, error) {
	logs, faults, err := readLogs(name)
	switch {
	case err != nil:
		return nil, err
	case len(faults) > 0:
		return nil, problemWith(name, errors.New(faults[0]))
	case len(logs) != 1:
		return nil, problemWith(name, fmt.Errorf("it has the operations of %d DIDs, not of one", len(logs)))
	}
	return logs[0], nil
}

// readLogs reads an audit log, as directories answer it, or lines of an export of
// one, of either form (ID-34, ID-37). The logs are in the order of the file. What
// cannot be read is among faults, each with its place, and the DID that it belongs
// to, if that can be read, has no log then.
func readLogs(name string) (logs []*auditedLog, faults []string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, &exitError{statusProblem, err}
	}
	defer func() { _ = file.Close() }() // which was only read
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, nil, problemWith(name, errors.New("a folder, not a log"))
	}
	r := bufio.NewReaderSize(io.LimitReader(file, maxLogFile+1), plc.MaxLine)
	first, line, err := firstByte(r)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil, problemWith(name, errors.New("there is no operation in it"))
	case err != nil:
		return nil, nil, problemWith(name, errors.New(reasonOf(err)))
	case first == '[':
		log, err := readAuditLog(r)
		if err != nil {
			return nil, nil, problemWith(name, err)
		}
		return []*auditedLog{log}, nil, nil
	default:
		e := newExport()
		if err := e.read(r, line); err != nil {
			return nil, nil, problemWith(name, err)
		}
		return e.result(), e.faults, nil
	}
}

// firstByte returns the first byte that is no white space, without reading it, and
// the number of its line.
func firstByte(r *bufio.Reader) (first byte, line int, err error) {
	for line = 1; ; {
		next, err := r.Peek(1)
		if err != nil {
			return 0, line, err //nolint:wrapcheck // the caller names the file
		}
		switch next[0] {
		case '\n':
			line++
		case ' ', '\t', '\r':
		default:
			return next[0], line, nil
		}
		_, _ = r.Discard(1) // it is there
	}
}

func readAuditLog(r io.Reader) (*auditedLog, error) {
	text, err := io.ReadAll(io.LimitReader(r, plc.MaxLogJSON+1))
	if err != nil {
		return nil, errors.New(reasonOf(err))
	}
	log, err := plc.ParseLog(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "plc: "))
	}
	if len(log) == 0 {
		return nil, errors.New("there is no operation in it")
	}
	return &auditedLog{did: log[0].DID, log: log}, nil
}

// export is a file with lines of an export that is being read.
type export struct {
	logs     map[syntax.DID]*auditedLog
	order    []*auditedLog
	broken   map[syntax.DID]bool // that have a line which cannot be read
	numbered map[syntax.DID]bool // whose lines have numbers, and do not say what was undone
	faults   []string
	count    int
}

func newExport() *export {
	return &export{logs: map[syntax.DID]*auditedLog{}, broken: map[syntax.DID]bool{}, numbered: map[syntax.DID]bool{}}
}

// advisesMirror says who reads what is too large for one file.
const advisesMirror = "atpd plc --mirror verifies all that a directory has"

// read takes the lines from a number on.
func (e *export) read(r *bufio.Reader, number int) error {
	size := 0
	for ; len(e.faults) < maxFaults; number++ {
		line, err := r.ReadSlice('\n')
		size += len(line)
		switch {
		case size > maxLogFile:
			return fmt.Errorf("more than %d MiB: %s", maxLogFile>>20, advisesMirror)
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("line %d has more than %d bytes", number, plc.MaxLine)
		case err != nil && !errors.Is(err, io.EOF):
			return errors.New(reasonOf(err))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if e.count++; e.count > maxExport {
				return fmt.Errorf("more than %d operations: %s", maxExport, advisesMirror)
			}
			e.add(number, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
	e.faults = append(e.faults, "the lines behind that were not read")
	return nil
}

// add takes one line.
func (e *export) add(number int, line []byte) {
	var head struct {
		DID syntax.DID `json:"did"`
		Seq int64      `json:"seq"`
	}
	entry, err := plc.ParseEntry(line)
	if a := e.logs[entry.DID]; err == nil && a != nil && len(a.log) == plc.MaxLog {
		err = fmt.Errorf("%s has more than %d operations", entry.DID, plc.MaxLog)
	}
	if headErr := json.Unmarshal(line, &head); headErr == nil {
		e.broken[head.DID] = e.broken[head.DID] || err != nil
		e.numbered[head.DID] = e.numbered[head.DID] || head.Seq > 0
	}
	if err != nil {
		e.faults = append(e.faults, fmt.Sprintf("line %d: %s", number, strings.TrimPrefix(err.Error(), "plc: ")))
		return
	}
	a := e.logs[entry.DID]
	if a == nil {
		a = &auditedLog{did: entry.DID}
		e.logs[entry.DID] = a
		e.order = append(e.order, a)
	}
	a.log = append(a.log, entry)
	a.lines = append(a.lines, number)
}

// result returns the logs without those that have a line which cannot be read.
func (e *export) result() []*auditedLog {
	var logs []*auditedLog
	for _, a := range e.order {
		if e.broken[a.did] {
			continue
		}
		if e.numbered[a.did] {
			markUndone(a.log)
		}
		logs = append(logs, a)
	}
	return logs
}

// markUndone enters what was undone, as far as the operations may be taken.
func markUndone(log plc.Log) {
	h := &plc.History{DID: log[0].DID}
	for _, e := range log {
		if _, err := h.Apply(e.Operation, e.CreatedAt); err != nil {
			return // Violations says so, and then does not look at what was undone
		}
	}
	for i := range log {
		log[i].Nullified = !h.Steps[i].Active()
	}
}
