package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

const identityRecoverLong = `Undo operations of a did:plc that a key of lower authority has signed, within 72
hours after they were taken. An operation that is undone takes all after it along.

Without --undo it prints which operations the keys given can undo, and until when.
With --undo N it prepares the operation that undoes number N: the DID stands for
what it stood for before, but for what other flags say. It asks before it is sent.

` + keyHelp

var errTombstone = errors.New("the DID has a tombstone: lexgen identity plc recover says whether it can be undone")

func (p *program) identityRecoverCommand() *cobra.Command {
	r := &recovery{submission: submission{network: network{program: p}}}
	c := &cobra.Command{
		Use:   "recover DID|FILE",
		Short: "Say what can be undone in a did:plc, and undo it",
		Long:  identityRecoverLong,
		Example: `  lexgen identity plc recover did:plc:ewvi7nxzyoun6zhxrhs64oiz --key rotation.key \
    --plc https://plc.example.com
  lexgen identity plc recover did:plc:ewvi7nxzyoun6zhxrhs64oiz --key rotation.key \
    --undo 3 --remove-rotation-key did:key:zQ3s... --plc https://plc.example.com`,
		Annotations: exits(exitDone, exitRefused, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return r.run(c, args[0]) },
	}
	c.Flags().IntVar(&r.undo, "undo", 0, "undo operation `N`, and all after it")
	r.define(c)
	r.state.define(c)
	r.state.defineEdits(c)
	r.defineForce(c)
	r.defineYes(c)
	r.format.define(c)
	return c
}

// recovery is one run of recover.
type recovery struct {
	submission

	undo   int
	format outputFormat
}

func (r *recovery) run(c *cobra.Command, target string) error {
	if err := r.format.check(); err != nil {
		return err
	}
	if !c.Flags().Changed("undo") {
		return r.plan(c, target)
	}
	h, held, err := r.read(c, target)
	if err != nil {
		return err
	}
	a := accountAt(h, r.world.now())
	u, err := a.undoBy(r.undo, held)
	if err != nil {
		return &exitError{statusProblem, err}
	}
	base := a.before(u.Step)
	state, err := r.state.apply(base, r.development)
	if err != nil {
		return err
	}
	return r.submit(c, &proposal{
		op: u.Recovery(state), history: h, base: base, may: u.Keys, undoes: u.Nullifies,
		asks: fmt.Sprintf("Undo %s of %s?", stepsText(u.Nullifies), h.DID),
	}, held)
}

// undoBy returns how a step can be undone with keys, or why it cannot.
func (a account) undoBy(step int, held heldKeys) (*plc.Undo, error) {
	if step < 0 || step >= len(a.Steps) {
		return nil, fmt.Errorf("there is no operation %d: the log has %d, from 0", step, len(a.Steps))
	}
	s := &a.Steps[step]
	u, ok := a.undos[step]
	switch {
	case ok && held.in(u.Keys):
		return &u, nil
	case ok:
		_, err := held.highest(u.Keys)
		return nil, fmt.Errorf("operation %d can be undone until %s, and %w", step, timeText(u.Until), err)
	case !s.Active():
		return nil, fmt.Errorf("operation %d was undone by operation %d already", step, s.NullifiedBy)
	case s.Before < 0:
		return nil, errors.New("operation 0 makes the DID, and cannot be undone")
	case s.Authority == 0:
		return nil, fmt.Errorf("operation %d was signed by rotation key 0, above which there is none (ID-31)", step)
	}
	return nil, fmt.Errorf("operation %d could be undone until %s, %s ago (ID-31)",
		step, timeText(s.CreatedAt.Add(plc.RecoveryWindow)), longText(a.now.Sub(s.CreatedAt.Add(plc.RecoveryWindow))))
}

// plan prints what can be undone with the keys.
func (r *recovery) plan(c *cobra.Command, target string) error {
	if r.plc == "" && isLogOfDID(target) {
		return misuse("--plc names the directory that has the log of %s; a file with it does, too", target)
	}
	r.dryRun = true // nothing is sent
	h, held, err := r.read(c, target)
	if err != nil {
		return err
	}
	a := accountAt(h, r.world.now())
	var steps []int
	for i := range a.Steps {
		if u, ok := a.undos[i]; ok && held.in(u.Keys) {
			steps = append(steps, i)
		}
	}
	if r.format.isJSON() {
		err = r.printJSON(a.planJSON(steps, held))
	} else {
		err = r.print(a.planText(steps, held))
	}
	if err == nil && len(steps) == 0 {
		err = &exitError{statusProblem, a.nothingToUndo(held)}
	}
	if err == nil {
		tellf(r.stderr, "--undo N undoes one of them and all after it")
	}
	return err
}

func (a account) planText(steps []int, held heldKeys) string {
	var b strings.Builder
	b.WriteString(string(a.DID) + "\n")
	for _, i := range steps {
		b.WriteString("\n" + a.text(i, held))
	}
	return b.String()
}

func (a account) planJSON(steps []int, held heldKeys) historyJSON {
	j := historyJSON{DID: a.DID, Operations: []operationJSON{}, Tombstoned: a.State() == nil}
	for _, i := range steps {
		j.Operations = append(j.Operations, a.operationJSON(i, held))
	}
	return j
}

// nothingToUndo says why: who can undo what can be undone, or else why the last
// operation that counts cannot be.
func (a account) nothingToUndo(held heldKeys) error {
	lines := []string{"the keys given can undo nothing"}
	for _, i := range slices.Sorted(maps.Keys(a.undos)) {
		u := a.undos[i]
		keys := strings.Join(u.Keys, " or ")
		lines = append(lines, fmt.Sprintf("operation %d can be undone until %s with %s, which is not given", i, timeText(u.Until), keys))
	}
	if len(a.undos) == 0 {
		last := slices.IndexFunc(a.Steps, func(s plc.Step) bool { return s.CID == a.Last().CID })
		_, err := a.undoBy(last, held)
		lines = append(lines, err.Error())
	}
	return errors.New(strings.Join(lines, "\n"))
}
