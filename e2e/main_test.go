package e2e_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if clients, servers or streams leave goroutines behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
