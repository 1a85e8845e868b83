package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

const (
	typeHead = "relay_backup"
	typeEnd  = "relay_backup_end"
	version  = 1
)

// maxLine bounds a line, in bytes: a frame is 5 MB at most, and a third more in base64.
const maxLine = 16 << 20

type head struct {
	Type    string `json:"type"`
	Version int    `json:"version"`
}

type tableLine struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

type end struct {
	Type   string `json:"type"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// binary is the form of bytes.
type binary struct {
	Base64 []byte `json:"base64"`
}

func encoded(values []any) []any {
	out := make([]any, len(values))
	for i, value := range values {
		if b, ok := value.([]byte); ok {
			value = binary{b}
		}
		out[i] = value
	}
	return out
}

func decoded(line []byte) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	values := make([]any, len(parts))
	for i, part := range parts {
		var err error
		switch {
		case bytes.HasPrefix(part, []byte("{")):
			var b binary
			err = json.Unmarshal(part, &b)
			values[i] = append([]byte{}, b.Base64...)
		case bytes.HasPrefix(part, []byte(`"`)):
			var text string
			err = json.Unmarshal(part, &text)
			values[i] = text
		default:
			values[i], err = strconv.ParseInt(string(part), 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("read value %d of a row: %w", i+1, err)
		}
	}
	return values, nil
}
