package codegen_test

import (
	"context"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// exampleProgram is the program of a small lexicon.
func exampleProgram() *ir.Program {
	source := texts{"com/example/point.json": `{"lexicon": 1, "id": "com.example.point", "defs": {"main": {
		"type": "object", "required": ["x", "y"], "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}}}`}
	report := &diag.Report{}
	set, err := resolver.Load(context.Background(), []resolver.Source{source}, report, resolver.LoadOptions{})
	if err != nil {
		panic(err)
	}
	graph := resolver.Link(set, report)
	program, err := ir.Build(graph, resolver.Select(graph, nil, report), ir.Options{Module: "example.com/out"})
	if err != nil {
		panic(err)
	}
	return program
}
