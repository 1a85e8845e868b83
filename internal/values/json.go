package values

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// JSON returns the one canonical JSON text of a value: keys in the order of
// DAG-CBOR, no spaces, the shortest escapes, base64 without padding.
func JSON(v any) string {
	var b strings.Builder
	write(&b, v)
	return b.String()
}

func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case string:
		writeString(b, v)
	case Link:
		write(b, map[string]any{"$link": string(v)})
	case Bytes:
		write(b, map[string]any{"$bytes": base64.RawStdEncoding.EncodeToString(v)})
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			comma(b, i)
			write(b, item)
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for i, key := range keys(v) {
			comma(b, i)
			writeString(b, key)
			b.WriteByte(':')
			write(b, v[key])
		}
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("values: no JSON for %T", v))
	}
}

func comma(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

// writeString escapes what must be, in the shortest way.
func writeString(b *strings.Builder, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	b.WriteByte('"')
	for _, r := range s {
		switch escape, ok := short[r]; {
		case ok:
			b.WriteString(escape)
		case r < 0x20:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
