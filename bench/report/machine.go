package report

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// WriteMachine writes one line about what the figures come from.
func WriteMachine(w io.Writer) error {
	line := fmt.Sprintf("%s, %d cores, %s/%s, %s\n\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	_, err := io.WriteString(w, line)
	return err
}

// processor returns the model of the processor where the kernel tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
