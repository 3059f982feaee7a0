package layouts

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"

	"juma/acquiring/channel"
	unionpay "juma/acquiring/channel/unionpay/statement"
	"juma/clearing/file"
	"juma/clearing/intake"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// unionName is the name of a file of UnionPay's: what it is, its clearing date, and
// the merchant of a file of one.
var unionName = regexp.MustCompile(`^IN[DON](\d{6})\d{2}([A-Z]+)(?:_([0-9A-Z]{15}))?$`)

type unionSign struct {
	kind string // ZM, ZME, ACOM …; "" the name says nothing
	intake.Claim
}

func signOf(name string) (s unionSign) {
	m := unionName.FindStringSubmatch(path.Base(name))
	if m == nil {
		return s
	}
	s.kind, s.Account = m[2], m[3]
	if d, err := bizdate.ParseCompact("20" + m[1]); err == nil {
		s.Date = d
	}
	return s
}

// unionPay are the layouts of one of UnionPay's channels. Rows have a fixed width and
// no header: a text is told by its name, or else by the width of its first row.
func unionPay(ch channel.Name) []intake.Layout {
	reader := unionpay.Reader{Channel: ch}
	id := func(s string) string {
		if ch.Base() == channel.UnionPay {
			return "unionpay-" + s
		}
		return "aggregate-" + s
	}
	flow := func(f intake.File) (intake.Content, error) { return rows(unionpay.ReadInstitution(statementFile(f))) }
	all := []intake.Layout{
		{ID: id("zm"), Channel: ch, Kind: intake.Payments, Recognise: packedZM, Read: func(f intake.File) (intake.Content, error) { return readPacked(reader, f) }},
		text(id("zm-text"), ch, intake.Payments, fixed{names: []string{"ZM"}, width: 607, seps: []int{3, 15, 27}}, func(f intake.File) (intake.Content, error) {
			return rows(reader.Read(statementFile(f)))
		}),
		text(id("zme"), ch, intake.Disputes, fixed{names: []string{"ZME"}, width: 339, seps: []int{3, 15, 27}}, func(f intake.File) (intake.Content, error) {
			return readDisputes(f, file.ZME, f.Data)
		}),
	}
	if ch.Base() != channel.UnionPay {
		return all // an institution has one flow, whatever interface its merchants use
	}
	return append(all,
		text(id("acoma"), ch, intake.Flow, fixed{names: []string{"ACOMA"}, width: 951, seps: []int{11, 23, 30}}, flow),
		text(id("acom"), ch, intake.FlowPlain, fixed{names: []string{"ACOM", "ACOMN"}, width: 299, seps: []int{11, 23, 30}}, flow),
		text(id("alfee"), ch, intake.Fees, fixed{names: []string{"ALFEE"}, width: file.ALFEE.Width, seps: []int{11, 13, 16}}, readFees),
		text(id("aerra"), ch, intake.Disputes, fixed{names: []string{"AERRA"}, width: file.AERRA.Width, seps: []int{3, 15, 27}}, func(f intake.File) (intake.Content, error) {
			return readDisputes(f, file.AERRA, f.Data)
		}),
	)
}

// fixed is how a text of fixed width is told.
type fixed struct {
	names []string // kinds in its name
	width int
	seps  []int // bytes of a row that are spaces
}

func text(id string, ch channel.Name, kind intake.Kind, form fixed, read func(intake.File) (intake.Content, error)) intake.Layout {
	return intake.Layout{ID: id, Channel: ch, Kind: kind, Bare: true, Read: read, Recognise: func(f intake.File) (intake.Claim, bool) {
		sign := signOf(f.Name)
		for _, name := range form.names {
			if sign.kind == name {
				return sign.Claim, true
			}
		}
		return sign.Claim, sign.kind == "" && form.fits(f.Data)
	}}
}

func (x fixed) fits(data []byte) bool {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) != x.width {
		return false
	}
	for _, at := range x.seps {
		if line[at] != ' ' {
			return false
		}
	}
	return true
}

// packedZM tells the zip of one merchant's file download, or the text that the
// interface wraps it in. A zip with the statements of several merchants is a bundle.
func packedZM(f intake.File) (intake.Claim, bool) {
	zipped := unwrap(f)
	if !bytes.HasPrefix(zipped.Data, []byte("PK")) {
		return intake.Claim{}, false
	}
	members, _, err := intake.Unpack(zipped)
	if err != nil {
		return intake.Claim{}, false
	}
	var found unionSign
	for _, m := range members {
		switch sign := signOf(m.Name); {
		case sign.kind == "ZM" && found.kind == "":
			found = sign
		case sign.kind != "ZME":
			return intake.Claim{}, false
		}
	}
	return found.Claim, found.kind == "ZM"
}

var wrapped = regexp.MustCompile(`^[A-Za-z0-9+/\r\n]{60,}=*\s*$`)

// unwrap takes a zip out of the text of the interface.
func unwrap(f intake.File) intake.File {
	if wrapped.Match(f.Data) {
		if zipped, err := unionpay.Unwrap(string(bytes.TrimSpace(f.Data))); err == nil {
			f.Data = zipped
		}
	}
	return f
}

// readPacked reads the statement and the disputes beside it.
func readPacked(r unionpay.Reader, f intake.File) (intake.Content, error) {
	f = unwrap(f)
	c, err := rows(r.Read(statementFile(f)))
	if err != nil {
		return c, err
	}
	members, _, err := intake.Unpack(f)
	if err != nil {
		return c, err
	}
	for _, m := range members {
		if signOf(m.Name).kind != "ZME" {
			continue
		}
		d, err := readDisputes(intake.File{Name: m.Name, Account: f.Account}, file.ZME, m.Data)
		if err != nil {
			return c, err
		}
		c.Disputes = d.Disputes
	}
	return c, nil
}

// readDisputes reads AERRA or a merchant's ZME.
func readDisputes(f intake.File, l *file.Layout, data []byte) (intake.Content, error) {
	records, err := readRecords(f.Name, l, data)
	if err != nil {
		return intake.Content{}, err
	}
	c := intake.Content{Rows: len(records)}
	for i, r := range records {
		d := intake.Dispute{Line: i + 1, MerchantNo: r.Get("merId"), TraceNo: r.Get("traceNo"), PrevTrace: r.Get("prevTraceNo"), PrevDate: r.Get("prevSettleDate")}
		if l == file.ZME {
			d.Code, d.Time, d.PrevTime, d.Amount, d.Fee, d.PrevAmount = r.Get("errCode"), r.Get("txnTime"), r.Get("prevTxnTime"), r.Fen("txnAmt"), -r.Fen("merFee"), r.Fen("prevAmt")
		} else {
			d.Code, d.Reason, d.Time, d.PrevTime = r.Get("errFlag"), r.Get("reasonCode"), r.Get("transTime"), r.Get("prevTransTime")
			d.TerminalNo, d.OrderNo, d.Amount, d.Fee, d.PrevAmount = r.Get("termId"), r.Get("orderNo"), r.Fen("amount"), -r.Fen("merFee"), r.Fen("prevAmount")
		}
		if !strings.HasPrefix(d.Code, "E") {
			return c, recordFault(i+1, "errFlag", d.Code, "want a code of disputes such as E22")
		}
		if f.Account != "" && d.MerchantNo != f.Account {
			return c, recordFault(i+1, "merId", d.MerchantNo, "is another merchant's, asked was "+f.Account)
		}
		c.Disputes = append(c.Disputes, d)
	}
	return c, nil
}

// readFees reads ALFEE.
func readFees(f intake.File) (intake.Content, error) {
	records, err := readRecords(f.Name, file.ALFEE, f.Data)
	if err != nil {
		return intake.Content{}, err
	}
	c := intake.Content{Rows: len(records)}
	for i, r := range records {
		c.Fees = append(c.Fees, intake.BrandFee{Line: i + 1, TraceNo: r.Get("traceNo"), Time: r.Get("transTime"), MerchantNo: r.Get("merId"),
			Amount: r.Fen("amount"), Fee: -r.Fen("brandFee")})
	}
	return c, nil
}

// readRecords cuts a text of the house's own table of layouts; the first thing that
// is wrong refuses it.
func readRecords(name string, l *file.Layout, data []byte) ([]file.Record, error) {
	records, problems := file.Read(name, l, data)
	if len(problems) > 0 {
		p := problems[0]
		if accounts[p.Field] {
			p.Value = "(hidden)"
		}
		return nil, recordFault(p.Line, p.Field, p.Value, p.Text)
	}
	return records, nil
}

// accounts are fields that hold a card number.
var accounts = map[string]bool{"pan": true, "accNo": true, "outCard": true, "inCard": true, "length": true, "lineEnd": true}

func recordFault(line int, field, value, text string) error {
	e := fault.New("layouts", fault.Corrupt, "line %s: %s", strconv.Itoa(line), text)
	e.Field, e.Value = field, value
	return e
}
