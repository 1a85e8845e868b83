package atpd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
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

// values have a value for every setting of atpd plc other than its default.
var values = map[string]string{
	"database": "other.sqlite", "log-format": "json", "log-level": "debug", "listen": "127.0.0.1:1", "mirror": "https://plc.example",
	"mirror-timeout": "2s", "catch-up": "3h0m0s", "per-hour": "4", "connections": "5", "address-header": "X-Real-IP", "drain": "5s", "restore-skip": "6",
}

// TestAllSettingsCanBeSetInAllPlaces sets each by a flag, by a variable and in the
// file: the settings that count are the same.
func TestAllSettingsCanBeSetInAllPlaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "atpd.yaml")
	args, environ, file := []string{"plc", "config"}, []string{}, "plc:\n"
	for name, value := range values {
		args = append(args, "--"+name, value)
		environ = append(environ, "ATPD_PLC_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
		file += "  " + name + ": " + value + "\n"
	}
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	config := []string{"plc", "config", "--config", path}
	for name, got := range map[string]map[string]string{
		"flags": settingsOf(t, nil, args), "environment": settingsOf(t, environ, args[:2]), "file": settingsOf(t, nil, config),
		"all three": settingsOf(t, environ, append(args, config[2:]...)),
	} {
		if diff := cmp.Diff(values, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	defaults := settingsOf(t, nil, args[:2])
	for name, value := range values {
		if defaults[name] == value {
			t.Errorf("%s is %s by default, too", name, value)
		}
	}
}

// settingsOf runs a command line that prints the settings, and returns them.
func settingsOf(t *testing.T, environ, args []string) map[string]string {
	t.Helper()
	var out bytes.Buffer
	root := (&program{environ: func() []string { return environ }}).root()
	root.SetArgs(args)
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	var printed map[string]map[string]any
	if err := yaml.Unmarshal(out.Bytes(), &printed); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, value := range printed["plc"] {
		got[name] = fmt.Sprint(value)
	}
	return got
}
