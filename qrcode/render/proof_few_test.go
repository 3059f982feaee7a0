//go:build !proof

package render

// proofCodes is how many codes of each kind are photographed.
const proofCodes = 10
