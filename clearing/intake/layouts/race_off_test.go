//go:build !race

package layouts_test

// raceEnabled thins out the longest test under the race detector, which has
// nothing to find in it: it starts no goroutine.
const raceEnabled = false
