package cid_test

import (
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
)

func ExampleSum() {
	blob := []byte("hello")
	fmt.Println(cid.Sum(cid.Raw, blob))
	// Output: bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq
}

func ExampleParse() {
	c, err := cid.Parse("bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm")
	fmt.Println(c.Codec() == cid.DagCBOR, c.Blessed(), err)

	_, err = cid.Parse("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR")
	fmt.Println(err)
	// Output:
	// true true <nil>
	// CID is of version 0, not 1
}
