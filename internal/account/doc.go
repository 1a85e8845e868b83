// Package account has what commands of lexgen need of generated code: the sessions and
// records of accounts. It implements the interfaces of internal/cli, which must not
// reach such code itself.
package account
