//go:build !race

package main

// raceEnabled thins out the longest test under the race detector, which has
// nothing to find in it: it starts no goroutine.
const raceEnabled = false
