package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// WithSums returns the text of the file with the sums of some sources, by index
// in Sources, put in or replaced. Everything else stays byte for byte. The
// error names the first sum that cannot be put in at its place.
func (c *Config) WithSums(sums map[int]string) ([]byte, error) {
	var edits []edit
	for i, source := range c.Sources {
		sum, wanted := sums[i]
		if !wanted || source.Sum.Value == sum {
			continue
		}
		e, ok := c.sumEdits(source, sum)
		if !ok {
			return nil, c.byHand(source, sum)
		}
		edits = append(edits, e...)
	}
	text := apply(c.File.Source(), edits)
	again := Parse(diag.NewFile(c.File.Path(), text), &diag.Report{})
	for i, source := range c.Sources {
		want := source.Sum.Value
		if sum, ok := sums[i]; ok {
			want = sum
		}
		if i >= len(again.Sources) || again.Sources[i].Value != source.Value || again.Sources[i].Sum.Value != want {
			return nil, c.byHand(source, want)
		}
	}
	return text, nil
}

func (c *Config) byHand(source Source, sum string) error {
	at, _ := source.At.Range()
	return fmt.Errorf("%s:%d:%d: the sum cannot be put in here; write by hand: source: %s, sum: %s",
		c.File.Path(), at.Line, at.Column, source.Value, sum)
}

// edit replaces a range of bytes.
type edit struct {
	start, end int
	text       string
}

// apply makes edits that do not overlap.
func apply(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(out, src[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, src[at:]...)
}

// sumEdits returns the edits that give a source its sum, and whether its text
// lies so that there are any.
func (c *Config) sumEdits(source Source, sum string) ([]edit, bool) {
	text := source.At
	if strings.Contains(string(c.File.Source()[text.Start:text.End]), "\n") {
		return nil, false
	}
	switch {
	case source.Sum.Present():
		return []edit{{source.Sum.At.Start, source.Sum.At.End, sum}}, true
	case source.form == flowForm:
		return []edit{{text.End, text.End, ", sum: " + sum}}, true
	case source.form == blockForm:
		return []edit{c.lineBelow(text, source.key, "sum: "+sum)}, true
	case c.sourcesAreInline:
		return []edit{{text.Start, text.Start, "{source: "}, {text.End, text.End, ", sum: " + sum + "}"}}, true
	default:
		return []edit{{text.Start, text.Start, "source: "}, c.lineBelow(text, text, "sum: "+sum)}, true
	}
}

// lineBelow returns the edit that puts a line below that of a text, in the
// column of a key.
func (c *Config) lineBelow(text, key diag.Span, line string) edit {
	column, _ := key.Range()
	src := string(c.File.Source())
	end := len(src)
	if i := strings.IndexByte(src[text.End:], '\n'); i >= 0 {
		end = text.End + i
	}
	newline := "\n"
	if end > 0 && strings.HasSuffix(src[:end], "\r") {
		newline = "\r\n"
		end--
	}
	return edit{end, end, newline + strings.Repeat(" ", column.Column-1) + line}
}

// Replace writes a file at once: whoever reads it sees the old text or the new
// one. The file must exist; it keeps its permissions, and a symbolic link stays
// one.
func Replace(path string, data []byte) (err error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), "."+FileName+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name()) // best effort: the first error counts
		}
	}()
	_, writeErr := temporary.Write(data)
	if err := errors.Join(writeErr, temporary.Chmod(info.Mode().Perm()), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), target)
}
