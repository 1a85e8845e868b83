package cli

import (
	"errors"
	"strings"
)

// tokenVariable is the variable of the environment with a token.
const tokenVariable = "LEXGEN_TOKEN"

// maxToken is how long a file with a token may be, in bytes.
const maxToken = 16 << 10

// token returns what authorizes the call, "" for nothing. No error repeats it.
func (k *calling) token() (string, error) {
	name, text := tokenVariable, k.world.getenv(tokenVariable)
	if k.tokenFile != "" {
		content, err := readPrivate(k.tokenFile, "token", maxToken+1)
		if err != nil {
			return "", problemWith(k.tokenFile, err)
		}
		if name, text = k.tokenFile, string(content); strings.TrimSpace(text) == "" {
			return "", problemWith(name, errors.New("the file has no token"))
		}
	}
	token := strings.TrimSpace(text)
	if len(text) > maxToken || strings.ContainsFunc(token, isNoToken) {
		return "", problemWith(name, errors.New("no token: want one word of ASCII characters"))
	}
	return token, nil
}

// isNoToken reports whether a character cannot be in a token.
func isNoToken(r rune) bool { return r <= ' ' || r > '~' }
