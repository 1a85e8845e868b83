package lex

// checkUnknown is for values of type unknown (LX-20).
func checkUnknown(c *checker, x subject) {
	if !x.isData() {
		c.checkUnknownObject(*at[Object](x.variable))
		return
	}
	m, ok := x.data.(map[string]any)
	if !ok {
		c.expected("an object", x.data)
		return
	}
	name, _ := m[typeKey].(string)
	c.checkUnknownMap(name, m)
}

func (c *checker) checkUnknownObject(o Object) {
	if !c.checkPointer(o) {
		return
	}
	unknown, ok := o.(*UnknownObject)
	if !ok {
		c.checkTyped(o, false)
		return
	}
	c.checkUnknownType(unknown)
	c.checkUnknownMap(unknown.Type, unknown.Fields)
}

// checkUnknownType makes sure that the type is text and stands in one place.
func (c *checker) checkUnknownType(o *UnknownObject) {
	if _, ok := o.Fields[typeKey]; ok {
		c.faultf(RuleData, "Fields has the key $type, which belongs into Type")
	}
	checkUTF8(c.at(typeKey), o.Type)
	c.pop()
}

// checkUnknownMap checks the members of an object that no schema describes.
func (c *checker) checkUnknownMap(name string, m map[string]any) {
	if name == blobName {
		c.faultf(RuleType, "expected an object, found a blob")
		return
	}
	c.checkMembers(m)
}
