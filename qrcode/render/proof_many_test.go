//go:build proof

package render

const proofCodes = 1000
