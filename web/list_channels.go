package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/health"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// channelsPage is what channels.html shows.
type channelsPage struct {
	At, Since time.Time
	Channels  []channelShown
}

// channelShown is a channel as people read it.
type channelShown struct {
	health.Channel
	Tag      Tag           // all in one word
	Warned   []warningLine // in sentences, the worst first
	Hour     callsLine
	NextEnd  string // days until the first certificate ends, "" when none does
	NextTone string
	OldestIs string // age of what waits longest, "" when nothing does
}

// warningLine is a warning in a sentence.
type warningLine struct {
	Tag  Tag
	Says string
}

// callsLine is a count of calls as a row of a table.
type callsLine struct {
	From time.Time
	measure.Count
	Success  string // of orders
	Answered string // of all calls
	P50, P99 string
	Incident bool
}

func (s *Server) channelList(ctx context.Context, r *request) (response, error) {
	report, err := s.cfg.ChannelHealth.Report(ctx)
	if err != nil {
		return response{}, err
	}
	page := channelsPage{At: report.At, Since: report.Since}
	for _, c := range report.Channels {
		page.Channels = append(page.Channels, r.lang.showChannel(c, report.At))
	}
	return s.page(r, "channels", http.StatusOK, page), nil
}

func (l lang) showChannel(c health.Channel, now time.Time) channelShown {
	shown := channelShown{Channel: c, Tag: Tag{Good, l.text("channels.well")}, Hour: showCalls(c.Hour)}
	for i, w := range c.Warnings {
		line := warningLine{l.warningTag(w), l.warning(w)}
		if i == 0 && !w.Kind.Note() {
			shown.Tag = line.Tag
		}
		shown.Warned = append(shown.Warned, line)
	}
	if days, known := firstEnd(c.Credentials, now); known {
		shown.NextEnd, shown.NextTone = l.text("channels.days", days), Good
		if days <= health.SoonDays {
			shown.NextTone = Warn
		}
		if days < 0 {
			shown.NextTone = Bad
		}
	}
	if !c.Backlog.Oldest.IsZero() {
		shown.OldestIs = l.age(now.Sub(c.Backlog.Oldest))
	}
	return shown
}

func firstEnd(all []channel.Credential, now time.Time) (days int, known bool) {
	for _, c := range all {
		if d, ends := c.DaysLeft(now); ends && (!known || d < days) {
			days, known = d, true
		}
	}
	return days, known
}

// warningTag says how bad a warning is, in a colour and a word.
func (l lang) warningTag(w health.Warning) Tag {
	switch {
	case w.Kind.Urgent():
		return Tag{Bad, l.text("channels.urgent")}
	case w.Kind.Note():
		return Tag{Info, l.text("channels.note")}
	}
	return Tag{Warn, l.text("channels.look")}
}

// warning tells a warning in a sentence.
func (l lang) warning(w health.Warning) string {
	key := "channelwarn." + string(w.Kind)
	switch w.Kind {
	case health.CredentialOver, health.CredentialSoon:
		return l.text(key, w.Serial, w.Count)
	case health.EndNotKnown:
		return l.text(key, w.Serial)
	case health.AnswersMissing, health.OverdueOrders, health.DeadCommands:
		return l.text(key, w.Count)
	}
	return l.text(key)
}

func showCalls(b measure.Bucket) callsLine {
	all, orders := b.Total(), b.Counts[measure.Orders]
	return callsLine{
		From: b.From, Count: all, Incident: b.Incident(), P50: showMillis(b.Latency(500)), P99: showMillis(b.Latency(990)),
		Success: showShare(orders.Succeeded+orders.Pending, orders.All()), Answered: showShare(all.All()-all.Lost(), all.All()),
	}
}

// showShare prints a share to a tenth of a per cent, rounded down so that 100 % means
// all; "—" of nothing.
func showShare(n, all int) string {
	if all == 0 {
		return "—"
	}
	permille := n * 1000 / all
	return fmt.Sprintf("%d.%d %%", permille/10, permille%10)
}

func showMillis(d time.Duration) string {
	switch {
	case d == 0:
		return "—"
	case d < 10*time.Millisecond:
		tenths := d / (time.Millisecond / 10)
		return fmt.Sprintf("%d.%d ms", tenths/10, tenths%10)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// channelPage is what channel.html shows.
type channelPage struct {
	channelShown
	At, Since time.Time
	Kinds     []kindLine // the day by kind of call
	Success   callsChart
	Latency   callsChart
	Latest    []callsLine // newest first
	Keys      []keyLine
	Ages      []ageLine
}

// latestShown is how many buckets the table behind the charts has; the file has all.
const latestShown = 30

// kindLine is the day's calls of one kind.
type kindLine struct {
	Kind string
	measure.Count
}

// keyLine is a certificate or key.
type keyLine struct {
	channel.Credential
	Left string
	Tone string
}

// ageLine is how many orders of an age are open.
type ageLine struct {
	Age   string
	Count int
}

var kindWords = [measure.Kinds]string{measure.Orders: "orders", measure.Backs: "backs", measure.Questions: "questions"}

var ageWords = [...]string{"under1", "under5", "under30", "under1440", "over"}

// channelAsked finds the channel that the address names.
func (s *Server) channelAsked(ctx context.Context, r *request) (health.Report, health.Channel, error) {
	report, err := s.cfg.ChannelHealth.Report(ctx)
	if err != nil {
		return report, health.Channel{}, err
	}
	i := slices.IndexFunc(report.Channels, func(c health.Channel) bool { return string(c.Name) == r.param("channel") })
	if i < 0 {
		return report, health.Channel{}, fault.New("web.channel", fault.NotFound, "no such channel here")
	}
	return report, report.Channels[i], nil
}

func (s *Server) channelFile(ctx context.Context, r *request) (response, error) {
	report, c, err := s.channelAsked(ctx, r)
	if err != nil {
		return response{}, err
	}
	page := channelPage{channelShown: r.lang.showChannel(c, report.At), At: report.At, Since: report.Since,
		Success: r.lang.successChart(c, report.At), Latency: r.lang.latencyChart(c, report.At)}
	for k, word := range kindWords {
		page.Kinds = append(page.Kinds, kindLine{r.lang.text("callkind." + word), c.Day.Counts[k]})
	}
	for _, b := range slices.Backward(c.Buckets) {
		if len(page.Latest) < latestShown {
			page.Latest = append(page.Latest, showCalls(b))
		}
	}
	for _, k := range c.Credentials {
		page.Keys = append(page.Keys, r.lang.showKey(k, report.At))
	}
	for i, n := range c.Backlog.Open {
		page.Ages = append(page.Ages, ageLine{r.lang.text("channelage." + ageWords[i]), n})
	}
	return s.page(r, "channel", http.StatusOK, page), nil
}

func (l lang) showKey(c channel.Credential, now time.Time) keyLine {
	line := keyLine{Credential: c, Left: l.text("channels.no_end"), Tone: Idle}
	days, known := c.DaysLeft(now)
	switch {
	case !known && c.Kind == channel.CertificateForm:
		line.Left, line.Tone = l.text("channels.end_unknown"), Info
	case known && days < 0:
		line.Left, line.Tone = l.text("channels.over", -days), Bad
	case known && days <= health.SoonDays:
		line.Left, line.Tone = l.text("channels.soon", days), Warn
	case known:
		line.Left, line.Tone = l.text("channels.days", days), Good
	}
	return line
}

// channelCalls is the table behind the charts, whole.
func (s *Server) channelCalls(ctx context.Context, r *request) (response, error) {
	_, c, err := s.channelAsked(ctx, r)
	if err != nil {
		return response{}, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"from", "orders", "orders_succeeded_or_pending", "calls", "succeeded", "refused", "pending", "unknown", "unavailable", "p50_ms", "p99_ms", "incident"}
	lines := [][]string{head}
	for _, bucket := range c.Buckets {
		all, orders := bucket.Total(), bucket.Counts[measure.Orders]
		line := []string{bucket.From.In(bizdate.Zone).Format(time.RFC3339)}
		for _, n := range []int{orders.All(), orders.Succeeded + orders.Pending, all.All(), all.Succeeded, all.Refused, all.Pending, all.Unknown, all.Unavailable,
			int(bucket.Latency(500).Milliseconds()), int(bucket.Latency(990).Milliseconds())} {
			line = append(line, strconv.Itoa(n))
		}
		lines = append(lines, append(line, strconv.FormatBool(bucket.Incident())))
	}
	err = w.WriteAll(lines)
	return csvFile("juma-"+string(c.Name)+"-calls.csv", b.Bytes()), err
}
