package crypto

import (
	"fmt"
	"io"
	"log/slog"
)

// String returns a text that names the public key, and not k.
func (k PrivateKey) String() string {
	public := k.PublicKey()
	if public.point == nil {
		return "no private key"
	}
	return "private key of " + public.DIDKey()
}

// Format writes String, whatever the verb and its flags are.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue returns String for a log.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText always fails, and so do encodings of documents with k in them: a
// key is written only by who asks for its value.
func (k PrivateKey) MarshalText() ([]byte, error) {
	return nil, unsupportedf(privateKeyWhat, "it cannot be marshaled: write its Bytes, Hex or Multikey where it is safe")
}
