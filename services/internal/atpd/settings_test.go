package atpd

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// TestFlagsWinOverTheEnvironmentAndTheFile sets one setting in each place less
// than the one before.
func TestFlagsWinOverTheEnvironmentAndTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "atpd.yaml")
	const file = "plc:\n  a: file\n  b: file\n  c-d: file\n  wait: 1m\n  count: 7\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	a, b, c, d := flags.String("a", "", ""), flags.String("b", "", ""), flags.String("c-d", "", ""), flags.String("d", "default", "")
	wait, count := flags.Duration("wait", 0, ""), flags.Int64("count", 0, "")
	s := &settings{
		section: "plc", flags: flags, file: flags.String(configFlag, "", ""),
		environ: []string{"ATPD_PLC_A=environment", "ATPD_PLC_B=environment", "ATPD_PLC_CONFIG=" + path, "ATPD_OTHER=x"},
	}
	if err := flags.Parse([]string{"--a", "flag"}); err != nil {
		t.Fatal(err)
	}
	if err := s.resolve(); err != nil {
		t.Fatal(err)
	}
	if *a != "flag" || *b != "environment" || *c != "file" || *d != "default" || *wait != time.Minute || *count != 7 {
		t.Error(*a, *b, *c, *d, *wait, *count)
	}
}
