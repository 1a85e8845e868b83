// Package crypto has the keys and signatures of AT Protocol: ECDSA with
// SHA-256 over the curves K-256 (secp256k1) and P-256 (secp256r1) (CR-01).
//
// A [PublicKey] is parsed once, from the text that an identity publishes
// ([ParseDIDKey], [ParseMultikey], [ParseVerificationMethod]) or from its bytes
// ([ParsePublicKey]), and verifies any number of messages. Nothing that is
// signed says its curve: the key does (CR-08).
//
// A [PrivateKey] comes from [GenerateKey] or from one of the forms in which
// others keep keys ([ParsePrivateKey], [ParsePrivateKeyHex],
// [ParsePrivateMultikey]), and signs. Its value appears only where it is asked
// for by method, and in no log, document or error. What else can sign, such as
// a key management service, is a [Signer].
//
// A signature is 64 bytes: the numbers r and s, each 32 bytes big-endian
// (CR-02), with s in the lower half of its range (CR-03). Signatures are
// deterministic (RFC 6979). [PublicKey.Verify] accepts nothing else;
// [PublicKey.VerifyJWT] also accepts an s in the upper half.
//
// All errors about input are of type [Error]. No error repeats what was read,
// because that may be a private key in the wrong place. Keys are immutable and
// shared between goroutines freely. Nil, as from a failed parse, and their zero
// values are no keys: they verify and sign nothing, and have no text.
package crypto
