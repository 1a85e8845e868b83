package main

import (
	"testing"

	"github.com/lexgen/lexgen/examples/counter/counter"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

func TestService(t *testing.T) {
	t.Parallel()
	out, err := counter.Get.Call(t.Context(), xrpctest.NewClient(t, service()), &counter.GetParams{Name: "visits"})
	if err != nil || out.Count != 6 {
		t.Errorf("%+v, %v", out, err)
	}
}
