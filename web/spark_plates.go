package web

import (
	"time"

	"juma/acquiring"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// spark is a row of bars, drawn by the server as attributes of an inline SVG:
// pages run no script for it and carry no style.
type spark struct {
	Width, Height int
	Bars          []sparkBar
	Says          string // the same in words
	Count         int
	Amount        money.Fen
}

// sparkBar is one day.
type sparkBar struct {
	X, Y, W, H int
	Says       string
}

const (
	sparkLong   = 30 // days
	sparkStep   = 12 // pixels a day, of which
	sparkBarW   = 9  // are the bar
	sparkHeight = 56
)

// sparkDays are the first and the last day shown.
func sparkDays(now time.Time) (from, to bizdate.Date) {
	to = bizdate.Of(now)
	return to.AddDays(1 - sparkLong), to
}

// newSpark draws the days from … to; the highest bar is the best day.
func (l lang) newSpark(days []acquiring.DaySold, from, to bizdate.Date) (s spark, err error) {
	s = spark{Width: sparkLong * sparkStep, Height: sparkHeight}
	sold := map[bizdate.Date]acquiring.DaySold{}
	best := 1
	for _, d := range days {
		sold[d.Day] = d
		best = max(best, d.Count)
		s.Count += d.Count
		if s.Amount, err = s.Amount.Add(d.Amount); err != nil {
			return s, err
		}
	}
	for i, d := 0, from; d <= to; i, d = i+1, d.AddDays(1) {
		bar := sparkBar{X: i * sparkStep, W: sparkBarW, H: sold[d].Count * (sparkHeight - 2) / best}
		bar.H = max(bar.H, 1) // a day without payments is a line, not a gap
		bar.Y = sparkHeight - bar.H
		bar.Says = l.text("plates.spark_day", d.String(), sold[d].Count, sold[d].Amount.String())
		s.Bars = append(s.Bars, bar)
	}
	s.Says = l.text("plates.spark_says", sparkLong, s.Count, s.Amount.String())
	return s, nil
}
