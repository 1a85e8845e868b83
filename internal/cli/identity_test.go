package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
)

// noon is when the scripts of identities begin.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// TestIdentity runs the scripts of testdata/identity. Each line is a time since noon
// and a command:
//
//	TIME lexgen ARG...        run lexgen in a world in which it is that time
//	TIME let NAME             {NAME} stands for what the last run has printed, or for
//	                          the last line of it
//	TIME keep FILE            write what the last run has printed into a file
//	TIME dns NAME [TEXT...]   set the TXT records of a name
//	TIME legacy KEY HANDLE    make a DID as of 2022, which KEY signs for and may change
//	TIME log FILE FORM DID... write what the directory has into a file: audit (of one
//	                          DID), or numbered or timed lines of an export
//	TIME edit FILE OLD NEW    replace the first of a text in a file
//	TIME fault [KIND]         let the directory be wrong: redirect, lie, endless,
//	                          garbage or down
//
// $DIR stands for a folder with the other inputs, $PLC and $DNS for a directory and a
// DNS server on loopback, $ESC for an escape character, and %20 for a space. What is printed is the
// command, the exit status unless that is 0, and both outputs.
func TestIdentity_ID20_ID22_ID23_ID30_ID31_ID32_ID34_ID37_ID40_ID42_ID50_ID53_PD60_PD62_EP05(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/identity", func(t *testing.T, c *golden.Case) {
		s := &identityScript{t: t, network: newTestNetwork(t), dir: t.TempDir(), names: map[string]string{}}
		for name, text := range c.In {
			if name != "script" {
				write(t, filepath.Join(s.dir, name), text)
			}
		}
		for line := range strings.Lines(c.In["script"]) {
			if words := strings.Fields(line); len(words) > 0 {
				fmt.Fprintf(&s.out, "> %s\n", strings.Join(words, " "))
				s.run(words)
			}
		}
		c.Output("log", s.read(s.out.String()))
	})
}

type identityScript struct {
	t       *testing.T
	network *testNetwork
	dir     string
	names   map[string]string
	printed string // of the last run, to standard output
	out     strings.Builder
}

func (s *identityScript) run(words []string) {
	s.t.Helper()
	passed, err := time.ParseDuration(words[0])
	if err != nil {
		s.t.Fatal(err)
	}
	s.network.set(func() { s.network.now = noon.Add(passed) })
	args := words[2:]
	for i := range args {
		args[i] = s.write(args[i])
	}
	switch words[1] {
	case "lexgen":
		s.lexgen(args)
	case "let":
		lines := strings.Split(strings.TrimSpace(s.printed), "\n")
		s.names[args[0]] = lines[len(lines)-1]
	case "keep":
		write(s.t, filepath.Join(s.dir, args[0]), s.printed)
	case "dns":
		s.network.set(func() { s.network.records[args[0]] = args[1:] })
	case "legacy":
		key, err := readPrivateKey(filepath.Join(s.dir, args[0]))
		if err != nil {
			s.t.Fatal(err)
		}
		s.printed = string(s.network.legacy(s.t, key, args[1]))
	case "log":
		write(s.t, filepath.Join(s.dir, args[0]), s.network.log(s.t, args[1], args[2:]))
	case "edit":
		name := filepath.Join(s.dir, args[0])
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), args[1]) {
			s.t.Fatalf("%s has no %s: %v", args[0], args[1], err)
		}
		write(s.t, name, strings.Replace(string(text), args[1], args[2], 1))
	case "fault":
		if args = append(args, ""); args[0] == "down" {
			s.network.directory.Close()
		}
		s.network.set(func() { s.network.fault = args[0] })
	default:
		s.t.Fatalf("no command %s", words[1])
	}
}

// lexgen runs lexgen, which finds keys where the script says and nothing else.
func (s *identityScript) lexgen(args []string) {
	var stdout, stderr bytes.Buffer
	w := still()
	w.now = s.network.clock
	w.dial = osWorld().dial
	w.random = strings.NewReader(strings.Repeat("not random at all. ", 100))
	w.getenv = func(name string) string {
		text, _ := os.ReadFile(filepath.Join(s.dir, "env", name))
		return string(text)
	}
	p := &program{args: args, stdout: &stdout, stderr: &stderr, world: w}
	err := p.run(s.t.Context(), AllCommands)
	printError(&stderr, err)
	if status := statusOf(err); status != statusFine {
		fmt.Fprintf(&s.out, "exit status %d\n", status)
	}
	s.printed = stdout.String()
	s.out.WriteString(s.printed)
	s.out.WriteString(stderr.String())
}

// write replaces names by what they stand for.
func (s *identityScript) write(text string) string {
	for name, value := range s.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return strings.NewReplacer("$DIR", s.dir, "$ESC", "\x1b", "$PLC", s.network.directory.URL, "$DNS", s.network.dns, "%20", " ").Replace(text)
}

// read replaces what is different in each run by its name.
func (s *identityScript) read(text string) string {
	url := s.network.directory.URL
	return strings.NewReplacer(s.dir, "$DIR", url, "$PLC", s.network.dns, "$DNS", strings.TrimPrefix(url, "http://"), "$HOST").Replace(text)
}

// TestIdentityOfRealLogs reads the logs of the reference's interoperability tests.
func TestIdentityOfRealLogs_ID42(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]status{"valid": statusFine, "invalid": statusProblem} {
		names, err := filepath.Glob(filepath.Join(shared.Dir(t, "data", "plc", folder), "*.json"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no logs in %s: %v", folder, err)
		}
		for _, name := range names {
			got, out, told := run(t, "identity", "plc", "verify", name)
			if got != want || (out == "") != (want == statusFine) {
				t.Errorf("verify %s: status %d, want %d\n%s%s", name, got, want, out, told)
			}
			got, out, told = run(t, "identity", "history", name)
			if got != want || strings.HasPrefix(out, "did:plc:") != (want == statusFine) {
				t.Errorf("history %s: status %d, want %d\n%s%s", name, got, want, out, told)
			}
		}
	}
}
