package ir

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in capitals. The list is closed:
// adding a word would rename what is generated.
var initialisms = map[string]string{
	"api": "API", "cid": "CID", "css": "CSS", "did": "DID", "dns": "DNS", "html": "HTML", "http": "HTTP",
	"https": "HTTPS", "id": "ID", "ip": "IP", "json": "JSON", "jwt": "JWT", "nsid": "NSID", "tid": "TID",
	"ui": "UI", "uri": "URI", "url": "URL", "utf8": "UTF8", "uuid": "UUID", "xml": "XML",
	"cids": "CIDs", "dids": "DIDs", "ids": "IDs", "nsids": "NSIDs", "tids": "TIDs", "uris": "URIs", "urls": "URLs",
}

// GoName turns any text into an exported Go identifier, or into the later
// part of one. Letters and digits are kept, everything else separates words;
// each word begins with a capital, and initialisms are in capitals. Text
// without a letter or digit gives "". Names of more than 128 bytes are
// shortened, so that no schema makes long identifiers.
func GoName(text string) string {
	var b strings.Builder
	for _, word := range words(text) {
		if known, ok := initialisms[strings.ToLower(word)]; ok {
			b.WriteString(known)
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(first))
		b.WriteString(word[size:])
	}
	return shorten(b.String())
}

// maxName bounds the names that schemas call for, in bytes.
const maxName = 128

// shorten returns a name of at most maxName bytes. The end of a longer one is
// replaced by a hash of the whole, so that what it becomes does not depend on
// other names.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	mark := hex.EncodeToString(sum[:4])
	return cut(name, maxName-len(mark)) + mark
}

// cut returns at most limit bytes of text, and no part of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// exported makes name a valid exported identifier by itself: a name that
// begins with a digit, or with a letter that has no case, gets an X in front.
func exported(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	if name == "" || !unicode.IsUpper(first) {
		return "X" + name
	}
	return name
}

// words splits text at characters that no identifier has, and where a lower
// case letter or digit is followed by a capital, or a run of capitals ends
// (likeURIList: like, URI, List).
func words(text string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, string(word))
			word = word[:0]
		}
	}
	runes := []rune(text)
	for i, r := range runes {
		if !identifierRune(r) {
			flush()
			continue
		}
		if len(word) > 0 && unicode.IsUpper(r) {
			afterLower := !unicode.IsUpper(runes[i-1])
			beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterLower || beforeLower && !pluralEnd(runes, i) {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return list
}

// pluralEnd reports whether the capital at i and the rest are the end of a
// plural like URIs, which is one word.
func pluralEnd(runes []rune, i int) bool {
	if i+1 >= len(runes) || runes[i+1] != 's' {
		return false
	}
	return i+2 == len(runes) || !unicode.IsLower(runes[i+2])
}

// identifierRune reports whether Go allows r in an identifier. The replacement
// character stands for bytes that were no text.
func identifierRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
