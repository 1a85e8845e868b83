package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// submission is one run of a command that submits an operation.
type submission struct {
	network

	keys               keyFlags
	state              stateFlags
	dryRun, force, yes bool
}

func (s *submission) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s.keys.define(c)
	s.network.define(c, "")
	c.Flags().BoolVar(&s.dryRun, "dry-run", false, "send nothing, and print the signed operation as JSON")
}

func (s *submission) defineForce(c *cobra.Command) {
	c.Flags().BoolVar(&s.force, "force", false, "give up the last rotation key that is yours")
}

func (s *submission) defineYes(c *cobra.Command) {
	c.Flags().BoolVar(&s.yes, "yes", false, "do not ask")
}

// check refuses a command line that does not say where to read and to send.
func (s *submission) check(target string) error {
	if err := s.network.check(); err != nil {
		return err
	}
	if s.plc != "" || s.dryRun && !isLogOfDID(target) {
		return nil
	}
	if s.dryRun {
		return misuse("--plc names the directory that has the log of %s; a file with it does, too", target)
	}
	return misuse("--plc names the directory to send it to, such as %s; or --dry-run sends nothing", plc.PublicDirectory)
}

// proposal is an operation that is not signed yet.
type proposal struct {
	op      plc.Operation
	history *plc.History // as it is now; empty for a first operation
	base    *plc.State   // which it follows on; nil for a first operation
	may     []string     // the keys that may sign, as did:key, the highest authority first
	undoes  []int        // the steps that it undoes
	asks    string       // what to be asked before it is sent; "" for nothing
}

// before returns what the DID stands for now, nil for nothing.
func (p *proposal) before() *plc.State {
	if len(p.history.Steps) == 0 {
		return nil
	}
	return p.history.State()
}

var errGivenUp = errors.New("with it none of the keys given is a rotation key, and you can change nothing any more: --force does it nevertheless")

// guard refuses what one would regret.
func (s *submission) guard(p *proposal, held heldKeys) error {
	after := plc.StateAfter(p.op)
	if after == nil {
		return nil
	}
	if err := after.CheckStrict(); err != nil {
		// Old accounts may go on as they are: a recovery must not fail for that.
		if p.base == nil || p.base.CheckStrict() == nil || len(after.RotationKeys) == 0 {
			return refusal(err)
		}
		tellf(s.stderr, "warning: %s; what the DID stood for before breaks a rule, too", strings.TrimPrefix(err.Error(), "plc: "))
	}
	if !held.in(after.RotationKeys) && !s.force {
		return &exitError{statusProblem, errGivenUp}
	}
	return nil
}

// refusal is the failure of an operation that breaks a rule.
func refusal(err error) error {
	return &exitError{statusProblem, errors.New(strings.TrimPrefix(err.Error(), "plc: "))}
}

// submit signs an operation, shows it, and sends it if it is meant to be.
func (s *submission) submit(c *cobra.Command, p *proposal, held heldKeys) error {
	key, err := held.highest(p.may)
	if err != nil {
		return &exitError{statusProblem, err}
	}
	if err := s.guard(p, held); err != nil {
		return err
	}
	result, err := s.try(p, key)
	if err != nil {
		return refusal(err)
	}
	s.show(p, result, key)
	s.warn(p, held)
	if s.dryRun {
		tellf(s.stderr, "nothing was sent")
		return s.printJSON(p.op)
	}
	ctx, err := s.confirm(c, p.asks)
	if err != nil {
		return err
	}
	return s.send(ctx, p, result)
}

// try signs an operation, and applies it as the directory will. Between an operation
// and the next its clock moves on, whatever ours shows.
func (s *submission) try(p *proposal, key *heldKey) (account, error) {
	moment := s.world.now()
	if n := len(p.history.Steps); n > 0 && !moment.After(p.history.Steps[n-1].CreatedAt) {
		moment = p.history.Steps[n-1].CreatedAt.Add(time.Millisecond)
	}
	if err := plc.Sign(p.op, key); err != nil {
		return account{}, err
	}
	if err := plc.CheckLimits(p.op); err != nil {
		return account{}, err
	}
	h := p.history.Clone()
	_, err := h.Apply(p.op, moment)
	return accountAt(h, moment), err
}

// show says what the operation does.
func (s *submission) show(p *proposal, result account, key *heldKey) {
	last := len(result.Steps) - 1
	step := &result.Steps[last]
	facts := changesOf(p.before(), plc.StateAfter(p.op))
	if len(p.undoes) > 0 {
		facts = append(facts, fact{name: "undoes", text: stepsText(p.undoes)})
	}
	facts = append(facts,
		fact{name: "signed by", text: fmt.Sprintf("rotation key %d, in %s", step.Authority, key.name)},
		fact{name: "cid", text: step.CID.String()},
	)
	if u, ok := result.undos[last]; !ok {
		facts = append(facts, fact{name: "undo", text: "impossible: no key has a higher authority"})
	} else {
		facts = append(facts, fact{name: "undo", text: fmt.Sprintf("for %s, by %s", longText(plc.RecoveryWindow), keysBefore(len(u.Keys)))})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s\n", kindOf(p.op), result.DID)
	writeFacts(&b, facts)
	tellf(s.stderr, "%s", strings.TrimSuffix(b.String(), "\n"))
}

// keysBefore names the rotation keys of the highest authorities.
func keysBefore(n int) string {
	switch n {
	case 1:
		return "rotation key 0"
	case 2:
		return "rotation keys 0 and 1"
	default:
		return fmt.Sprintf("rotation keys 0 to %d", n-1)
	}
}

// warn says what somebody may not have meant.
func (s *submission) warn(p *proposal, held heldKeys) {
	before, after := p.before(), plc.StateAfter(p.op)
	if after == nil {
		return
	}
	if lacking := lacks(after); len(lacking) > 0 && (p.base == nil || len(lacks(p.base)) < len(lacking)) {
		tellf(s.stderr, "warning: with it the DID is that of no account: it has %s (ID-07)", and(lacking))
	}
	if before != nil {
		s.warnOfRank(before.RotationKeys, after.RotationKeys, held)
	}
	for _, i := range p.undoes {
		signer := p.history.Steps[i].Signer
		if slices.Contains(after.RotationKeys, signer) && held.of(signer) == nil {
			tellf(s.stderr, "warning: %s signed #%d and stays a rotation key: --remove-rotation-key takes it away", signer, i)
		}
	}
}

// warnOfRank says if keys that are not held get a higher authority than held ones.
func (s *submission) warnOfRank(before, after []string, held heldKeys) {
	first := func(keys []string) int {
		return slices.IndexFunc(keys, func(key string) bool { return held.of(key) != nil })
	}
	was, is := first(before), first(after)
	if was < 0 || is < 0 {
		return
	}
	for _, key := range after[:is] {
		if at := slices.Index(before, key); at < 0 || at > was {
			tellf(s.stderr, "warning: %s gets a higher authority than your keys: for %s it can undo what they sign", key, longText(plc.RecoveryWindow))
		}
	}
}

// confirm asks somebody at a terminal, and returns the context of what comes then:
// from the question on an interrupt ends the program, and the context no more.
func (s *submission) confirm(c *cobra.Command, question string) (context.Context, error) {
	ctx := c.Context()
	if err := ctx.Err(); err != nil || question == "" || s.yes {
		return ctx, err
	}
	q := s.questions(c)
	if q == nil {
		return nil, misuse("nobody is there to be asked, and it is not sent without: --yes does it")
	}
	yes, err := q.agree(question)
	if err != nil {
		return nil, err
	}
	if !yes {
		return nil, &exitError{statusProblem, errors.New("nothing was sent")}
	}
	return context.WithoutCancel(ctx), nil
}

// send hands the operation in, and prints what it is called: the DID that it makes,
// or its CID.
func (s *submission) send(ctx context.Context, p *proposal, result account) error {
	err := s.directory().Submit(ctx, result.DID, p.op)
	if err != nil {
		if mayBeTaken(err) {
			tellf(s.stderr, "it may have been taken nevertheless: lexgen identity history %s --plc %s says so", result.DID, s.plc)
		}
		return s.noAnswer(ctx, result.DID, err)
	}
	tellf(s.stderr, "submitted to %s", s.plc)
	if p.base == nil {
		return s.print(string(result.DID) + "\n")
	}
	return s.print(result.Last().CID.String() + "\n")
}

// mayBeTaken reports whether the directory may have taken an operation, although it
// was submitted with an error: there was neither an answer nor no connection.
func mayBeTaken(err error) bool {
	if refused, ok := errors.AsType[*plc.DirectoryError](err); ok {
		return refused.Status >= http.StatusInternalServerError
	}
	failed, ok := errors.AsType[*net.OpError](err)
	return !ok || failed.Op != "dial"
}
