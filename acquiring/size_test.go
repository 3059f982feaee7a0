//go:build !proof

package acquiring_test

// How much of each proof is run; make proof runs the whole.
const (
	noticesDelivered = 20  // T-B1, each 1 to 50 times
	racesRun         = 120 // T-B2, on each database
	refundRounds     = 1   // T-D1
	ordersUnnoticed  = 300 // T-B4
)
