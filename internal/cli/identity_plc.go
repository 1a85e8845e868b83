package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// publicDirectory is what commands ask that change nothing.
const publicDirectory = plc.PublicDirectory

const identityPLCLong = `Make keys and operations of did:plc, submit them to a directory, and verify its logs.

An operation is shown before it is sent; with --dry-run it is printed as JSON and
not sent. There is no default for where to send it: --plc names the directory, and
` + plc.PublicDirectory + ` is the one of the AT Protocol network. What it takes is
public for good.

` + keyHelp

const identityPLCExample = `  lexgen identity plc keygen --out rotation.key
  lexgen identity plc create --key rotation.key --handle alice.test \
    --pds https://pds.example.com --signing-key did:key:zQ3s... --dry-run
  lexgen identity plc update did:plc:ewvi7nxzyoun6zhxrhs64oiz --key rotation.key \
    --handle alice.example.com --plc https://plc.example.com`

func (p *program) identityPLCCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:         "plc COMMAND",
		Short:       "Make, change, recover and verify identities of did:plc",
		Long:        identityPLCLong,
		Example:     identityPLCExample,
		Annotations: exits(exitDone, exitRefused, exitUsage, exitUnwritable, exitStopped),
	},
		p.identityKeygenCommand(), p.identityCreateCommand(), p.identityUpdateCommand(), p.identityTombstoneCommand(),
		p.identityRecoverCommand(), p.identityVerifyCommand(),
	)
}

const identityVerifyLong = `Check the log of a did:plc against every rule: that the DID is that of its first
operation, the CID and signature of each, that the key which signed might do so,
what was undone and whether that was in time. A FILE has a log as a directory
answers /DID/log/audit, or lines of its export, with any number of DIDs, each from
its first operation on.

Every violation is printed, with its operation and the rule by its ID. What follows
on an operation that breaks a rule breaks one, too.`

func (p *program) identityVerifyCommand() *cobra.Command {
	v := &network{program: p}
	c := &cobra.Command{
		Use:   "verify DID|FILE",
		Short: "Check logs of did:plc against every rule",
		Long:  identityVerifyLong,
		Example: `  lexgen identity plc verify did:plc:ewvi7nxzyoun6zhxrhs64oiz
  lexgen identity plc verify audit.json
  lexgen identity plc verify export.jsonl`,
		Annotations: exits(exitDone, exitUntrue, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return v.verify(c.Context(), args[0]) },
	}
	v.define(c, publicDirectory)
	return c
}

// verify prints what is wrong with the log of a DID, or those in a file.
func (n *network) verify(ctx context.Context, arg string) error {
	if err := n.check(); err != nil {
		return err
	}
	logs, violations, err := n.logs(ctx, arg)
	if err != nil {
		return err
	}
	operations := 0
	for _, a := range logs {
		if err := ctx.Err(); err != nil {
			return err
		}
		operations += len(a.log)
		violations = append(violations, a.violations()...)
	}
	for _, text := range violations {
		if err := n.line(text); err != nil {
			return err
		}
	}
	if len(violations) > 0 {
		return &exitError{statusProblem, fmt.Errorf("%s: %s", arg, count(len(violations), "violation", "violations"))}
	}
	tellf(n.stderr, "%s: %s of %s, no violations", arg, count(operations, "operation", "operations"), count(len(logs), "DID", "DIDs"))
	return nil
}

// logs returns the log of a DID, or those in a file with what cannot be read there.
func (n *network) logs(ctx context.Context, arg string) (logs []*auditedLog, faults []string, err error) {
	if !isLogOfDID(arg) {
		return readLogs(arg)
	}
	log, err := n.fetchLog(ctx, arg)
	return []*auditedLog{log}, nil, err
}
