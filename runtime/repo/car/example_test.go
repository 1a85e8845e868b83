package car_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
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

func ExampleWriter() {
	data := []byte("hello")
	block := car.Block{CID: cid.Sum(cid.Raw, data), Data: data}

	var file bytes.Buffer
	w, err := car.NewWriter(&file, block.CID)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Write(block); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Size(), "bytes")

	f, err := car.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()), car.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := f.Get(context.Background(), f.Roots()[0])
	fmt.Printf("%s %v\n", got, err)
	// Output:
	// 101 bytes
	// hello <nil>
}
