package storetest_test

import (
	"testing"

	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) storetest.Opened { return storetest.Opened{Store: &storetest.Memory{}} })
}
