package statement

import (
	"strings"

	"juma/internal/bizdate"
)

// Sign is what a file says about itself.
type Sign struct {
	Summary bool         // the sums alone, taken out of the archive
	Date    bizdate.Date // first day of its period; 0: it does not say
}

// Recognise tells an Alipay bill by the head of its detail, zipped or not,
// whatever the file is called. It proves nothing: Read does.
func Recognise(data []byte) (Sign, bool) {
	a, err := open(data)
	if err != nil {
		return Sign{}, false
	}
	var sign Sign
	for _, line := range strings.Split(a.detail.text, "\n") {
		line = strings.TrimSpace(line)
		if m := periodLine.FindStringSubmatch(line); m != nil {
			if t, err := parseTime(m[1]); err == nil {
				sign.Date = bizdate.Of(t)
			}
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := columnNames(line)
		has := func(name string) bool {
			for _, c := range columns {
				if c == name {
					return true
				}
			}
			return false
		}
		sign.Summary = has(colPayments) && has(colNet)
		return sign, sign.Summary || (has(colTradeNo) && has(colRefundNo))
	}
	return Sign{}, false
}
