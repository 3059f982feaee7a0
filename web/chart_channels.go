package web

import (
	"fmt"
	"strings"
	"time"

	"juma/acquiring/channel/measure"
	"juma/acquiring/health"
)

// callsChart is a day in stretches of five minutes, drawn by the server as attributes
// of an inline SVG. The newest is at the right edge.
type callsChart struct {
	Width, Height int
	Bars          []chartBar
	Marks         []chartMark // incidents, above the bars
	Lines         []chartLine
	From, Until   time.Time
	Top           string // what the upper edge stands for
	Says          string // the same in words
}

// chartBar is one stretch.
type chartBar struct {
	X, Y, W, H int
	Says       string
}

// chartMark is a triangle that points down at a stretch.
type chartMark struct{ Points, Says string }

// chartLine is a line through the stretches in which something was called.
type chartLine struct{ Class, Points string }

const (
	chartStep   = 4 // pixels a stretch, of which
	chartBarW   = 3 // are the bar
	chartHeight = 96
	chartMarkH  = 10 // above the bars, for marks
)

func newCallsChart(now time.Time) callsChart {
	until := now.Truncate(measure.Length).Add(measure.Length)
	n := int(measure.Kept / measure.Length)
	return callsChart{Width: n * chartStep, Height: chartHeight + chartMarkH, From: until.Add(-measure.Kept), Until: until}
}

// x is where a stretch begins.
func (c callsChart) x(from time.Time) int {
	return int(from.Sub(c.From)/measure.Length) * chartStep
}

// successChart draws the share of orders that the channel took. A stretch without
// orders has no bar; one with an incident has a mark.
func (l lang) successChart(ch health.Channel, now time.Time) callsChart {
	c := newCallsChart(now)
	incidents := 0
	for _, b := range ch.Buckets {
		x, line := c.x(b.From), showCalls(b)
		if o := b.Counts[measure.Orders]; o.All() > 0 {
			h := max(1, chartHeight*(o.Succeeded+o.Pending)/o.All())
			c.Bars = append(c.Bars, chartBar{X: x, Y: c.Height - h, W: chartBarW, H: h, Says: l.text("channels.bar", showTime(b.From), line.Success, o.All())})
		}
		if b.Incident() {
			incidents++
			points := fmt.Sprintf("%d,0 %d,0 %d,%d", x-2, x+chartBarW+2, x+1, chartMarkH-1)
			c.Marks = append(c.Marks, chartMark{points, l.text("channels.mark", showTime(b.From), b.Total().Lost(), b.Total().All())})
		}
	}
	day := showCalls(ch.Day)
	c.Top = "100 %"
	c.Says = l.text("channels.success_says", day.Success, ch.Day.Counts[measure.Orders].All(), incidents)
	return c
}

// latencyChart draws the median and the slowest hundredth.
func (l lang) latencyChart(ch health.Channel, now time.Time) callsChart {
	c := newCallsChart(now)
	top := time.Duration(1)
	for _, b := range ch.Buckets {
		top = max(top, b.Latency(990))
	}
	for _, q := range []struct {
		class string
		share int
	}{{"p99", 990}, {"p50", 500}} {
		var points []string
		for _, b := range ch.Buckets {
			y := c.Height - int(int64(chartHeight)*int64(b.Latency(q.share))/int64(top))
			points = append(points, fmt.Sprintf("%d,%d", c.x(b.From)+1, y))
		}
		if len(points) > 0 {
			points = append(points, points[len(points)-1]) // one point alone is drawn as a dot
			c.Lines = append(c.Lines, chartLine{q.class, strings.Join(points, " ")})
		}
	}
	day := showCalls(ch.Day)
	c.Top = showMillis(top)
	c.Says = l.text("channels.latency_says", day.P50, day.P99)
	return c
}
