package lex

import "unicode/utf8"

// checkData holds a value that no schema describes against the rules of the
// data model.
func checkData(c *checker, v any) {
	switch v := v.(type) {
	case nil, bool, int64, Bytes:
	case string:
		checkUTF8(c, v)
	case Link:
		checkLink(c, v)
	case []any:
		c.checkList(v)
	case map[string]any:
		c.checkMap(v)
	default:
		c.expected("", v)
	}
}

func (c *checker) checkList(list []any) {
	if !c.enter() {
		return
	}
	for i, v := range list {
		if c.stopped {
			break
		}
		checkData(c.item(i), v)
		c.pop()
	}
	c.leave()
}

// checkMap checks an object that may be a blob.
func (c *checker) checkMap(m map[string]any) {
	name, _ := m[typeKey].(string)
	if err := checkBlobMap(name, m); err != nil {
		c.faultf(RuleData, "%s", err.Reason)
	}
	c.checkMembers(m)
}

func (c *checker) checkMembers(m map[string]any) {
	if !c.enter() {
		return
	}
	for _, key := range sortedKeys(m) {
		if c.stopped {
			break
		}
		c.at(key).checkMember(key, m[key])
		c.pop()
	}
	c.leave()
}

// checkMember checks a member that no schema names.
func (c *checker) checkMember(key string, value any) {
	if !utf8.ValidString(key) {
		c.faultf(RuleData, "the name of a member is not UTF-8")
	}
	if err := checkMember(key, value); err != nil {
		c.faultf(RuleData, "%s", err.Reason)
		return
	}
	checkData(c, value)
}

// checkAny is for what the schema leaves open because it is broken.
func checkAny(c *checker, x subject) {
	if x.isData() {
		checkData(c, x.data)
	}
}
