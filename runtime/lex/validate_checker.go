package lex

import "fmt"

// A checker holds one value against one schema.
type checker struct {
	lenient bool // LX-31
	depth   int  // of the containers around
	path    Path // to where the check is
	// loose is positive inside of an object that the schema does not know: its
	// own type's constraints do not count, because a reader that lacks the
	// type could not check them.
	loose   int
	found   Violations
	stopped bool
	defect  *Error // in the description of a type, not in the value
}

// result returns the violations as an error, nil if there are none.
func (c *checker) result() error {
	switch {
	case c.defect != nil:
		return asError(c.defect)
	case len(c.found.List) > 0:
		return &c.found
	}
	return nil
}

// violatef notes a violation of a constraint.
func (c *checker) violatef(code RuleCode, format string, args ...any) {
	if c.loose == 0 {
		c.faultf(code, format, args...)
	}
}

// faultf notes a violation that no encoding could overlook.
func (c *checker) faultf(code RuleCode, format string, args ...any) {
	if c.stopped {
		return
	}
	if len(c.found.List) == MaxViolations {
		c.stop()
		return
	}
	c.found.List = append(c.found.List, Violation{
		Path:    append(Path{}, c.path...),
		Rule:    code,
		Message: fmt.Sprintf(format, args...),
	})
}

// stop ends the check though there is more.
func (c *checker) stop() { c.stopped, c.found.More = true, true }

// broken ends the check because a type is not described as it should be.
func (c *checker) broken(err *Error) {
	if c.defect == nil {
		c.defect = err
	}
	c.stopped = true
}

// at moves to a member of the object at hand. pop goes back.
func (c *checker) at(name string) *checker {
	c.path = append(c.path, Step{Name: name, Index: -1})
	return c
}

// item moves to an item of the array at hand. pop goes back.
func (c *checker) item(i int) *checker {
	c.path = append(c.path, Step{Index: i})
	return c
}

func (c *checker) pop() { c.path = c.path[:len(c.path)-1] }

// enter begins a container, unless it is one too many. leave ends it.
func (c *checker) enter() bool {
	if c.depth >= MaxDepth {
		c.faultf(RuleData, "%s", tooDeep().Reason)
		c.stop()
	}
	if c.stopped {
		return false
	}
	c.depth++
	return true
}

func (c *checker) leave() { c.depth-- }

// expected notes that a value has another type. null has a rule of its own.
func (c *checker) expected(what string, v any) {
	if v == nil {
		c.faultf(RuleNull, "null is not allowed")
		return
	}
	if name, ok := kindOf(v); ok {
		c.faultf(RuleType, "expected %s, found %s", what, name)
		return
	}
	c.faultf(RuleData, "%T is no type of the data model", v)
}

// missing notes that there is no value where one must be.
func (c *checker) missing() { c.faultf(RuleRequired, "required, but missing") }

// kindOf names the type of a value of the data model.
func kindOf(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "null", true
	case bool:
		return "a boolean", true
	case int64:
		return "an integer", true
	case string:
		return "a string", true
	case Bytes:
		return "bytes", true
	case Link:
		return "a link", true
	case []any:
		return "an array", true
	case map[string]any:
		if v[typeKey] == blobName {
			return "a blob", true
		}
		return "an object", true
	}
	return "", false
}
