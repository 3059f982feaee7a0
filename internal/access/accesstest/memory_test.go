package accesstest

import "testing"

func TestMemory(t *testing.T) {
	for name, test := range Cases {
		t.Run(name, func(t *testing.T) { test(t, NewMemory()) })
	}
}
