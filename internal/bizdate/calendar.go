package bizdate

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed holidays.txt
var holidayText string

// Calendar knows the working days of the published years. Years without a
// published State Council notice fall back to plain weekends and raise a
// warning.
type Calendar struct {
	off, work map[Date]bool
	years     map[int]bool
}

// Official returns the embedded calendar (holidays.txt).
func Official() *Calendar {
	c, err := ParseCalendar(holidayText)
	if err != nil {
		panic("bizdate: embedded holidays.txt: " + err.Error()) // a build defect; the test reads the same text
	}
	return c
}

// Published is the embedded calendar as text.
func Published() string { return holidayText }

// ParseCalendar reads a calendar of lines "off DATE[..DATE]" and "work DATE[..DATE]".
// What is not listed is as every week; of two lines about a day the later one wins, so
// that an emergency is a line at the end.
func ParseCalendar(text string) (*Calendar, error) {
	c := &Calendar{off: map[Date]bool{}, work: map[Date]bool{}, years: map[int]bool{}}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		kind, span, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("line %d %q: want KIND DATE[..DATE]", i+1, line)
		}
		first, last, ranged := strings.Cut(strings.TrimSpace(span), "..")
		if !ranged {
			last = first
		}
		from, err := Parse(first)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		to, err := Parse(last)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		days := map[string]map[Date]bool{"off": c.off, "work": c.work}[kind]
		if days == nil || to < from {
			return nil, fmt.Errorf("line %d %q: want off or work and a forward range", i+1, line)
		}
		for d := from; d <= to; d = d.AddDays(1) {
			delete(c.off, d)
			delete(c.work, d)
			days[d] = true
			c.years[d.Year()] = true
		}
	}
	return c, nil
}

// IsWorkday tells whether d is a working day: Monday to Friday less the holidays
// plus the make-up working days.
func (c *Calendar) IsWorkday(d Date) bool {
	if c.work[d] {
		return true
	}
	w := d.Weekday()
	return !c.off[d] && w != 0 && w != 6
}

// NextWorkday is the first working day after d: the T+1 settlement date of
// clearing date d.
func (c *Calendar) NextWorkday(d Date) Date {
	for d = d.AddDays(1); !c.IsWorkday(d); d = d.AddDays(1) {
	}
	return d
}

// Warning returns a sentence when the calendar of d's year is not published
// yet and only weekends are known, and "" when all is well.
func (c *Calendar) Warning(d Date) string {
	if c.years[d.Year()] {
		return ""
	}
	return fmt.Sprintf("the holiday calendar of %d is not published in this version: only weekends count as days off, check the settlement date by hand", d.Year())
}
