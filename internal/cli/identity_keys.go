package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// keyVariable is the variable of the environment with a private key.
const keyVariable = "LEXGEN_PLC_KEY"

// keyHelp says how private keys are given.
const keyHelp = `A private key is in a FILE, which only its owner may have access to, as
lexgen identity plc keygen writes it, or in the environment variable
` + keyVariable + ` if there is no --key: a private multikey, or 64 hexadecimal digits
for a key on K-256. It is never printed.`

// heldKey is a private rotation key of the user.
type heldKey struct {
	*crypto.PrivateKey

	name string // of the file or variable
	text string // did:key
}

// heldKeys are keys in the order in which they were given.
type heldKeys []heldKey

// keyFlags are the flags that give keys.
type keyFlags struct{ files []string }

func (k *keyFlags) define(c *cobra.Command) {
	c.Flags().StringArrayVar(&k.files, "key", nil, "sign with the private key in `FILE` (repeatable: the one of the highest authority signs)")
}

// read returns the keys.
func (k *keyFlags) read(w world) (heldKeys, error) {
	var held heldKeys
	for _, name := range k.files {
		key, err := readPrivateKey(name)
		if err != nil {
			return nil, problemWith(name, err)
		}
		held = append(held, heldKey{key, name, key.PublicKey().DIDKey()})
	}
	if text := w.getenv(keyVariable); text != "" && len(held) == 0 {
		key, err := parsePrivateKey(text)
		if err != nil {
			return nil, problemWith(keyVariable, err)
		}
		held = append(held, heldKey{key, keyVariable, key.PublicKey().DIDKey()})
	}
	if len(held) == 0 {
		return nil, misuse("no key to sign with: --key names a file with one, or %s has it", keyVariable)
	}
	return held, nil
}

// of returns the key with a text, nil if it is not held.
func (h heldKeys) of(text string) *heldKey {
	for i := range h {
		if h[i].text == text {
			return &h[i]
		}
	}
	return nil
}

// texts returns the keys as did:key.
func (h heldKeys) texts() []string {
	var texts []string
	for _, k := range h {
		texts = append(texts, k.text)
	}
	return texts
}

// highest returns the one of the highest authority among those that may sign.
func (h heldKeys) highest(mayBy []string) (*heldKey, error) {
	for _, text := range mayBy {
		if k := h.of(text); k != nil {
			return k, nil
		}
	}
	if len(mayBy) == 0 {
		return nil, errors.New("nobody can sign any more: there is no rotation key")
	}
	var lines []string
	for _, k := range h {
		lines = append(lines, k.name+" is "+k.text)
	}
	for i, text := range mayBy {
		lines = append(lines, fmt.Sprintf("rotation key %d is %s", i, text))
	}
	return nil, fmt.Errorf("none of the keys given may sign it\n%s", strings.Join(lines, "\n"))
}

// in reports whether one of the keys is among others.
func (h heldKeys) in(texts []string) bool {
	return slices.ContainsFunc(h, func(k heldKey) bool { return slices.Contains(texts, k.text) })
}
