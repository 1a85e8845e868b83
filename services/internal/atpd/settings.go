package atpd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"github.com/lexgen/lexgen/parser/diag"
)

// A setting is a flag, a variable of the environment and a key of a file alike:
// the set of flags of a command is the table of all three. A flag wins over the
// environment, which wins over the file.
type settings struct {
	section string // of the file, and in the names of variables
	flags   *pflag.FlagSet
	file    *string // the path of the file
	environ []string
	origins map[string]string // what has set a flag, by its name; filled by resolve
}

// configFlag names the setting that says where the file is. It does not stand in
// the file.
const configFlag = "config"

// helpFlag is the one that cobra adds.
const helpFlag = "help"

// variable returns the variable of the environment that a flag stands for.
func (s *settings) variable(flag string) string {
	return "ATPD_" + strings.ToUpper(strings.ReplaceAll(s.section+"_"+flag, "-", "_"))
}

// describe adds to each flag's usage what else sets it.
func (s *settings) describe() {
	s.flags.VisitAll(func(f *pflag.Flag) { f.Usage += " [" + s.variable(f.Name) + "]" })
}

// resolve sets the flags that the command line does not set from the environment
// and the file. Variables of the section and keys that are no settings are errors.
func (s *settings) resolve() error {
	s.origins = map[string]string{}
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed { // also by a command below, whose flags Visit does not know
			s.origins[f.Name] = "--" + f.Name
		}
	})
	variables, err := s.variables()
	if err != nil {
		return err
	}
	if err := s.set(variables, s.variable); err != nil {
		return err
	}
	values, err := s.read()
	if err != nil {
		return err
	}
	return s.set(values, func(flag string) string { return *s.file + ": " + s.section + "." + flag })
}

// set sets flags from values by name, except those that are set already.
func (s *settings) set(values map[string]string, place func(flag string) string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if s.origins[name] != "" {
			continue
		}
		if err := s.flags.Set(name, values[name]); err != nil {
			return fmt.Errorf("%s: %w", place(name), err)
		}
		s.origins[name] = place(name)
	}
	return nil
}

// print writes all settings in the form of the file, each as shown has it, and with
// what has set it.
func (s *settings) print(w io.Writer, shown func(name, value string) string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s:\n", s.section)
	var err error
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == configFlag || f.Name == helpFlag {
			return
		}
		value := shown(f.Name, f.Value.String())
		if f.Value.Type() == "string" {
			quoted, failed := yaml.Marshal(value)
			value, err = strings.TrimSpace(string(quoted)), errors.Join(err, failed)
		}
		fmt.Fprintf(&text, "  %s: %s # %s\n", f.Name, value, cmp.Or(s.origins[f.Name], "default"))
	})
	if err != nil {
		return fmt.Errorf("print the settings: %w", err)
	}
	_, err = io.WriteString(w, text.String())
	return err
}

// variables returns the values of the environment by flag.
func (s *settings) variables() (map[string]string, error) {
	names := map[string]string{}
	s.flags.VisitAll(func(f *pflag.Flag) { names[s.variable(f.Name)] = f.Name })
	values := map[string]string{}
	for _, entry := range s.environ {
		variable, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, s.variable("")) {
			continue
		}
		name, ok := names[variable]
		if !ok {
			return nil, unknown("variable", variable, slices.Collect(maps.Keys(names)))
		}
		values[name] = value
	}
	return values, nil
}

// read returns the values of the file by flag.
func (s *settings) read() (map[string]string, error) {
	values := map[string]string{}
	if *s.file == "" {
		return values, nil
	}
	text, err := readConfig(*s.file)
	if err != nil {
		return nil, err
	}
	var sections map[string]map[string]any
	if err := yaml.Unmarshal(text, &sections); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", *s.file, err)
	}
	var names []string
	s.flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != configFlag {
			names = append(names, f.Name)
		}
	})
	for section := range sections {
		if section != s.section {
			return nil, fmt.Errorf("configuration %s: %w", *s.file, unknown("section", section, []string{s.section}))
		}
	}
	for key, value := range sections[s.section] {
		if !slices.Contains(names, key) {
			return nil, fmt.Errorf("configuration %s: %w", *s.file, unknown("key", key, names))
		}
		text, err := s.textOf(key, value)
		if err != nil {
			return nil, fmt.Errorf("configuration %s: key %q %w", *s.file, key, err)
		}
		values[key] = text
	}
	return values, nil
}

// textOf is a value of the file as a flag takes it: a plain one, or a list of such where
// the flag has a list.
func (s *settings) textOf(flag string, value any) (string, error) {
	list, ok := value.([]any)
	if !ok || s.flags.Lookup(flag).Value.Type() != listType {
		if !isPlain(value) {
			return "", errors.New("must have one plain value")
		}
		return fmt.Sprint(value), nil
	}
	texts := make([]string, len(list))
	for i, one := range list {
		if texts[i] = fmt.Sprint(one); !isPlain(one) {
			return "", errors.New("must have plain values")
		}
	}
	return strings.Join(texts, ","), nil
}

// listType is what pflag calls the type of a list.
const listType = "stringSlice"

func isPlain(value any) bool {
	switch value.(type) {
	case string, bool, uint64, int64, float64:
		return true
	}
	return false
}

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 256 << 10

func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("too large")}
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return text, nil
}

// unknown says that there is no such thing, and what may have been meant.
func unknown(what, name string, names []string) error {
	slices.Sort(names)
	if near := diag.Nearest(name, names, 1); len(near) > 0 {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, name, near[0])
	}
	return fmt.Errorf("unknown %s %q; there are %s", what, name, strings.Join(names, ", "))
}
