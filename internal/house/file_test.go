package house

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lexgen/lexgen/internal/shared"
)

func readFile(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the checkout: %w", err)
	}
	return text, nil
}

// inRoot returns the path of name, which has slashes, in the checkout.
func inRoot(name string) string {
	return filepath.Join(shared.ModuleRoot(), filepath.FromSlash(name))
}

func exists(name string) bool {
	_, err := os.Stat(inRoot(name))
	return err == nil
}
