package crashtest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof" // for who wants to know where the time goes, while the test runs
	"os"
	"runtime"
)

// A usage is what a process needs after its garbage was collected.
type usage struct {
	Heap       uint64 // bytes
	Goroutines int
	Files      int // that are open, and sockets
}

// serveUsage lets the test ask what this process needs, and prints where.
func serveUsage() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is for as long as the process lives
	if err != nil {
		return err
	}
	http.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(measure())
	})
	go http.Serve(listener, nil)
	_, err = fmt.Println(listener.Addr())
	return err
}

func measure() usage {
	var m runtime.MemStats
	for range 3 { // what waits for a finalizer, and what pools keep, goes with the second one
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd") // there are none elsewhere
	return usage{m.HeapAlloc, runtime.NumGoroutine(), len(files)}
}

func (u usage) String() string {
	return fmt.Sprintf("%.2f MB of heap, %d goroutines, %d files", float64(u.Heap)/1e6, u.Goroutines, u.Files)
}
