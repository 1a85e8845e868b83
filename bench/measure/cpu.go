package measure

import (
	"fmt"
	"syscall"
	"time"
)

// ownCPU returns the processor time, user and system, that this process has
// used.
func ownCPU() (time.Duration, error) {
	usage, err := rusage(syscall.RUSAGE_SELF)
	return duration(usage.Utime) + duration(usage.Stime), err
}

// childrenCPU returns the user time that finished child processes, and
// theirs, have used.
func childrenCPU() (time.Duration, error) {
	usage, err := rusage(syscall.RUSAGE_CHILDREN)
	return duration(usage.Utime), err
}

func rusage(who int) (syscall.Rusage, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(who, &usage); err != nil {
		return usage, fmt.Errorf("read the processor time: %w", err)
	}
	return usage, nil
}

func duration(t syscall.Timeval) time.Duration { return time.Duration(t.Nano()) }
