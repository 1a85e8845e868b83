package crypto

// A Signer signs for a key that it may hold itself or not: a [PrivateKey], or a
// client of a key management service. A client that calls over a network brings
// its own context and time limits.
type Signer interface {
	// PublicKey returns the key that verifies what Sign returns.
	PublicKey() *PublicKey
	// Sign returns a signature of msg that [PublicKey.Verify] accepts. Services
	// mostly return DER and either s, both of which must be mended.
	Sign(msg []byte) ([]byte, error)
}
