package car

import "io"

// maxVarint is the greatest length of a varint in bytes, as multiformats have
// it: 63 bits.
const maxVarint = 9

// readVarint reads an unsigned varint and returns its length, too. It refuses
// one that is not minimal or longer than maxVarint. It returns io.EOF only if
// there is no first byte.
func readVarint(in io.ByteReader) (value uint64, length int, err error) {
	for length < maxVarint {
		b, err := in.ReadByte()
		if err != nil {
			if length > 0 {
				err = truncated(err)
			}
			return 0, length, err
		}
		value |= uint64(b&0x7f) << (7 * length)
		length++
		if b < 0x80 {
			if b == 0 && length > 1 {
				return 0, length, malformedf("the length is written with more bytes than it needs")
			}
			return value, length, nil
		}
	}
	return 0, length, malformedf("the length is written with more than %d bytes", maxVarint)
}
