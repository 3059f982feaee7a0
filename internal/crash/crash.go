//go:build !crash

// Package crash marks the points of a day at which the process may be killed. A
// binary that is built with -tags crash kills itself at the one that the environment
// names, as kill -9 would: nothing is flushed, nothing is deferred. Without the tag
// the calls are empty and compiled to nothing.
//
//	JUMA_CRASH_AT=clearing.f6.temp_written     the first time it is reached
//	JUMA_CRASH_AT=clearing.f6.temp_written:3   the third time
package crash

import "io"

// At is a point.
func At(string) {}

// Reading is a point in the middle of what is read from r: some of it is here, and
// the rest is not.
func Reading(_ string, r io.Reader) io.Reader { return r }
