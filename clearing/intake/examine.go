package intake

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// Step is a state that a file has reached, and what was found there.
type Step struct {
	State State  `json:"state"`
	Note  string `json:"note"`
}

// Report is what examining a file found. State is Proved when it may be staged.
type Report struct {
	File
	State   State
	Steps   []Step
	Layout  string // id; "" not recognised
	Kind    Kind
	Content Content
	Totals  Totals
	Problem *Problem    // why it is refused or quarantined
	Unknown *Difference // of a layout that nobody knows: against the nearest known one
}

func (r *Report) step(s State, note string, args ...any) {
	r.State = s
	r.Steps = append(r.Steps, Step{s, fmt.Sprintf(note, args...)})
}

func (r *Report) stop(s State, err error) {
	r.Problem = ProblemOf(r.Name, err)
	r.step(s, "%s", r.Problem.Error())
}

// Refuse takes a proved file back, for a reason that only the caller can know.
func (r *Report) Refuse(field, value, format string, args ...any) {
	r.stop(Refused, r.fault(0, field, value, format, args...))
	r.Content, r.Totals = Content{}, Totals{}
}

// Desk examines files.
type Desk struct {
	Layouts []Layout
	// Mappings are the approved ones, for layouts that are not known.
	Mappings []Mapping
}

// Examine puts a file through the steps up to Proved. An archive that is no statement
// itself is a bundle: each file in it has a report. A bundle that breaks the limits
// gives one report, and nothing of it is used. Whatever bytes come in, the answer is a
// report; no row of a refused or quarantined file is in it.
func (d Desk) Examine(f File) []Report {
	r := Report{File: f}
	r.step(Received, "%d bytes", len(f.Data))
	if f.Empty {
		d.empty(&r)
		return []Report{r}
	}
	if err := f.checkDigest(); err != nil {
		r.stop(Refused, err)
		return []Report{r}
	}
	if len(f.Data) == 0 {
		r.stop(Refused, f.fault(0, "size", "0", "has no content; a missing file is not an empty day: only the wallet can say that a day is empty"))
		return []Report{r}
	}
	members, packed, err := Unpack(f)
	if err != nil {
		r.stop(Refused, err)
		return []Report{r}
	}
	if f.Digest != "" {
		r.Sealed = true
	}
	if !packed {
		r.step(Checked, "%s", checkedNote(f, 0))
		d.examine(&r, r.File)
		return []Report{r}
	}
	text := r.File
	if formOf(f.Data) == gzipped {
		text.Name, text.Data = members[0].Name, members[0].Data
	} else if _, _, statement := d.recognise(text); !statement {
		return d.bundle(f, members)
	}
	r.Sealed, text.Sealed = true, true
	r.step(Checked, "%s", checkedNote(f, len(members)))
	d.examine(&r, text)
	return []Report{r}
}

func checkedNote(f File, members int) string {
	notes := []string{}
	if f.Digest != "" {
		notes = append(notes, "digest as given")
	}
	if members > 0 {
		notes = append(notes, fmt.Sprintf("archive of %d within the limits, checksums right", members))
	}
	if len(notes) == 0 {
		return "size within the limits; no digest was given"
	}
	return strings.Join(notes, "; ")
}

func (d Desk) bundle(f File, members []Member) []Report {
	var all []Report
	for _, m := range members {
		part := File{Name: m.Name, Data: m.Data, Channel: f.Channel, Account: f.Account, Date: f.Date, Sealed: true}
		r := Report{File: part}
		r.step(Received, "%d bytes, out of %s", len(m.Data), f.Name)
		r.step(Checked, "%s", checkedNote(f, len(members)))
		if len(m.Data) == 0 {
			r.stop(Refused, part.fault(0, "size", "0", "has no content; a missing file is not an empty day"))
		} else {
			d.examine(&r, part)
		}
		all = append(all, r)
	}
	return all
}

// empty is a day of which the wallet said that it has no trade.
func (d Desk) empty(r *Report) {
	switch {
	case len(r.Data) > 0:
		r.stop(Refused, r.fault(0, "size", fmt.Sprint(len(r.Data)), "the day is said to be empty, and there is a file"))
	case r.Channel == "" || r.Date == 0:
		r.stop(Refused, r.fault(0, "empty", "", "an empty day needs its channel and its date"))
	default:
		r.Kind = Payments
		r.step(Proved, "the wallet says that the day has no trade")
	}
}

// recognise finds the layout of a text, of the expected channel first. ok is false
// when none fits.
func (d Desk) recognise(f File) (Layout, Claim, bool) {
	var other *Layout
	var claimed Claim
	for i, l := range d.Layouts {
		if f.Channel != "" && l.Channel != f.Channel && other != nil {
			continue
		}
		c, ok := l.Recognise(f)
		if !ok {
			continue
		}
		switch {
		case f.Channel == "":
			return d.whose(l, c), c, true
		case l.Channel == f.Channel || l.Channel == "":
			return l, c, true
		}
		other, claimed = &d.Layouts[i], c
	}
	if other != nil {
		return *other, claimed, true
	}
	return Layout{}, Claim{}, false
}

// whose is the layout of the account that the file names, the one that was found where
// it names none of ours.
func (d Desk) whose(found Layout, c Claim) Layout {
	for _, l := range d.Layouts {
		if l.ID == found.ID && c.Number != "" && l.Number == c.Number {
			return l
		}
	}
	return found
}

// several tells whether we have more than one account at the channel.
func (d Desk) several(ch channel.Name) bool {
	for _, l := range d.Layouts {
		if ch != "" && l.Channel.Base() == ch.Base() && l.Channel != ch {
			return true
		}
	}
	return false
}

// examine takes a text from Checked on. text is r's file, or what it unpacks to.
func (d Desk) examine(r *Report, text File) {
	if err := text.ended(); err != nil {
		r.stop(Refused, err)
		return
	}
	l, claim, ok := d.recognise(text)
	if !ok {
		d.unknown(r, text)
		return
	}
	if l.Columns != nil {
		if diff, found := compare(text, l); !found || diff.unreadable() {
			d.unknown(r, text)
			return
		}
	}
	r.Layout, r.Kind = l.ID, l.Kind
	r.step(Recognised, "%s", l.ID)
	if text.Channel == "" && d.several(l.Channel) && (claim.Number == "" || claim.Number != l.Number) {
		r.stop(Refused, r.fault(0, "channel", string(l.Channel.Base()), "there are several accounts at this channel, and the file does not say whose it is: say which"))
		return
	}
	if err := r.settle(l, claim, &text); err != nil {
		r.stop(Refused, err)
		return
	}
	content, err := l.Read(text)
	if err != nil {
		r.stop(Refused, err)
		return
	}
	if l.Bare && !text.Sealed && !text.Counted {
		r.stop(Quarantined, r.fault(0, "digest", "", "nothing in a file of this layout says whether it is whole: give its digest, bring it in the archive that it came in, or have two people confirm its count and sum"))
		return
	}
	r.prove(text, l.Channel, content)
}

// ended refuses a text whose last line has no end: all known ones end every line, so
// that a cut within a line shows at once. Only a text in Base64 has no lines.
func (f File) ended() error {
	if formOf(f.Data) != plain || f.Data[len(f.Data)-1] == '\n' || base64Text.Match(f.Data) {
		return nil
	}
	last := f.Data[bytes.LastIndexByte(f.Data, '\n')+1:]
	return f.fault(bytes.Count(f.Data, []byte("\n"))+1, "line", quotable(last), "the last line has no end: the file was cut, fetch it again")
}

var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/=]+$`)

// quotable is how a broken line is quoted: not at all where it may hold an account.
func quotable(line []byte) string { return fmt.Sprintf("(%d bytes)", len(line)) }

// settle decides channel, account and date by what was asked and what the file says.
func (r *Report) settle(l Layout, c Claim, text *File) error {
	if text.Channel != "" && l.Channel != "" && text.Channel != l.Channel {
		return r.fault(0, "channel", string(l.Channel), "is a file of another channel (%s), %s was expected", l.ID, text.Channel)
	}
	named := dateInName(r.Name)
	asked := text.Date
	switch {
	case asked != 0 && c.Date != 0 && c.Date != asked:
		return r.fault(0, "date", c.Date.String(), "is another day's file, asked was %s: fetch the right one", asked)
	case named != 0 && c.Date != 0 && named != c.Date:
		return r.fault(0, "date", c.Date.String(), "is under the name of %s: another day's file under this name, fetch the right one", named)
	case named != 0 && asked != 0 && named != asked:
		return r.fault(0, "file name", r.Name, "is under the name of %s, asked was %s", named, asked)
	}
	for _, day := range []bizdate.Date{asked, c.Date, named} {
		if text.Date == 0 {
			text.Date = day
		}
	}
	if text.Date == 0 {
		return r.fault(0, "date", "", "neither the file nor its name says which day it is of: give the date")
	}
	if text.Account != "" && c.Account != "" && text.Account != c.Account {
		return r.fault(0, "merchant", c.Account, "is another merchant's file, asked was %s", text.Account)
	}
	if text.Account == "" {
		text.Account = c.Account
	}
	text.Channel = l.Channel
	r.Channel, r.Account, r.Date = text.Channel, text.Account, text.Date
	return nil
}

var compactDay = regexp.MustCompile(`(?:^|[^0-9])(20\d{2})-?(\d{2})-?(\d{2})(?:[^0-9]|$)`)

// dateInName reads a date that stands by itself in a name; 0 when there is none, or
// several.
func dateInName(name string) bizdate.Date {
	all := compactDay.FindAllStringSubmatch(name, 2)
	if len(all) != 1 {
		return 0
	}
	d, err := bizdate.ParseCompact(all[0][1] + all[0][2] + all[0][3])
	if err != nil {
		return 0
	}
	return d
}

// prove takes a file that was read to Proved.
func (r *Report) prove(text File, ch channel.Name, content Content) {
	totals, err := content.Totals()
	if err == nil {
		err = text.checkPeriod(ch, content.Lines)
	}
	if err == nil && text.Counted {
		err = text.checkCount(content, totals)
	}
	if err != nil {
		r.stop(Refused, err)
		return
	}
	r.Content, r.Totals = content, totals
	r.step(Proved, "%d rows; %d payments %s, %d refunds %s, fees %s", content.Rows, totals.Payments, totals.Paid.Yuan(), totals.Refunds, totals.Refunded.Yuan(), totals.Fee.Yuan())
}

// slack is how far beyond the ends of its day a row may lie: clocks and bills disagree
// by minutes at midnight, by more only when a file holds two days.
const slack = 30 * time.Minute

// checkPeriod refuses two days in one file.
func (f File) checkPeriod(ch channel.Name, lines []channel.StatementLine) error {
	if len(lines) == 0 {
		return nil
	}
	from, to := ch.Cut().Bounds(f.Date)
	from, to = from.Add(-slack), to.Add(slack)
	for _, l := range lines {
		if !l.Time.IsZero() && (l.Time.Before(from) || l.Time.After(to)) {
			return f.fault(l.LineNo, "time", l.Time.In(bizdate.Zone).Format(time.DateTime), "lies outside of %s: another day's file, or two days in one file", f.Date)
		}
	}
	return nil
}

// checkCount compares what somebody read off the channel's page.
func (f File) checkCount(c Content, t Totals) error {
	if c.Rows != f.Count {
		return f.fault(0, "rows", fmt.Sprint(c.Rows), "the count that was given is %d", f.Count)
	}
	sum := int64(t.Paid - t.Refunded)
	for _, d := range c.Disputes {
		sum += int64(d.Amount)
	}
	for _, fee := range c.Fees {
		sum += int64(fee.Amount)
	}
	for _, credit := range c.Credits {
		sum += int64(credit.Amount)
	}
	if sum != f.Sum {
		return f.fault(0, "sum", fmt.Sprint(sum), "the sum that was given is %d fen", f.Sum)
	}
	return nil
}

// Contradicts compares the totals of a file that proves others with those of the
// payments of the same day. "" means that they agree.
func Contradicts(kind Kind, control, rows Totals) string {
	var bad []string
	differ := func(what string, a, b any) {
		if a != b {
			bad = append(bad, fmt.Sprintf("%s %v, the payments say %v", what, a, b))
		}
	}
	differ("payments", control.Payments, rows.Payments)
	differ("refunds", control.Refunds, rows.Refunds)
	differ("net", control.Net().Yuan(), rows.Net().Yuan())
	switch kind {
	case Sums:
		differ("fees", control.Fee.Yuan(), rows.Fee.Yuan())
	case Funds:
		differ("paid", control.Paid.Yuan(), rows.Paid.Yuan())
	}
	return strings.Join(bad, "; ")
}

// Usable turns a report into an error, nil when the file may be staged.
func (r Report) Usable() error {
	if r.Problem == nil {
		return nil
	}
	return &fault.Error{Op: op, Kind: fault.Corrupt, Err: r.Problem}
}
