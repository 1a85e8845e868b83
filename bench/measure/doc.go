// Package measure compares what several ways to do the same work cost.
//
// The cost is processor time of the whole process, the garbage collector's
// threads included, as the kernel counts it: other programs on the machine
// hardly move it, and what one way leaves for the collector to do is charged
// to it. The ways take turns in many short rounds, in an order that rotates;
// results are medians over the rounds, and ratios are medians of the ratios
// within a round, so that a machine that changes its speed meanwhile changes
// both sides alike.
package measure
