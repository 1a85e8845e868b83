package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// gates runs lint, and breaking on what is published already, and refuses what they
// refuse, unless it is forced. What they tell is only told if they do.
func (r *publishing) gates(c *cobra.Command, list []compared, published []Published) error {
	var changed []string
	for _, l := range list {
		if l.standing == standsChanged {
			changed = append(changed, string(l.id))
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := r.kinds(list); err != nil {
		return err
	}
	err := r.gate("lint", func(g *generation) error {
		return (&linting{generation: g}).run(c, nil)
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	return r.gate("breaking", func(g *generation) error {
		g.flags.selects = changed
		return newBreaking(g, againstPublished, publishedSource{r.at.did, published}).run(c)
	})
}

// kinds refuses definitions of kinds that nobody may know: who reads lexicons strictly
// refuses all of one that has them.
func (r *publishing) kinds(list []compared) error {
	var faults []string
	for _, l := range list {
		report := &diag.Report{}
		parser.Parse(diag.NewFile(string(l.id), l.local.JSON), report)
		for _, d := range report.Diagnostics() {
			if d.Code == diag.CodeUnknownDefinition {
				faults = append(faults, fmt.Sprintf("%s: %s", l.id, strings.TrimSuffix(d.Message, " and is skipped")))
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	text := strings.Join(faults, "\n")
	if r.force == "" {
		return &exitError{statusProblem, fmt.Errorf("%s\nothers may refuse all of it; nothing was sent\n"+
			"lexgen lint says where it is; --force REASON publishes it nevertheless", text)}
	}
	r.passedOver = append(r.passedOver, "kinds")
	tellf(r.stderr, "%s\nforced: %s", text, r.force)
	return nil
}

// gate runs a command of that name as a part of this one.
func (r *publishing) gate(name string, run func(*generation) error) error {
	var told bytes.Buffer
	g := &generation{
		program: &program{args: []string{name}, stdout: &told, stderr: &told, world: r.world},
		flags:   genFlags{config: r.flags.config, lexicons: r.flags.lexicons, strict: r.flags.strict, format: "text"},
	}
	err := run(g)
	if err == nil || statusOf(err) == statusInterrupted {
		return err
	}
	if _, err := r.stderr.Write(told.Bytes()); err != nil {
		return unwritable(err)
	}
	if statusOf(err) != statusProblem {
		return err
	}
	if r.force == "" {
		return &exitError{statusProblem, fmt.Errorf("%s refuses: %w; nothing was sent\n--force REASON publishes it nevertheless", name, err)}
	}
	r.passedOver = append(r.passedOver, name)
	tellf(r.stderr, "%s refuses: %s\nforced: %s", name, strings.ReplaceAll(err.Error(), "\n", "; "), r.force)
	return nil
}
