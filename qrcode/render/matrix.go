package render

import (
	"strconv"

	qrcode "github.com/skip2/go-qrcode"

	"juma/internal/fault"
)

// Level is how much damage a code survives.
type Level int

// The levels. M is the zero value: plates are printed well and the code stays
// small.
const (
	LevelM Level = iota // 15 %
	LevelL              // 7 %
	LevelQ              // 25 %
	LevelH              // 30 %
)

// MaxPayload is the number of bytes that the largest code holds at the level
// (version 40, byte mode; digits and capitals alone pack denser).
func (l Level) MaxPayload() int { return maxPayload[l] }

// From ISO/IEC 18004, table 7.
var maxPayload = map[Level]int{LevelL: 2953, LevelM: 2331, LevelQ: 1663, LevelH: 1273}

var recovery = map[Level]qrcode.RecoveryLevel{
	LevelL: qrcode.Low, LevelM: qrcode.Medium, LevelQ: qrcode.High, LevelH: qrcode.Highest,
}

// Matrix encodes a payload: m[y][x] is true for a dark module, no quiet zone.
// Errors are of kind Invalid: an empty payload, one that does not fit, or no
// such level.
func Matrix(payload string, level Level) ([][]bool, error) {
	const op = "render.Matrix"
	rl, ok := recovery[level]
	if !ok {
		return nil, fault.Field(op, "level", strconv.Itoa(int(level)), "take LevelL, LevelM, LevelQ or LevelH")
	}
	if payload == "" {
		return nil, fault.Field(op, "payload", "", "must not be empty")
	}
	q, err := qrcode.New(payload, rl)
	if err != nil {
		return nil, fault.Field(op, "payload", head(payload, 40), "has %d bytes and does not fit: at most %d bytes at this level", len(payload), level.MaxPayload())
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// maxWithLogo is what a code of version 6 holds at level H. From version 7 on an
// alignment pattern stands in the very middle, where the logo would hide it, and
// readers that look for it lose their way: zbar read 111 of 400.
const maxWithLogo = 58

// matrix is Matrix with room made for the logo that the options ask for.
func (o Options) matrix(payload string) ([][]bool, error) {
	m, err := Matrix(payload, o.Level)
	if err == nil && o.Logo != "" && len(m) > 17+4*6 {
		return nil, fault.Field("render.Matrix", "payload", head(payload, 40),
			"has %d bytes: with a logo in the middle at most about %d can be read reliably; shorten the host name or leave the logo out", len(payload), maxWithLogo)
	}
	return m, err
}

func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
