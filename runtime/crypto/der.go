package crypto

// DER tags of what an ECDSA signature is made of.
const (
	derSequence = 0x30
	derInteger  = 0x02
)

// maxDERSize is the greatest size of a signature in DER: three heads of two
// bytes, and two numbers of 32 bytes with a zero before each.
const maxDERSize = 3*2 + 2*(1+scalarSize)

// appendDER appends sig in the form SEQUENCE { r INTEGER, s INTEGER } to b.
func appendDER(b []byte, sig [SignatureSize]byte) []byte {
	start := len(b)
	b = append(b, derSequence, 0)
	b = appendDERInteger(b, sig[:scalarSize])
	b = appendDERInteger(b, sig[scalarSize:])
	b[start+1] = byte(len(b) - start - 2)
	return b
}

// appendDERInteger appends the positive number n, big-endian, to b.
func appendDERInteger(b, n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if n[0] < 0x80 {
		b = append(b, derInteger, byte(len(n)))
	} else { // a zero keeps the number positive
		b = append(b, derInteger, byte(len(n)+1), 0)
	}
	return append(b, n...)
}

// looksDER reports whether b begins like a DER sequence that ends where b does.
func looksDER(b []byte) bool {
	return len(b) > 2 && b[0] == derSequence && int(b[1]) == len(b)-2
}
