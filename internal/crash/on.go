//go:build crash

package crash

import (
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

var (
	wanted, nth = read(os.Getenv("JUMA_CRASH_AT"))
	hits        atomic.Int64
)

func read(s string) (string, int64) {
	point, times, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		n = 1
	}
	return point, n
}

// At ends this process if it is the point's turn.
func At(point string) {
	if point != wanted || hits.Add(1) != nth {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic("crash: this process cannot kill itself: " + err.Error())
	}
	select {} // until it is dead
}

// Reading is r, whose second piece is the point.
func Reading(point string, r io.Reader) io.Reader { return &reading{point: point, Reader: r} }

type reading struct {
	point string
	begun bool
	io.Reader
}

func (r *reading) Read(b []byte) (int, error) {
	if r.begun {
		At(r.point)
	}
	r.begun = true
	return r.Reader.Read(b[:min(len(b), 64)])
}
