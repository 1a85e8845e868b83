package lex

// checkBlob holds a blob against its rules.
func checkBlob(c *checker, x subject, rules Rules) {
	if x.isData() {
		c.checkBlobData(x.data, rules)
		return
	}
	blob := *at[*Blob](x.variable)
	if blob == nil {
		c.missing()
		return
	}
	c.checkBlobStruct(blob, rules)
}

func (c *checker) checkBlobStruct(x *Blob, rules Rules) {
	switch {
	case x.LegacyCID != "" && x.Size == legacySize:
		checkUTF8(c.at("cid"), x.LegacyCID)
		c.pop()
		c.checkLegacy()
	case x.LegacyCID != "":
		c.faultf(RuleData, "a blob with LegacyCID has the size %d, not %d", legacySize, x.Size)
	case x.Size < 0:
		c.faultf(RuleData, "a blob needs an integer that is not negative")
	default:
		checkLink(c.at("ref"), x.Ref)
		c.pop()
		c.checkMedia(x.MimeType, x.Size, rules)
	}
	checkUTF8(c.at("mimeType"), x.MimeType)
	c.pop()
	c.checkBlobExtra(x)
}

// checkBlobExtra checks the members that no blob has (LX-23).
func (c *checker) checkBlobExtra(x *Blob) {
	for _, key := range sortedKeys(x.Extra) {
		c.at(key)
		if isBlobMember(key, x.LegacyCID != "") {
			c.faultf(RuleData, "Extra has a member that is a field, too")
		} else {
			c.checkMember(key, x.Extra[key])
		}
		c.pop()
	}
}

// isBlobMember reports whether a blob of either form has the member anyway.
func isBlobMember(key string, legacy bool) bool {
	switch key {
	case "mimeType":
		return true
	case "cid":
		return legacy
	case typeKey, "ref", "size":
		return !legacy
	}
	return false
}

// checkBlobData is for the map of a blob of either form.
func (c *checker) checkBlobData(v any, rules Rules) {
	m, ok := v.(map[string]any)
	if !ok {
		c.expected("a blob", v)
		return
	}
	if _, named := m[typeKey]; !named && m["cid"] != nil {
		c.checkLegacyMap(m)
		return
	}
	if m[typeKey] != blobName {
		c.expected("a blob", v)
		return
	}
	if err := checkBlobMap(blobName, m); err != nil {
		c.faultf(RuleData, "%s", err.Reason)
		return
	}
	mimeType, _ := m["mimeType"].(string)
	size, _ := m["size"].(int64)
	c.checkMedia(mimeType, size, rules)
	c.checkMembers(m)
}

// checkLegacyMap is for {cid, mimeType}.
func (c *checker) checkLegacyMap(m map[string]any) {
	for _, key := range []string{"cid", "mimeType"} {
		if _, ok := m[key].(string); !ok {
			c.expected("a blob", m)
			return
		}
	}
	if m["cid"] == "" {
		c.faultf(RuleData, "the CID is empty")
		return
	}
	c.checkLegacy()
	c.checkMembers(m)
}

// checkLegacy refuses the legacy form in new data (DM-20).
func (c *checker) checkLegacy() {
	if !c.lenient {
		c.violatef(RuleLegacyBlob, "a blob of the legacy form, which is not written any more")
	}
}

// checkMedia is lenient with what the network already has (LX-31).
func (c *checker) checkMedia(mimeType string, size int64, rules Rules) {
	if c.lenient {
		return
	}
	if mimeType == "" {
		c.at("mimeType").violatef(RuleData, "the media type is empty")
		c.pop()
		return
	}
	rules.checkMedia(c, mimeType, size)
}
