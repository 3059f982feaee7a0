//go:build proof

package acquiring_test

// How much of each proof is run: as promised.
const (
	noticesDelivered = 4_000 // T-B1, each 1 to 50 times: some 100,000 deliveries
	racesRun         = 10_000
	refundRounds     = 50
	ordersUnnoticed  = 10_000
)
