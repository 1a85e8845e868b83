package crypto_test

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/crypto"
)

func ExamplePublicKey_Verify() {
	private, err := crypto.ParsePrivateKeyHex(crypto.K256, "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c")
	if err != nil {
		panic(err)
	}
	commit := []byte("the encoded commit, without its signature")
	sig, err := private.Sign(commit)
	if err != nil {
		panic(err)
	}

	// Who verifies reads the key once and keeps it.
	key, err := crypto.ParseDIDKey("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme")
	if err != nil {
		panic(err)
	}
	fmt.Println(key.Verify(commit, sig))

	err = key.Verify([]byte("another commit"), sig)
	fmt.Println(errors.Is(err, crypto.ErrMismatch), err)
	// Output:
	// <nil>
	// true invalid signature: it does not match the message and the key
}

func ExampleGenerateKey() {
	private, err := crypto.GenerateKey(crypto.K256, nil)
	if err != nil {
		panic(err)
	}
	saved := private.Hex() // where nobody else reads

	again, err := crypto.ParsePrivateKeyHex(crypto.K256, saved)
	fmt.Println(again.Equal(private), err)
	// Output: true <nil>
}

func ExampleParseVerificationMethod() {
	// Two members of a verification method in an old DID document.
	key, err := crypto.ParseVerificationMethod("EcdsaSecp256r1VerificationKey2019", "zxdM8dSstjrpZaRUwBmDvjGXweKuEMVN95A9oJBFjkWMh")
	fmt.Println(key.Curve(), key, err)

	_, err = crypto.ParseVerificationMethod("Ed25519VerificationKey2020", "z6Mkh")
	fmt.Println(errors.Is(err, crypto.ErrUnsupported), err)
	// Output:
	// P-256 did:key:zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo <nil>
	// true invalid verification method: its type is neither Multikey nor one of the two old ones
}

func ExamplePrivateKey() {
	private, err := crypto.ParsePrivateKeyHex(crypto.K256, "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c")
	config := struct {
		Host string
		key  *crypto.PrivateKey
		Key  crypto.PrivateKey
	}{"pds.example.com", nil, *private}
	fmt.Printf("%+v %v\n", config, err)
	// Output: {Host:pds.example.com key:<nil> Key:private key of did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme} <nil>
}
