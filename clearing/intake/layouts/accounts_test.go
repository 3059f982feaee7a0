package layouts_test

import (
	"bytes"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing/intake"
	"juma/clearing/intake/layouts"
)

// TestFilesOfSeveralAccounts: a file that is brought goes to the account whose number
// stands in it, and one that names no account of ours to none on a guess.
func TestFilesOfSeveralAccounts(t *testing.T) {
	const east, second = channel.Name("wechat_east"), channel.Name("unionpay_2")
	desk := intake.Desk{Layouts: layouts.All(map[channel.Name]string{channel.WeChat: "1999000000", east: "1999000007", second: ""})}
	ours := weChat(day, 3)
	theirs := bytes.ReplaceAll(ours, []byte("`1999000000,"), []byte("`1999000007,"))
	for name, c := range map[string]struct {
		data []byte
		said channel.Name
		want channel.Name
		says string
	}{
		"the first's":         {data: ours, want: channel.WeChat},
		"the other's":         {data: theirs, want: east},
		"the other's, said":   {data: theirs, said: east, want: east},
		"said to be another":  {data: theirs, said: channel.WeChat, says: "1999000007"},
		"nobody's":            {data: bytes.ReplaceAll(ours, []byte("`1999000000,"), []byte("`1999000008,")), says: "several accounts"},
		"no row says whose":   {data: weChat(day, 0), says: "several accounts"},
		"a day without trade": {data: weChat(day, 0), said: east, want: east},
	} {
		r := desk.Examine(intake.File{Name: "20260310_ALL.csv", Data: c.data, Channel: c.said, Date: day})[0]
		switch {
		case c.says == "" && (r.State != intake.Proved || r.Channel != c.want):
			t.Errorf("%s: %s of %s, %v", name, r.State, r.Channel, r.Problem)
		case c.says != "" && (r.State != intake.Refused || !strings.Contains(r.Problem.Error(), c.says)):
			t.Errorf("%s: %s, %v; want %q", name, r.State, r.Problem, c.says)
		}
	}
}
