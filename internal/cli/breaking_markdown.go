package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/lexgen/lexgen/resolver/breaking"
	"github.com/lexgen/lexgen/templates"
)

// markdown renders all changes as a section of a changelog.
func markdown(against string, found *breaking.Report, version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Changes of lexicons since %s\n\n%s.\n", plainMarkdown(against), capital(plainMarkdown(version)))
	for _, section := range []struct {
		title string
		has   func(*breaking.Finding) bool
	}{
		{"Breaking", func(f *breaking.Finding) bool { return f.Suppressed == nil && f.Released == breaking.Breaking }},
		{"Breaking what is not released", func(f *breaking.Finding) bool {
			return f.Suppressed == nil && f.Verdict == breaking.Breaking && f.Released != breaking.Breaking
		}},
		{"Risky", func(f *breaking.Finding) bool { return f.Suppressed == nil && f.Verdict == breaking.Risky }},
		{"Compatible", func(f *breaking.Finding) bool { return f.Verdict == breaking.Compatible }},
		{"Accepted", func(f *breaking.Finding) bool { return f.Suppressed != nil }},
	} {
		writeSection(&b, section.title, found, section.has)
	}
	return b.String()
}

// writeSection writes the changes of one kind, if there are any.
func writeSection(b *strings.Builder, title string, found *breaking.Report, has func(*breaking.Finding) bool) {
	begun := false
	for _, f := range found.Findings {
		if !has(f) {
			continue
		}
		if !begun {
			fmt.Fprintf(b, "\n### %s\n\n", title)
			begun = true
		}
		fmt.Fprintf(b, "- %s\n", item(f))
	}
}

// item is one change as text.
func item(f *breaking.Finding) string {
	text := plainMarkdown(f.Place()) + ": " + plainMarkdown(f.What)
	if why := f.Why(); why != "" {
		text += "; " + plainMarkdown(why)
	}
	if f.Verdict != breaking.Compatible {
		text += fmt.Sprintf(" (%s, %s)", f.Rule.Code, f.Rule.Cites)
	}
	if f.Suppressed != nil {
		text += fmt.Sprintf(". Accepted until %s: %s", f.Suppressed.Until.Format(time.DateOnly), plainMarkdown(f.Suppressed.Reason))
	}
	return text
}

// plainMarkdown escapes what Markdown and HTML would take for more than text.
func plainMarkdown(text string) string {
	var b strings.Builder
	for _, r := range templates.Visible(text) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '@':
			b.WriteString("&#64;") // which names somebody on a forge
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune("\\`*_[]&|~!>", r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
