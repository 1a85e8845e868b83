package ir

import (
	"github.com/lexgen/lexgen/parser"
)

// EndpointKind says what an endpoint does.
type EndpointKind int

// The kinds of endpoints.
const (
	QueryEndpoint EndpointKind = iota
	ProcedureEndpoint
	SubscriptionEndpoint
)

// Endpoint is a query, procedure or subscription as a variable.
type Endpoint struct {
	Name       string
	Doc        Doc
	Kind       EndpointKind
	ID         string
	Request    string // name of what a handler gets
	Params     GoType // nil if there are none
	Input      GoType // of a procedure; nil if there is none
	Output     GoType // of a query or procedure; nil if there is none
	InputType  string // media type, empty if there is no input
	OutputType string // media type, empty if there is no output
	Message    GoType // of a subscription
	Union      *LexUnion
	Resumes    bool    // the stream can go on where it was cut
	Errors     []Ident // constants of the declared errors
	Schema     parser.Type
}

// Group is what the endpoints have in common whose NSIDs differ in the last
// segment: one service interface.
type Group struct {
	ID            string // NSID prefix
	Server        string // name of the interface
	Unimplemented string // name of the struct that has all methods
	Register      string // name of the function that serves an implementation
	Package       *Package
	Methods       []GroupMethod // in the order of their files
}

// GroupMethod is one method of a group's interface.
type GroupMethod struct {
	Name     string
	Field    string // of a fake
	Endpoint *Endpoint
}

// Fake is an implementation of a group whose methods are fields. It stands in
// a package of its own.
type Fake struct {
	Name  string
	Group *Group
}

// Ident returns the name of the variable.
func (d *Endpoint) Ident() string { return d.Name }

// Ident returns the name of the interface.
func (d *Group) Ident() string { return d.Server }

// Ident returns the name of the struct.
func (d *Fake) Ident() string { return d.Name }

func (*Endpoint) decl() {}
func (*Group) decl()    {}
func (*Fake) decl()     {}

// XRPCPath is the import path of the runtime that endpoints stand on.
const XRPCPath = "github.com/lexgen/lexgen/runtime/xrpc"
