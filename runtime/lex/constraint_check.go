package lex

import (
	"slices"
	"strconv"
	"strings"
)

// checkBool holds a boolean against the rules.
func (r Rules) checkBool(c *checker, v bool) {
	for _, rule := range r {
		if rule, ok := rule.(ConstBool); ok && v != bool(rule) {
			c.violatef(RuleConst, "%t is not %t", v, bool(rule))
		}
	}
}

// checkInt holds an integer against the rules.
func (r Rules) checkInt(c *checker, v int64) {
	for _, rule := range r {
		switch rule := rule.(type) {
		case Min:
			if v < int64(rule) {
				c.violatef(RuleMinimum, "%d is less than the minimum of %d", v, int64(rule))
			}
		case Max:
			if v > int64(rule) {
				c.violatef(RuleMaximum, "%d is more than the maximum of %d", v, int64(rule))
			}
		case EnumInt:
			if !slices.Contains(rule, v) {
				c.violatef(RuleEnum, "%d is none of %s", v, choice(rule, func(n int64) string { return strconv.FormatInt(n, 10) }))
			}
		case ConstInt:
			if v != int64(rule) {
				c.violatef(RuleConst, "%d is not %d", v, int64(rule))
			}
		}
	}
}

// checkString holds a text against the rules.
func (r Rules) checkString(c *checker, v string) {
	for _, rule := range r {
		switch rule := rule.(type) {
		case Format:
			checkFormat(c, rule, v)
		case MinBytes:
			atLeast(c, RuleMinLength, int64(len(v)), int64(rule), "byte", "bytes")
		case MaxBytes:
			atMost(c, RuleMaxLength, int64(len(v)), int64(rule), "byte", "bytes")
		case MinGraphemes:
			checkMinGraphemes(c, v, int64(rule))
		case MaxGraphemes:
			checkMaxGraphemes(c, v, int64(rule))
		case EnumString:
			if !slices.Contains(rule, v) {
				c.violatef(RuleEnum, "%s is none of %s", quote(v), choice(rule, quote))
			}
		case ConstString:
			if v != string(rule) {
				c.violatef(RuleConst, "%s is not %s", quote(v), quote(string(rule)))
			}
		}
	}
}

// checkBytes holds the length of a byte string against the rules.
func (r Rules) checkBytes(c *checker, n int) {
	for _, rule := range r {
		switch rule := rule.(type) {
		case MinBytes:
			atLeast(c, RuleMinLength, int64(n), int64(rule), "byte", "bytes")
		case MaxBytes:
			atMost(c, RuleMaxLength, int64(n), int64(rule), "byte", "bytes")
		}
	}
}

// checkItems holds the length of an array against the rules.
func (r Rules) checkItems(c *checker, n int) {
	for _, rule := range r {
		switch rule := rule.(type) {
		case MinItems:
			atLeast(c, RuleMinItems, int64(n), int64(rule), "item", "items")
		case MaxItems:
			atMost(c, RuleMaxItems, int64(n), int64(rule), "item", "items")
		}
	}
}

// checkMedia holds the media type and the size of a blob against the rules.
func (r Rules) checkMedia(c *checker, mimeType string, size int64) {
	for _, rule := range r {
		switch rule := rule.(type) {
		case Accept:
			if !slices.ContainsFunc(rule, func(pattern string) bool { return accepts(pattern, mimeType) }) {
				c.at("mimeType").violatef(RuleAccept, "%s is not accepted; accepted is %s", quote(mimeType), choice(rule, quote))
				c.pop()
			}
		case MaxSize:
			if size > int64(rule) {
				c.at("size").violatef(RuleMaxSize, "the blob has %d bytes, more than the maximum of %d", size, int64(rule))
				c.pop()
			}
		}
	}
}

// accepts reports whether a media type is of a pattern (LX-17).
func accepts(pattern, mimeType string) bool {
	if pattern == "*/*" {
		return true
	}
	if kind, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasSuffix(kind, "/") {
		return strings.HasPrefix(mimeType, kind)
	}
	return pattern == mimeType
}

func atLeast(c *checker, code RuleCode, n, limit int64, one, many string) {
	if n < limit {
		c.violatef(code, "%s, less than the minimum of %d", counted(n, one, many), limit)
	}
}

func atMost(c *checker, code RuleCode, n, limit int64, one, many string) {
	if n > limit {
		c.violatef(code, "%s, more than the maximum of %d", counted(n, one, many), limit)
	}
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// choice lists alternatives in a message, the first few of many.
func choice[E any](list []E, text func(E) string) string {
	words := make([]string, 0, min(len(list), maxListed+1))
	for i, e := range list {
		if i == maxListed {
			words = append(words, "...")
			break
		}
		words = append(words, text(e))
	}
	return strings.Join(words, ", ")
}
