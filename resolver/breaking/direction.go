package breaking

import (
	"math/bits"
	"strings"
)

// Directions is a set of the ways that data of a definition goes.
type Directions uint8

// The directions.
const (
	Record      Directions = 1 << iota // stored, and read by everybody at any time
	Input                              // sent by clients in the body of a request
	Output                             // read by clients in the body of a response
	Parameters                         // sent by clients in a URL
	Message                            // read by consumers of a stream
	Errors                             // names of errors, read by clients
	Permissions                        // asked for by apps, agreed to by users
	Unreached                          // named by nothing in the lexicons; others may use it anyhow

	directions = 8
)

const (
	// oldMeetsNew are the ways on which old data meets new software.
	oldMeetsNew = Record | Input | Parameters | Permissions | Unreached
	// newMeetsOld are the ways on which new data meets old software.
	newMeetsOld = Record | Output | Message | Errors | Permissions | Unreached
)

var directionNames = [directions]string{"record", "input", "output", "parameters", "message", "errors", "permissions", "unreached"}

// Each lists the directions of the set one by one.
func (d Directions) Each() []Directions {
	var list []Directions
	for i := range directions {
		if one := Directions(1) << i; d&one != 0 {
			list = append(list, one)
		}
	}
	return list
}

// String joins the names of the directions.
func (d Directions) String() string {
	var names []string
	for _, one := range d.Each() {
		names = append(names, directionNames[bits.TrailingZeros8(uint8(one))])
	}
	return strings.Join(names, ", ")
}

// consequence says what an effect does to data that goes one way; nothing if
// it does no harm there.
func consequence(effect Effect, way Directions) string {
	switch {
	case effect.Has(Removes):
		return "what refers to it breaks"
	case effect.Has(Tightens) && way&oldMeetsNew != 0:
		return tightened[way]
	case effect.Has(Relaxes) && way&newMeetsOld != 0:
		return relaxed[way]
	}
	return ""
}

var tightened = map[Directions]string{
	Record:      "stored records may be invalid now",
	Input:       "what clients send may be refused now",
	Parameters:  "what clients send may be refused now",
	Permissions: "apps lose what users have agreed to",
	Unreached:   "data that was valid may be invalid now",
}

var relaxed = map[Directions]string{
	Record:      "older software may refuse new records",
	Output:      "older clients may refuse responses",
	Message:     "older consumers may refuse messages",
	Errors:      "older clients may not know the error",
	Permissions: "apps get more than users have agreed to",
	Unreached:   "older software may refuse new data",
}
