package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lexgen/lexgen/templates"
)

// isKeyboard reports whether somebody types what is read.
func isKeyboard(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// questions asks somebody at a terminal for what no flag said.
type questions struct {
	in  *bufio.Reader
	out io.Writer
}

// questions returns nil where nobody is to be asked. From here on an interrupt
// ends the program at once: nothing is written while it waits for answers.
func (p *program) questions(c *cobra.Command) *questions {
	if !p.world.interactive(c.InOrStdin()) {
		return nil
	}
	if p.release != nil {
		p.release()
	}
	return &questions{in: bufio.NewReader(c.InOrStdin()), out: p.stderr}
}

var errNoAnswer = errors.New("no answer")

// ask asks until check accepts the answer, or there are no more. An answer of
// nothing is the proposal, which is shown unless it is empty.
func (q *questions) ask(question, proposal string, check func(answer string) error) (string, error) {
	if proposal != "" {
		question += " [" + templates.Visible(proposal) + "]"
	}
	for {
		if _, err := fmt.Fprintf(q.out, "%s: ", question); err != nil {
			return "", unwritable(err)
		}
		answer, err := q.line()
		if err != nil {
			return "", misuse("%s: %w", question, err)
		}
		if answer == "" {
			answer = proposal
		}
		err = check(answer)
		if err == nil {
			return answer, nil
		}
		tellf(q.out, "%v", err)
	}
}

// agree asks for yes or no.
func (q *questions) agree(question string) (bool, error) {
	answer, err := q.ask(question+" (yes or no)", "", func(answer string) error {
		if answer != "yes" && answer != "no" {
			return errors.New("answer yes or no")
		}
		return nil
	})
	return answer == "yes", err
}

// line reads one line, without white space around it.
func (q *questions) line() (string, error) {
	text, err := q.in.ReadString('\n')
	if err != nil {
		return "", errors.Join(errNoAnswer, dropEOF(err))
	}
	return strings.TrimSpace(text), nil
}

// dropEOF leaves out the end of the input, which is what having no answer is.
func dropEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
