package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const identityHistoryLong = `Print the operations of a did:plc: when each was taken and which rotation key
signed it, what it changed in the state that it follows on (+ is new, - is gone, ~ has
moved), what was undone by which later one, and what can still be undone, by which
keys and until when. The rotation key of the highest authority has number 0.

The log is verified first. A FILE has it as a directory answers /DID/log/audit, or
as lines of its export.`

func (p *program) identityHistoryCommand() *cobra.Command {
	h := &historyOf{network: network{program: p}}
	c := &cobra.Command{
		Use:   "history DID|FILE",
		Short: "Print what has become of a did:plc, and what can be undone",
		Long:  identityHistoryLong,
		Example: `  lexgen identity history did:plc:ewvi7nxzyoun6zhxrhs64oiz
  lexgen identity history audit.json --format json`,
		Annotations: exits(exitDone, exitUntrue, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return h.run(c.Context(), args[0]) },
	}
	h.define(c, publicDirectory)
	h.format.define(c)
	return c
}

// historyOf is one run of history.
type historyOf struct {
	network

	format outputFormat
}

func (o *historyOf) run(ctx context.Context, arg string) error {
	if err := errors.Join(o.check(), o.format.check()); err != nil {
		return err
	}
	h, err := o.history(ctx, arg)
	if err != nil {
		return err
	}
	a := accountAt(h, o.world.now())
	if o.format.isJSON() {
		return o.printJSON(a.json())
	}
	var b strings.Builder
	b.WriteString(string(h.DID) + "\n")
	for i := range h.Steps {
		b.WriteString("\n" + a.text(i, nil))
	}
	if err := o.print(b.String()); err != nil {
		return err
	}
	tellf(o.stderr, "%s", a.summary())
	return nil
}

// history returns a verified one, of a DID or in a file.
func (n *network) history(ctx context.Context, arg string) (*plc.History, error) {
	read := func(context.Context, string) (*auditedLog, error) { return readLog(arg) }
	if isLogOfDID(arg) {
		read = n.fetchLog
	}
	log, err := read(ctx, arg)
	if err != nil {
		return nil, err
	}
	return log.verify()
}

// account is a did:plc at a time.
type account struct {
	*plc.History

	now   time.Time
	undos map[int]plc.Undo // by step
}

func accountAt(h *plc.History, now time.Time) account {
	a := account{h, now, map[int]plc.Undo{}}
	for _, u := range h.Undos(now) {
		a.undos[u.Step] = u
	}
	return a
}

// timeFormat is how times are printed for people.
const timeFormat = "2006-01-02 15:04:05Z"

func timeText(t time.Time) string { return t.UTC().Format(timeFormat) }

// before returns the state that a step follows on, nil for the first.
func (a account) before(step int) *plc.State {
	if b := a.Steps[step].Before; b >= 0 {
		return plc.StateAfter(a.Steps[b].Operation)
	}
	return nil
}

// signers returns the keys that may sign a step; those of its own state for the
// first.
func (a account) signers(step int) []string {
	if s := a.before(step); s != nil {
		return s.RotationKeys
	}
	return plc.StateAfter(a.Steps[step].Operation).RotationKeys
}

// text returns a step for people. Keys that are held have the name of their file.
func (a account) text(step int, held heldKeys) string {
	s := &a.Steps[step]
	var b strings.Builder
	fmt.Fprintf(&b, "#%-3d %s  %s by %s\n",
		step, timeText(s.CreatedAt), kindOf(s.Operation), rankText(s.Authority, len(a.signers(step))))
	facts := []fact{{name: "cid", text: s.CID.String()}, {name: "signed by", text: s.Signer}}
	if s.Before >= 0 && s.Before != step-1 {
		facts = append(facts, fact{name: "follows on", text: fmt.Sprintf("#%d", s.Before)})
	}
	if s.NullifiedBy > 0 {
		facts = append(facts, fact{name: "undone by", text: fmt.Sprintf("#%d", s.NullifiedBy)})
	}
	facts = append(facts, changesOf(a.before(step), plc.StateAfter(s.Operation))...)
	if u, ok := a.undos[step]; ok {
		facts = append(facts, fact{name: "undo until", text: fmt.Sprintf("%s, for another %s", timeText(u.Until), longText(u.Until.Sub(a.now)))})
		if len(u.Nullifies) > 1 {
			facts = append(facts, fact{name: "undo takes", text: stepsText(u.Nullifies)})
		}
		for i, key := range u.Keys {
			facts = append(facts, fact{name: fmt.Sprintf("undo with key %d", i), text: key})
			if k := held.of(key); k != nil {
				facts = append(facts, fact{name: "", text: "which is in " + k.name})
			}
		}
	}
	writeFacts(&b, facts)
	return b.String()
}

// rankText names one of several rotation keys with its authority.
func rankText(authority, keys int) string {
	switch {
	case keys == 1:
		return "rotation key 0, the only one"
	case authority == 0:
		return "rotation key 0, the highest"
	default:
		return fmt.Sprintf("rotation key %d, below %s", authority, count(authority, "other", "others"))
	}
}

// longText returns how long something lasts, in whole seconds.
func longText(d time.Duration) string {
	text := d.Truncate(time.Second).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = strings.TrimSuffix(short+"m", "h0m")
		if text != short+"m" {
			text += "h"
		}
	}
	return text
}

// stepsText names steps of which the first takes the others along.
func stepsText(steps []int) string {
	text := fmt.Sprintf("#%d", steps[0])
	if later := len(steps) - 1; later > 0 {
		text += " and " + count(later, "later one", "later ones")
	}
	return text
}

// kindOf returns the word for an operation.
func kindOf(op plc.Operation) string {
	switch op.(type) {
	case *plc.Tombstone:
		return "tombstone"
	case *plc.Create:
		return "create (old form)"
	default:
		if !op.Previous().Defined() {
			return "create"
		}
		return "update"
	}
}

// typeOf returns the name of an operation's form (ID-21, ID-22, ID-23).
func typeOf(op plc.Operation) string {
	switch op.(type) {
	case *plc.Tombstone:
		return "plc_tombstone"
	case *plc.Create:
		return "create"
	default:
		return "plc_operation"
	}
}

// summary says in a line what there is.
func (a account) summary() string {
	undone := 0
	for i := range a.Steps {
		if !a.Steps[i].Active() {
			undone++
		}
	}
	text := count(len(a.Steps), "operation", "operations") + ", verified"
	if undone > 0 {
		text += fmt.Sprintf("; %d undone", undone)
	}
	if a.State() == nil {
		text += "; the DID has a tombstone"
	}
	if n := len(a.undos); n > 0 {
		return text + fmt.Sprintf("; %d can be undone", n)
	}
	return text + "; nothing can be undone"
}

// historyJSON is the form of a history for programs. Times have milliseconds, and
// rotation keys their number, 0 for the highest authority.
type historyJSON struct {
	DID        syntax.DID      `json:"did"`
	Operations []operationJSON `json:"operations"`
	Tombstoned bool            `json:"tombstoned"`
}

type operationJSON struct {
	Number     int          `json:"number"`
	CID        string       `json:"cid"`
	CreatedAt  string       `json:"createdAt"`
	Type       string       `json:"type"`
	SignedBy   signerJSON   `json:"signedBy"`
	FollowsOn  *int         `json:"followsOn"` // null for the first
	UndoneBy   *int         `json:"undoneBy"`  // null if it counts
	Changes    []changeJSON `json:"changes"`
	Reversible *undoJSON    `json:"reversible"` // null if it cannot be undone
}

type signerJSON struct {
	Number int    `json:"number"`
	Of     int    `json:"of"`
	Key    string `json:"key"`
}

type undoJSON struct {
	Until string   `json:"until"`
	Keys  []string `json:"keys"` // the highest authority first
	Held  []string `json:"held,omitempty"`
	Prev  string   `json:"prev"`
	Takes int      `json:"takes"` // how many operations go: this one and all later ones that count
}

func (a account) json() historyJSON {
	j := historyJSON{DID: a.DID, Operations: []operationJSON{}, Tombstoned: a.State() == nil}
	for i := range a.Steps {
		j.Operations = append(j.Operations, a.operationJSON(i, nil))
	}
	return j
}

func (a account) operationJSON(step int, held heldKeys) operationJSON {
	s := &a.Steps[step]
	j := operationJSON{
		Number: step, CID: s.CID.String(), CreatedAt: s.CreatedAt.UTC().Format(plc.TimeFormat), Type: typeOf(s.Operation),
		SignedBy: signerJSON{s.Authority, len(a.signers(step)), s.Signer},
		Changes:  changesJSON(changesOf(a.before(step), plc.StateAfter(s.Operation))),
	}
	if s.Before >= 0 {
		j.FollowsOn = &s.Before
	}
	if s.NullifiedBy > 0 {
		j.UndoneBy = &s.NullifiedBy
	}
	if u, ok := a.undos[step]; ok {
		j.Reversible = &undoJSON{
			Until: u.Until.UTC().Format(plc.TimeFormat), Keys: u.Keys, Held: u.HeldBy(held.texts()), Prev: u.Prev.String(), Takes: len(u.Nullifies),
		}
	}
	return j
}
