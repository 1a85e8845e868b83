// Command smallest serves one endpoint, by a function.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/examples/counter/counter"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

func service() *xrpc.Server {
	server := xrpc.NewServer()
	counter.Get.Handle(server, func(_ context.Context, r *counter.GetRequest) (*counter.GetOutput, error) {
		return &counter.GetOutput{Count: int64(len(r.Params.Name))}, nil
	})
	return server
}

func main() {
	web := &http.Server{Addr: "localhost:2580", Handler: service(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	log.Fatal(web.ListenAndServe())
}
