package cli

import (
	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

const identityCreateLong = `Make a new did:plc, and print it. Without --rotation-key the keys of --key may change
it, in their order.

` + keyHelp

func (p *program) identityCreateCommand() *cobra.Command {
	s := &submission{network: network{program: p}}
	c := &cobra.Command{
		Use:   "create",
		Short: "Make a did:plc",
		Long:  identityCreateLong,
		Example: `  lexgen identity plc create --key rotation.key --handle alice.test \
    --pds https://pds.example.com --signing-key did:key:zQ3s... --dry-run
  lexgen identity plc create --key rotation.key --handle alice.test \
    --pds https://pds.example.com --signing-key did:key:zQ3s... \
    --plc https://plc.example.com`,
		Annotations: exits(exitDone, exitRefused, exitUsage, exitUnwritable, exitStopped),
		Args:        noArguments,
		RunE:        func(c *cobra.Command, _ []string) error { return s.create(c) },
	}
	s.define(c)
	s.state.define(c)
	s.defineForce(c)
	return c
}

func (s *submission) create(c *cobra.Command) error {
	if err := s.check(""); err != nil {
		return err
	}
	held, err := s.keys.read(s.world)
	if err != nil {
		return err
	}
	state, err := s.state.apply(&plc.State{RotationKeys: held.texts()}, s.development)
	if err != nil {
		return err
	}
	return s.submit(c, &proposal{op: &plc.Update{State: state}, history: &plc.History{}, may: state.RotationKeys}, held)
}

const identityUpdateLong = `Change what a did:plc stands for. What no flag names stays as it is. The log is
verified first; a FILE with it, as a directory answers /DID/log/audit, is enough for
--dry-run.

` + keyHelp

func (p *program) identityUpdateCommand() *cobra.Command {
	s := &submission{network: network{program: p}}
	c := &cobra.Command{
		Use:   "update DID|FILE",
		Short: "Change what a did:plc stands for",
		Long:  identityUpdateLong,
		Example: `  lexgen identity plc update did:plc:ewvi7nxzyoun6zhxrhs64oiz --key rotation.key \
    --handle alice.example.com --plc https://plc.example.com
  lexgen identity plc update audit.json --key rotation.key \
    --add-rotation-key did:key:zQ3s... --dry-run`,
		Annotations: exits(exitDone, exitRefused, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return s.update(c, args[0]) },
	}
	s.define(c)
	s.state.define(c)
	s.state.defineEdits(c)
	s.defineForce(c)
	return c
}

func (s *submission) update(c *cobra.Command, target string) error {
	h, held, err := s.current(c, target)
	if err != nil {
		return err
	}
	base := h.State()
	state, err := s.state.apply(base, s.development)
	if err != nil {
		return err
	}
	if len(changesOf(base, &state)) == 0 {
		return misuse("it changes nothing: --handle, --pds and other flags say what is to change\n%s", seeHelp(c))
	}
	return s.submit(c, &proposal{
		op: &plc.Update{State: state, Prev: h.Last().CID}, history: h, base: base, may: base.RotationKeys,
	}, held)
}

const identityTombstoneLong = `End a did:plc for good. Only a key of higher authority than the one that signs can
undo that, and no longer than 72 hours. It asks first.

` + keyHelp

func (p *program) identityTombstoneCommand() *cobra.Command {
	s := &submission{network: network{program: p}}
	c := &cobra.Command{
		Use:   "tombstone DID|FILE",
		Short: "End a did:plc for good",
		Long:  identityTombstoneLong,
		Example: `  lexgen identity plc tombstone did:plc:ewvi7nxzyoun6zhxrhs64oiz \
    --key rotation.key --plc https://plc.example.com`,
		Annotations: exits(exitDone, exitRefused, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return s.tombstone(c, args[0]) },
	}
	s.define(c)
	s.defineYes(c)
	return c
}

func (s *submission) tombstone(c *cobra.Command, target string) error {
	h, held, err := s.current(c, target)
	if err != nil {
		return err
	}
	base := h.State()
	return s.submit(c, &proposal{
		op: &plc.Tombstone{Prev: h.Last().CID}, history: h, base: base, may: base.RotationKeys,
		asks: "End " + string(h.DID) + " for good?",
	}, held)
}

// current reads the keys and the history of a DID that can be changed.
func (s *submission) current(c *cobra.Command, target string) (*plc.History, heldKeys, error) {
	h, held, err := s.read(c, target)
	if err == nil && h.State() == nil {
		err = &exitError{statusProblem, errTombstone}
	}
	return h, held, err
}

// read reads the keys and the history of a DID.
func (s *submission) read(c *cobra.Command, target string) (*plc.History, heldKeys, error) {
	if err := s.check(target); err != nil {
		return nil, nil, err
	}
	held, err := s.keys.read(s.world)
	if err != nil {
		return nil, nil, err
	}
	h, err := s.history(c.Context(), target)
	return h, held, err
}
