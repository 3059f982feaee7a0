package unionpay

import (
	"fmt"
	"time"

	"juma/internal/bizdate"
)

// timeLayout is txnTime and payTimeout: YYYYMMDDhhmmss in China time.
const timeLayout = "20060102150405"

func stamp(t time.Time) string { return t.In(bizdate.Zone).Format(timeLayout) }

// nearest gives MMDDhhmmss the year that puts it closest to the anchor. Zero for
// an empty or impossible time: a missing time is not an error in this wallet.
func nearest(mmddhhmmss string, anchor time.Time) time.Time {
	var best time.Time
	if len(mmddhhmmss) != 10 {
		return best
	}
	anchor = anchor.In(bizdate.Zone) // whose year it is
	for year := anchor.Year() - 1; year <= anchor.Year()+1; year++ {
		t, err := time.ParseInLocation(timeLayout, fmt.Sprintf("%04d%s", year, mmddhhmmss), bizdate.Zone)
		if err == nil && (best.IsZero() || t.Sub(anchor).Abs() < best.Sub(anchor).Abs()) {
			best = t
		}
	}
	return best
}

// nearestDate does the same for a settleDate, MMDD.
func nearestDate(mmdd string, anchor time.Time) bizdate.Date {
	if len(mmdd) != 4 {
		return 0
	}
	if t := nearest(mmdd+"120000", anchor); !t.IsZero() {
		return bizdate.Of(t)
	}
	return 0
}
