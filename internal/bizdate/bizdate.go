// Package bizdate holds business dates, the channels' cut-off rule and the
// working-day calendar. All dates are China dates (Asia/Shanghai, UTC+8, no
// daylight saving since 1991).
package bizdate

import (
	"fmt"
	"time"
)

// Zone is China Standard Time. A fixed zone: the machine's zone database is
// never asked.
var Zone = time.FixedZone("CST", 8*60*60)

// Date is a calendar day written as the number yyyymmdd (20260310), so that it
// compares and stores as an integer. Zero means "not known".
type Date int32

// Of returns the China date of an instant.
func Of(t time.Time) Date {
	y, m, d := t.In(Zone).Date()
	return Date(y*10000 + int(m)*100 + d)
}

// New makes a date from its parts; parts out of range roll over as in time.Date.
func New(year, month, day int) Date {
	return Of(time.Date(year, time.Month(month), day, 0, 0, 0, 0, Zone))
}

// Parse reads "2026-03-10".
func Parse(s string) (Date, error) { return parse("2006-01-02", "YYYY-MM-DD", s) }

// ParseCompact reads "20260310".
func ParseCompact(s string) (Date, error) { return parse("20060102", "YYYYMMDD", s) }

func parse(layout, shown, s string) (Date, error) {
	t, err := time.ParseInLocation(layout, s, Zone)
	if err != nil {
		return 0, fmt.Errorf("date %q: want %s", s, shown)
	}
	return Of(t), nil
}

// Start is the first instant of the day in China.
func (d Date) Start() time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, Zone)
}

// Year, Month and Day are the parts of the date.
func (d Date) Year() int { return int(d) / 10000 }

// Month is 1 to 12.
func (d Date) Month() int { return int(d) / 100 % 100 }

// Day is 1 to 31.
func (d Date) Day() int { return int(d) % 100 }

// AddDays returns the date n days later (earlier when negative).
func (d Date) AddDays(n int) Date { return New(d.Year(), d.Month(), d.Day()+n) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Start().Weekday() }

// String prints "2026-03-10", or "" for the zero date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year(), d.Month(), d.Day())
}

// Compact prints "20260310".
func (d Date) Compact() string { return fmt.Sprintf("%08d", int(d)) }

// YYMMDD prints "260310", as settlement file names carry it.
func (d Date) YYMMDD() string { return d.Compact()[2:] }

// MMDD prints "0310".
func (d Date) MMDD() string { return d.Compact()[4:] }

// MarshalText prints the date as "2026-03-10" in JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2026-03-10" or "".
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Cut is a channel's daily cut-off as the time of day at which the next
// clearing date begins. It is a watermark, not a lock.
type Cut time.Duration

const (
	// Midnight is the cut of the wallets' own clearing: calendar days.
	Midnight Cut = Cut(24 * time.Hour)
	// UnionPayCut is UnionPay's 23:00: day D runs from D−1 23:00:00 to D 22:59:59.
	UnionPayCut Cut = Cut(23 * time.Hour)
)

// DateOf returns the clearing date that an instant belongs to. A channel's own
// date, where it gives one, wins over this computation.
func (c Cut) DateOf(t time.Time) Date {
	return Of(t.Add(24*time.Hour - time.Duration(c)))
}

// Bounds returns the first instant of clearing date d and the first instant
// after it.
func (c Cut) Bounds(d Date) (from, to time.Time) {
	from = d.Start().Add(time.Duration(c) - 24*time.Hour)
	return from, from.Add(24 * time.Hour)
}

// WithYear gives a date and time without year (MMDDhhmmss, as statement files
// carry it) the year of the clearing date; if that puts it more than six months
// after the clearing date, the year before. Rule of the settlement file
// formats §6.
func WithYear(mmddhhmmss string, clearing Date) (time.Time, error) {
	if len(mmddhhmmss) != 10 {
		return time.Time{}, fmt.Errorf("time %q: want MMDDhhmmss", mmddhhmmss)
	}
	for _, year := range []int{clearing.Year(), clearing.Year() - 1} {
		t, err := time.ParseInLocation("20060102150405", fmt.Sprintf("%04d%s", year, mmddhhmmss), Zone)
		if err != nil {
			if mmddhhmmss[:4] == "0229" { // the leap day exists in one of the two years only
				continue
			}
			return time.Time{}, fmt.Errorf("time %q: want MMDDhhmmss", mmddhhmmss)
		}
		if !t.After(clearing.Start().AddDate(0, 6, 0)) {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: no year near clearing date %s fits", mmddhhmmss, clearing)
}
