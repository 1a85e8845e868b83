// Package report runs comparisons and prints what came out as one table.
package report
