// Package plain has the structs that somebody might write by hand for the
// values of package fixture, for peers that work on plain structs. They are
// the least that holds these values: each union has the one member that
// occurs, what they do not name is lost, and nothing is checked.
package plain
