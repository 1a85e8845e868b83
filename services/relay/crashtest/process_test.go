package crashtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// A process plays a part. It is for the goroutine of the test.
type process struct {
	t     *testing.T
	name  string
	part  *part
	cmd   *exec.Cmd
	input io.WriteCloser
	usage string // where to ask what it needs
	kills int
}

// start runs the process until it is killed, or the test ends.
func (p *process) start() {
	p.t.Helper()
	text, err := json.Marshal(p.part)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0]) //nolint:noctx // it is this test, and is killed
	p.cmd.Env = append(os.Environ(), partVariable+"="+string(text))
	p.cmd.Dir = p.t.TempDir()
	p.cmd.Stderr = said{p}
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		p.t.Fatal(err)
	}
	output, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	lines.Scan()
	p.usage = lines.Text()
}

// kill ends the process as it is.
func (p *process) kill() {
	p.t.Helper()
	p.kills++
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatalf("%s cannot be killed: %v", p.name, err)
	}
	p.cmd.Wait()
	if status := p.cmd.ProcessState.ExitCode(); status != -1 {
		p.t.Fatalf("%s has ended with status %d before it was killed", p.name, status)
	}
}

// end asks the process to end, and waits until it has.
func (p *process) end() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("%s cannot be asked to end: %v", p.name, err)
	}
	p.cmd.Wait()
	if status := p.cmd.ProcessState.ExitCode(); status != 0 {
		p.t.Errorf("%s has ended with status %d", p.name, status)
	}
}

// said logs what a process says on its standard error.
type said struct{ process *process }

func (s said) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "DATA RACE") {
		s.process.t.Errorf("%s has a race", s.process.name)
	}
	s.process.t.Logf("%s: %s", s.process.name, strings.TrimSpace(string(b)))
	return len(b), nil
}

// makes tells a host how many commits it is to have made. One that was killed meanwhile
// is told when it starts again.
func (p *process) makes(n int) { _, _ = fmt.Fprintln(p.input, n) }

// needs is what the process needs now.
func (p *process) needs() (u usage) {
	p.t.Helper()
	res, err := http.Get("http://" + p.usage + "/usage") //nolint:noctx // it ends with the process
	if err == nil {
		err = json.NewDecoder(res.Body).Decode(&u)
		res.Body.Close()
	}
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	return u
}

// given counts the ports that freeAddress has tried.
var given atomic.Int64

// freeAddress returns an address where nobody listens, which no other call returns. Its port
// is below those that systems give away by themselves, and few other processes begin near it,
// so that it is still free after a kill.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, count, each = 10_000, 20_000, 64
	for range each {
		port := first + (int64(os.Getpid())*each+given.Add(1))%count
		address := fmt.Sprintf("127.0.0.1:%d", port)
		if l, err := net.Listen("tcp", address); err == nil { //nolint:noctx // it is closed at once
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
