package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// isGit reports whether a source is written as a commit.
func isGit(text string) bool { return strings.HasPrefix(text, "git:") }

// baseOf returns the version to compare with that lexgen.yaml names, as the
// working directory sees it; empty if there is none. What names no commit is
// reported.
func baseOf(c *config.Config, report *diag.Report) string {
	text := c.Breaking.Against.Value
	if isGit(text) {
		if _, err := resolver.ParseGitSpec(text); err != nil {
			report.Error(diag.CodeConfigInvalid, c.Breaking.Against, err.Error())
		}
	}
	if text == "" || isGit(text) || isModule(text) || isNetworkBase(text) {
		return text
	}
	return c.Path(text)
}

// placedError is an error about a part of lexgen.yaml.
type placedError struct {
	error

	at diag.Spanner
}

// suppressionOf reads an entry of breaking: ignore:.
func suppressionOf(entry config.Ignored) (breaking.Suppression, *placedError) {
	s := breaking.Suppression{Rule: diag.Code(entry.Rule.Value), Reason: entry.Reason.Value, At: entry.At}
	if err := checkRule(s.Rule); err != nil {
		return s, &placedError{err, entry.Rule}
	}
	if strings.TrimSpace(s.Reason) == "" {
		return s, &placedError{errors.New("say why the change is accepted"), entry.Reason}
	}
	var err error
	if s.Pattern, err = resolver.ParsePattern(entry.In.Value); err != nil {
		return s, &placedError{err, entry.In}
	}
	if s.Until, err = time.Parse(time.DateOnly, entry.Until.Value); err != nil {
		return s, &placedError{errors.New("there is no such day"), entry.Until}
	}
	return s, nil
}

// checkRule refuses what is no code of a change that is reported.
func checkRule(code diag.Code) error {
	var names []string
	for _, rule := range breaking.Rules() {
		if rule.Reported() {
			names = append(names, string(rule.Code))
		}
	}
	if slices.Contains(names, string(code)) {
		return nil
	}
	return fmt.Errorf("no change has the code %q%s", code, didYouMean(string(code), names))
}
