package syntax

// The names of the string formats of the Lexicon language.
const (
	FormatAtIdentifier = "at-identifier"
	FormatATURI        = "at-uri"
	FormatCID          = "cid"
	FormatDatetime     = "datetime"
	FormatDID          = "did"
	FormatHandle       = "handle"
	FormatLanguage     = "language"
	FormatNSID         = "nsid"
	FormatRecordKey    = "record-key"
	FormatTID          = "tid"
	FormatURI          = "uri"
)

// formats holds the scanner of each format in its most permissive form
// (SY-28), sorted by name.
var formats = [...]struct {
	name string
	scan func(string) fault
}{
	{FormatAtIdentifier, scanAtIdentifier},
	{FormatATURI, scanATURI},
	{FormatCID, scanCID},
	{FormatDatetime, scanDatetime},
	{FormatDID, scanDID},
	{FormatHandle, scanHandle},
	{FormatLanguage, scanLanguageTag},
	{FormatNSID, scanNSID},
	{FormatRecordKey, scanRecordKey},
	{FormatTID, scanTID},
	{FormatURI, scanURI},
}

// Formats returns the names of the formats that [Check] knows, sorted, in a
// new slice.
func Formats() []string {
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// ValidFormat reports whether name is the name of a format that [Check]
// knows.
func ValidFormat(name string) bool { return scanner(name) != nil }

// Check returns nil if text is of the format of that name, else an *[Error].
// It accepts the most permissive form of each format, as Lexicon validation
// demands (SY-28): a language tag with duplicate subtags, a DID of any method,
// a handle under a reserved domain. A format that is not known constrains
// nothing.
func Check(format, text string) error {
	scan := scanner(format)
	if scan == nil {
		return nil
	}
	if f := scan(text); f.found() {
		return newError(format, text, f)
	}
	return nil
}

// scanner returns the scanner of a format, or nil if there is no such format.
func scanner(format string) func(string) fault {
	for i := range formats {
		if formats[i].name == format {
			return formats[i].scan
		}
	}
	return nil
}
