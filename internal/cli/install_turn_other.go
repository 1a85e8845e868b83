//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package cli

import "errors"

// take keeps nobody out.
func take(string, string) (leave func(), err error) { return nil, errors.ErrUnsupported }
