package bizdate

import (
	"strings"
	"testing"
	"time"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, s, Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func TestCutOff(t *testing.T) {
	for _, c := range []struct {
		cut  Cut
		at   string
		want Date
	}{
		{UnionPayCut, "2026-03-09 22:59:59", 20260309},
		{UnionPayCut, "2026-03-09 23:00:00", 20260310},
		{UnionPayCut, "2026-03-10 22:59:59", 20260310},
		{UnionPayCut, "2025-12-31 23:00:00", 20260101},
		{Midnight, "2026-03-10 23:30:00", 20260310},
		{Midnight, "2026-03-10 23:59:59", 20260310},
		{Midnight, "2026-03-11 00:00:00", 20260311},
	} {
		// The machine's zone must not matter.
		for _, zone := range []*time.Location{Zone, time.UTC, time.FixedZone("West", -8*3600)} {
			if got := c.cut.DateOf(at(c.at).In(zone)); got != c.want {
				t.Errorf("%s in %s: %s, want %s", c.at, zone, got, c.want)
			}
		}
		from, to := c.cut.Bounds(c.want)
		if now := at(c.at); now.Before(from) || !now.Before(to) {
			t.Errorf("%s is outside the bounds %s … %s of its own date", c.at, from, to)
		}
	}
}

// TestSettlementDates is the golden table of T+1 around every holiday.
func TestSettlementDates(t *testing.T) {
	c := Official()
	for clearing, want := range map[Date]Date{
		20260310: 20260311, // Tuesday
		20260313: 20260316, // Friday: the weekend waits for Monday
		20260314: 20260316,
		20260213: 20260214, // a Saturday that is worked
		20260214: 20260224, // Spring Festival
		20260223: 20260224,
		20251231: 20260104, // New Year, then a worked Sunday
		20250126: 20250127,
		20250127: 20250205,
		20260930: 20261008,
		20260919: 20260920, // a worked Sunday
	} {
		if got := c.NextWorkday(clearing); got != want {
			t.Errorf("money of %s is due %s, want %s", clearing, got, want)
		}
	}
	if w := c.Warning(20261231); w != "" {
		t.Errorf("2026 is published, got warning %q", w)
	}
	if w := c.Warning(20270101); !strings.Contains(w, "2027") {
		t.Errorf("2027 is not published and must warn, got %q", w)
	}
}

func TestCalendarCountsWorkdays(t *testing.T) {
	c := Official()
	for year, want := range map[int]int{2025: 248, 2026: 248} {
		n := 0
		for d := New(year, 1, 1); d.Year() == year; d = d.AddDays(1) {
			if c.IsWorkday(d) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
}

func TestCalendarRefusesBadLines(t *testing.T) {
	for _, text := range []string{"off", "holiday 2026-01-01", "off 2026-13-01", "off 2026-01-02..2026-01-01"} {
		if _, err := ParseCalendar(text); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: got %v, want an error that names line 1", text, err)
		}
	}
}

// TestLaterLinesWin: an emergency day is a line at the end.
func TestLaterLinesWin(t *testing.T) {
	for text, want := range map[string]bool{"off 2026-03-12": false, "off 2026-03-12\nwork 2026-03-12": true, "work 2026-03-14\noff 2026-03-14": false, "work 2026-03-14": true} {
		c, err := ParseCalendar(text)
		d, _ := Parse(text[len(text)-10:])
		if err != nil || c.IsWorkday(d) != want {
			t.Errorf("%q: worked %v, %v", text, c.IsWorkday(d), err)
		}
	}
}

func TestWithYear(t *testing.T) {
	for _, c := range []struct {
		in       string
		clearing Date
		want     string
	}{
		{"0310101530", 20260310, "2026-03-10 10:15:30"},
		{"1231230500", 20260101, "2025-12-31 23:05:00"},
		{"0101000000", 20260101, "2026-01-01 00:00:00"},
		{"0229120000", 20241231, "2024-02-29 12:00:00"},
		{"0701000000", 20260101, "2026-07-01 00:00:00"}, // exactly six months is still this year
		{"0702000000", 20260101, "2025-07-02 00:00:00"},
	} {
		got, err := WithYear(c.in, c.clearing)
		if err != nil || !got.Equal(at(c.want)) {
			t.Errorf("WithYear(%s, %s) = %s, %v; want %s", c.in, c.clearing, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "0310", "1310101530", "0310256100", "abcdefghij", "0229120000"} {
		if got, err := WithYear(bad, 20260310); err == nil {
			t.Errorf("WithYear(%q) accepted as %s", bad, got)
		}
	}
}

func TestDateText(t *testing.T) {
	d := New(2026, 3, 10)
	if d != 20260310 || d.String() != "2026-03-10" || d.YYMMDD() != "260310" || d.MMDD() != "0310" {
		t.Errorf("got %d %s %s %s", d, d, d.YYMMDD(), d.MMDD())
	}
	if d.AddDays(-70) != 20251230 || d.Weekday() != time.Tuesday {
		t.Errorf("got %s, %s", d.AddDays(-70), d.Weekday())
	}
	for _, bad := range []string{"2026-3-10", "20260310", "2026-02-30", ""} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) was accepted", bad)
		}
	}
	var back Date
	if err := back.UnmarshalText([]byte("2026-03-10")); err != nil || back != d {
		t.Errorf("UnmarshalText gave %s, %v", back, err)
	}
}
