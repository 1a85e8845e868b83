package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/output"
	"github.com/lexgen/lexgen/parser/diag"
)

const genLong = `Generate Go from Lexicon schemas.

What to generate stands in lexgen.yaml, which is looked for in the working
directory and then in its parents up to the go.mod. With --lexicons no lexgen.yaml
is read, and the flags say everything.

A source is a folder, a file, or a folder in a Go module, written
go:MODULE@VERSION/PATH; without @VERSION the module must be in go.mod. An id in an
earlier source hides the same id in later ones. Without --select everything in all
sources is generated.

Flags win over lexgen.yaml: --out, --module, --docs, --strict, --select and
--exclude replace what it says, --package and --import replace or add prefixes.

Only files that lexgen wrote are replaced or removed, and only if they change. If
there is an error nothing is written. go.mod is never changed. A run with nothing
to do ends at once; what it merged or hid is told again under -v.`

const genExample = `  lexgen gen
  lexgen gen --check
  lexgen gen --lexicons lexicons --out api --select 'com.example.*'
  lexgen gen --lexicons lexicons --lexicons go:example.com/atproto@v1.2.0/lexicons \
      --out api --import com.atproto=example.com/atproto/api/comatproto
  //go:generate go tool lexgen gen`

func (p *program) genCommand() *cobra.Command {
	g := &generation{program: p}
	c := &cobra.Command{
		Use:         "gen",
		Short:       "Generate Go from Lexicon schemas",
		Long:        genLong,
		Example:     genExample,
		Annotations: exits(exitFine, exitProblem, exitUsage, exitInternal, exitInterrupted),
		Args:        noArguments,
	}
	g.flags.define(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		g.flags.changed = c.Flags().Changed
		p.verbose = g.flags.verbose
		return g.run(c.Context())
	}
	return c
}

// generation is one run of gen.
type generation struct {
	*program

	flags   genFlags
	printer diag.Printer
	start   time.Time
}

func (g *generation) run(ctx context.Context) error {
	g.start = g.world.now()
	if err := g.flags.check(); err != nil {
		return err
	}
	if err := g.choosePrinter(); err != nil {
		return err
	}
	report := &diag.Report{}
	s, err := g.settings(ctx, report)
	if err != nil {
		return g.failed(err)
	}
	if report.HasErrors() {
		return g.refused(report)
	}
	result, err := g.pipeline(ctx, s)
	if err != nil {
		return g.failed(statusOfRun(err, s.out))
	}
	return g.report(s, result)
}

// pipeline runs the pipeline, with a progress line if it takes long.
func (g *generation) pipeline(ctx context.Context, s *settings) (*gen.Result, error) {
	line := newProgress(g.world, g.stderr)
	defer line.stop()
	stamps, fingerprint := g.shortcut()
	return gen.Run(ctx, gen.Config{
		Sources:     s.sources,
		Select:      s.selects,
		Exclude:     s.excludes,
		Places:      s.places,
		Out:         s.out,
		Packages:    s.packages,
		Strict:      s.strict,
		Check:       g.flags.compare,
		Stamps:      stamps,
		Fingerprint: fingerprint,
		Progress:    line.step,
	})
}

// shortcut returns what lets a run with nothing to do end at once; nothing
// under -v, which is to tell what only a whole run finds.
func (g *generation) shortcut() (output.Stamps, string) {
	if g.verbose {
		return output.Stamps{}, ""
	}
	return g.world.stamps(), g.world.fingerprint()
}
