// Package oracle has the types of the test lexicon as somebody would write
// them for cbor-gen, and the code that cbor-gen makes for them. Tests compare
// its bytes with those of lexgen's types.
//
// Every construct that cbor-gen can express and the AT Protocol's data model
// can hold is here at least once. Not here are: big.Int, which has tag 2;
// null inside of arrays; and tuples of different types, which no Lexicon
// describes. Beyond has those, to prove that they are refused.
package oracle
