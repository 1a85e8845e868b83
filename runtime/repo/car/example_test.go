package car_test

import (
	"bytes"
	"fmt"

	"github.com/lexgen/lexgen/runtime/repo/car"
)

func ExampleReader_Blocks() {
	file := bytes.NewReader(sample(3).write())

	r, err := car.NewReader(file, car.Options{MaxTotal: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("root", r.Roots()[0])
	for block, err := range r.Blocks() {
		if err != nil {
			fmt.Println(err) // always the last
			return
		}
		fmt.Println(block.CID, len(block.Data))
	}
	// Output:
	// root bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
	// bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku 0
	// bafyreicl6ujc6ncfktctxxroxognfn7d2fqavvrryoc2lv6m4i6hpbkfti 1
	// bafyreif3ok2oj2zj3rmtfbti6mxakepdvqhfzzacnmkzdfssc3sjzipv24 4
}
