package channel_test

import (
	"testing"
	"time"

	"juma/acquiring/channel"
)

// TestDaysLeft counts whole days, and an hour over is a day over.
func TestDaysLeft(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		days  int
	}{
		{0, 0}, {time.Hour, 0}, {24 * time.Hour, 1}, {30*24*time.Hour - time.Nanosecond, 29}, {-time.Hour, -1}, {-24 * time.Hour, -1}, {-25 * time.Hour, -2},
	} {
		days, known := channel.Credential{NotAfter: now.Add(c.after)}.DaysLeft(now)
		if !known || days != c.days {
			t.Errorf("%v before its end: %d days, %v; want %d", c.after, days, known, c.days)
		}
	}
	if _, known := (channel.Credential{Kind: channel.KeyForm}).DaysLeft(now); known {
		t.Error("a key was given an end")
	}
}
