package statement

import (
	"bytes"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// The institution's flow shows what the merchants' statements show.
func TestReadInstitution(t *testing.T) {
	type row struct {
		kind          channel.LineKind
		trace, payer  string
		amount        int64
		time, orderNo string
	}
	short := func(l channel.StatementLine) row {
		return row{l.Kind, l.TraceNo, l.Payer, int64(l.Amount), l.Time.Format("0102150405"), l.OrderNo}
	}
	want := map[string]row{}
	for _, m := range []string{"999290058120001", "999581054110002", "999584059120003"} {
		st, err := Reader{}.Read(file(m, sample(t, "INN26031088ZM_"+m)))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range st.Lines {
			want[l.TraceNo] = short(l)
		}
	}
	for _, name := range []string{"IND26031032ACOMA", "IND26031001ACOMN"} {
		st, err := ReadInstitution(channel.StatementFile{Name: name, Date: day, Data: sample(t, name)})
		if err != nil || len(st.Lines) != len(want) {
			t.Fatal(name, len(st.Lines), err)
		}
		for _, l := range st.Lines {
			w := want[l.TraceNo]
			if strings.HasSuffix(name, "N") {
				w.orderNo = ""
			}
			if short(l) != w || l.ChannelNo != l.TraceNo+"-"+w.time+"-99982900-99982900" || !l.Final || l.Date != day {
				t.Errorf("%s:\n got %+v\nwant %+v", name, l, w)
			}
		}
		if f := st.Lines[1].Fee; f != 20 { // interchange 18, network 2
			t.Errorf("%s: fee %d", name, f)
		}
		if f := st.Lines[4].Fee; f != -8 {
			t.Errorf("%s: fee of a refund %d", name, f)
		}
	}
}

func TestReadInstitutionRefuses(t *testing.T) {
	data := sample(t, "IND26031032ACOMA")
	change := func(at int, text string) []byte {
		d := bytes.Clone(data)
		copy(d[at:], text)
		return d
	}
	for want, tt := range map[string]struct {
		data []byte
		date bizdate.Date
	}{
		"row length":             {data[:900], day},
		`settleDate "0310"`:      {data, day.AddDays(1)},
		`procCode "190000"`:      {change(106, "190000"), day},
		`amount "0000000046x0"`:  {change(62, "0000000046x0"), day},
		`transTime "0309251015"`: {change(31, "0309251015"), day},
		`msgType "": is blank`:   {change(101, "    "), day},
		"clearing date":          {data, 0},
	} {
		_, err := ReadInstitution(channel.StatementFile{Name: "x", Date: tt.date, Data: tt.data})
		if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if st, err := ReadInstitution(channel.StatementFile{Date: day}); err != nil || len(st.Lines) != 0 {
		t.Errorf("a day without traffic: %v, %v", st, err)
	}
}

func TestReversalOfAnInstitution(t *testing.T) {
	data := sample(t, "IND26031032ACOMA")
	copy(data[324:], "R")
	st, err := ReadInstitution(channel.StatementFile{Date: day, Data: data})
	if err != nil || st.Lines[0].Kind != channel.RefundLine || st.Lines[0].OrigOrderNo != st.Lines[0].OrderNo {
		t.Errorf("%+v, %v", st.Lines, err)
	}
}

func TestRecognise(t *testing.T) {
	const m = "999290058120001"
	zm := sample(t, "INN26031088ZM_"+m)
	for name, tt := range map[string]struct {
		data []byte
		want Sign
	}{
		"INN26031088ZM_" + m:           {zm, Sign{Merchant, day, m}},
		"upload.txt":                   {zm, Sign{Shape: Merchant}},
		m + "_20260311083000.zip":      {sample(t, m+"_20260311083000.zip"), Sign{Merchant, day, m}},
		"fileTransReq-fileContent.txt": {sample(t, "fileTransReq-fileContent.txt"), Sign{Wrapped, day, m}},
		"IND26031032ACOMA":             {sample(t, "IND26031032ACOMA"), Sign{Institution, day, ""}},
		"flow":                         {sample(t, "IND26031001ACOMN"), Sign{Shape: Institution}},
		"IND26031001ACOMN":             {nil, Sign{Institution, day, ""}},
		"INN26031088ZME_" + m:          {nil, Sign{Other, day, m}},
		"INO26031032ZSUM":              {nil, Sign{Other, day, ""}},
	} {
		if got, ok := Recognise("dir/"+name, tt.data); !ok || got != tt.want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	for _, other := range []string{"", "a,b\n", "PK\x03\x04", strings.Repeat("a", 607), strings.Repeat("QUJD", 30)} {
		if got, ok := Recognise("x", []byte(other)); ok {
			t.Errorf("%.20q is taken for %+v", other, got)
		}
	}
}
