package cli

import (
	"bytes"
	"testing"
)

func TestALogHasNoCommands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain: text\n":                     "plain: text\n",
		"::error::x\n":                      "<U+003A>:error::x\n",
		"a\n \t\u00a0::stop-commands::x":    "a\n \t\u00a0<U+003A>:stop-commands::x",
		"a ::error::x":                      "a ::error::x",
		"a ##[error]x ##[add-mask]y\n##[z]": "a ##<U+005B>error]x ##<U+005B>add-mask]y\n##<U+005B>z]",
		"":                                  "",
	} {
		var log bytes.Buffer
		if n, err := (actionsLog{&log}).Write([]byte(text)); err != nil || n != len(text) || log.String() != want {
			t.Errorf("%q: %d bytes, %v, got %q, want %q", text, n, err, log.String(), want)
		}
	}
}
