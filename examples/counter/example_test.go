package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/lexgen/lexgen/examples/counter/counter"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// start serves the counters until stop is called, and returns a client for them.
func start() (client *xrpc.Client, stop func()) {
	server := xrpc.NewServer()
	counter.RegisterServer(server, newTally())
	web := httptest.NewServer(server)
	return xrpc.NewClient(web.URL), web.Close
}

func Example_call() {
	if err := call(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// added: 3
	// read: 3
}

func call(ctx context.Context) error {
	client, stop := start()
	defer stop()

	out, err := counter.Add.Call(ctx, client, &counter.AddInput{Name: "visits", By: 3})
	if err != nil {
		return err
	}
	fmt.Println("added:", out.Count)

	got, err := counter.Get.Call(ctx, client, &counter.GetParams{Name: "visits"})
	if err != nil {
		return err
	}
	fmt.Println("read:", got.Count)
	return nil
}

func Example_declaredError() {
	ctx := context.Background()
	client, stop := start()
	defer stop()

	for range 2 {
		_, err := counter.Add.Call(ctx, client, &counter.AddInput{Name: "visits", By: 60})
		switch {
		case errors.Is(err, counter.AddErrLimitReached):
			fmt.Println("full:", err)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("added")
		}
	}
	// Output:
	// added
	// full: com.example.counter.add: LimitReached (400): "visits would be 120"
}

func Example_invalidInput() {
	client, stop := start()
	defer stop()

	_, err := counter.Add.Call(context.Background(), client, &counter.AddInput{Name: "visits", By: 1000})
	fmt.Println(err) // nothing was sent
	// Output:
	// xrpc: input of com.example.counter.add: lex: $.by: 1000 is more than the maximum of 100
}

func Example_stream() {
	ctx := context.Background()
	client, stop := start()
	defer stop()
	for _, name := range []string{"visits", "visits", "sales"} {
		if _, err := counter.Add.Call(ctx, client, &counter.AddInput{Name: name, By: 1}); err != nil {
			fmt.Println(err)
		}
	}

	for message, err := range counter.Watch.Subscribe(ctx, client, &counter.WatchParams{Cursor: lex.Int(0)}) {
		if !show(message, err) {
			break // which closes the connection
		}
	}
	// Output:
	// 1 visits 1
	// 2 visits 2
	// 3 sales 1
}

// show prints a step and says whether there are more to come.
func show(message counter.WatchMessage, err error) (more bool) {
	if step, ok := message.(*counter.WatchStep); ok {
		fmt.Println(step.Seq, step.Name, step.Count)
		return step.Name != "sales"
	}
	fmt.Println("the end:", err)
	return false
}

func Example_futureCursor() {
	client, stop := start()
	defer stop()

	for message, err := range counter.Watch.Subscribe(context.Background(), client, &counter.WatchParams{Cursor: lex.Int(7)}) {
		show(message, err)
	}
	// Output:
	// the end: com.example.counter.watch: FutureCursor: "The cursor 7 is ahead of the stream, which is at 0"
}
