package cli

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/lex"
)

// params reads the arguments KEY=VALUE. What is wrong with them is all said at once.
func (k *calling) params(args []string) (url.Values, error) {
	known := k.paramNames()
	texts := url.Values{}
	var faults []error
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		switch {
		case !ok || name == "":
			faults = append(faults, fmt.Errorf("%q is no parameter: want KEY=VALUE", arg))
		case !slices.Contains(known, name):
			faults = append(faults, fmt.Errorf("%s has no parameter %q%s", k.method.NSID, name, orOneOf(name, known)))
		}
		texts.Add(name, value)
	}
	if len(faults) > 0 {
		return nil, &exitError{statusUsage, errors.Join(faults...)}
	}
	read, err := k.endpoint.ReadParams(texts)
	if violations, ok := errors.AsType[*lex.Violations](err); ok {
		for _, v := range violations.List {
			faults = append(faults, fmt.Errorf("parameter %s: %s (%s)", strings.TrimPrefix(v.Path.String(), "$."), v.Message, v.Rule))
		}
		return nil, &exitError{statusUsage, errors.Join(faults...)}
	}
	return read, err
}

func (k *calling) paramNames() []string {
	var names []string
	for _, f := range k.endpoint.Params.Fields() {
		names = append(names, f.Name)
	}
	return names
}

// mostNear is how many names that may have been meant are told.
const mostNear = 3

// orOneOf adds to an unknown name those that may have been meant, or all if none is
// near.
func orOneOf(name string, known []string) string {
	if near := diag.Nearest(name, known, mostNear); len(near) > 0 {
		return "; did you mean " + strings.Join(near, ", ") + "?"
	}
	if len(known) == 0 {
		return ", and no other"
	}
	return "; it has " + strings.Join(known, ", ")
}
