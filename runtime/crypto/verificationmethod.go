package crypto

const verificationMethodWhat = "verification method"

// ParseVerificationMethod returns the key of a verification method of a DID
// document, of which typ and publicKeyMultibase are members. The type is
// Multikey or one of two that only old documents have (CR-06):
// EcdsaSecp256k1VerificationKey2019 or EcdsaSecp256r1VerificationKey2019. Their
// key is a point in base58btc without a codec, uncompressed or compressed. They
// are never written.
func ParseVerificationMethod(typ, publicKeyMultibase string) (*PublicKey, error) {
	if typ == "Multikey" {
		return parseMultikey(verificationMethodWhat, publicKeyMultibase)
	}
	for c, s := range suites {
		if typ == s.legacyType {
			b, err := decodeMultibase(verificationMethodWhat, publicKeyMultibase)
			if err != nil {
				return nil, err
			}
			return parsePublicKey(verificationMethodWhat, Curve(c), b)
		}
	}
	return nil, unsupportedf(verificationMethodWhat, "its type is neither Multikey nor one of the two old ones")
}
