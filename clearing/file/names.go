package file

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
)

// kindOfFile is one kind of settlement file: its layout and how its name is made of
// the clearing date. The two digits are the classes that UnionPay uses; a contract
// with a clearing operator may agree on others.
type kindOfFile struct {
	layout      *Layout
	prefix      string // before the date
	class       string // after the date
	perMerchant bool   // the name ends in _ and a merchant number
}

// kindsOfFile lists all, in the order in which Build makes them.
var kindsOfFile = []kindOfFile{
	{ACOMA, "IND", "32", false},
	{ZSUM, "INO", "32", false},
	{ZPSUM, "INO", "99", false},
	{AERRA, "IND", "32", false},
	{ALFEE, "IND", "99", false},
	{POS, "IND", "32", false},
	{ZM, "INN", "88", true},
	{ZME, "INN", "88", true},
}

// nameOf is the name of a layout's file of a clearing date.
func nameOf(l *Layout, d bizdate.Date) string {
	for _, k := range kindsOfFile {
		if k.layout == l {
			return k.prefix + d.YYMMDD() + k.class + l.Name
		}
	}
	return ""
}

const (
	controlSuffix = ".chk"
	tempSuffix    = ".tmp"
)

// ACOMAName is the name of a clearing date's transaction file, IND26031032ACOMA.
func ACOMAName(d bizdate.Date) string { return nameOf(ACOMA, d) }

// ZSUMName is the name of a clearing date's merchant summary, INO26031032ZSUM.
func ZSUMName(d bizdate.Date) string { return nameOf(ZSUM, d) }

// ZPSUMName is the name of a clearing date's fund transfer summary,
// INO26031099ZPSUM.
func ZPSUMName(d bizdate.Date) string { return nameOf(ZPSUM, d) }

// AERRAName is the name of a clearing date's dispute file, IND26031032AERRA.
func AERRAName(d bizdate.Date) string { return nameOf(AERRA, d) }

// ALFEEName is the name of a clearing date's brand service fees, IND26031099ALFEE.
func ALFEEName(d bizdate.Date) string { return nameOf(ALFEE, d) }

// POSName is the name of a clearing date's terminal batches, IND26031032POS.
func POSName(d bizdate.Date) string { return nameOf(POS, d) }

// ZMName is the name of a merchant's statement of a clearing date,
// INN26031088ZM_999290058120001.
func ZMName(d bizdate.Date, merchantNo string) string { return nameOf(ZM, d) + "_" + merchantNo }

// ZMEName is the name of a merchant's statement of disputes,
// INN26031088ZME_999290058120001.
func ZMEName(d bizdate.Date, merchantNo string) string { return nameOf(ZME, d) + "_" + merchantNo }

// dailyNames are the files that every clearing date has.
func dailyNames(d bizdate.Date) []string {
	var names []string
	for _, k := range kindsOfFile {
		if !k.perMerchant {
			names = append(names, nameOf(k.layout, d))
		}
	}
	return names
}

// ControlName is the name of a file's control file.
func ControlName(name string) string { return name + controlSuffix }

// tempName is where a file is written before it gets its name. The dot keeps it
// out of an operator's IND*.
func tempName(name string) string { return "." + name + tempSuffix }

func isTempName(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempSuffix)
}

var fileNames = regexp.MustCompile(`^(IN[DNO])(\d{6})(\d{2})([A-Z]+)(?:_(.+))?$`)

// fileName is a settlement file's name taken apart.
type fileName struct {
	layout   *Layout
	yymmdd   string
	merchant string // ZM and ZME only
}

func parseFileName(name string) (fileName, bool) {
	m := fileNames.FindStringSubmatch(name)
	if m == nil {
		return fileName{}, false
	}
	for _, k := range kindsOfFile {
		if m[1] != k.prefix || m[3] != k.class || m[4] != k.layout.Name {
			continue
		}
		n := fileName{layout: k.layout, yymmdd: m[2], merchant: m[5]}
		if k.perMerchant {
			return n, id.CheckMerchantNo(n.merchant) == nil
		}
		return n, n.merchant == "" && len(name) == len(k.prefix+k.class+k.layout.Name)+len(n.yymmdd)
	}
	return fileName{}, false
}

// LayoutOf tells the layout of a settlement file by its name; nil when the name is
// none of ours.
func LayoutOf(name string) *Layout {
	n, ok := parseFileName(name)
	if !ok {
		return nil
	}
	return n.layout
}

// FolderName is the folder of a clearing date's issue: "2026-03-10" for the
// first, "2026-03-10-2" for the second.
func FolderName(d bizdate.Date, issue int) string {
	if issue <= 1 {
		return d.String()
	}
	return fmt.Sprintf("%s-%d", d, issue)
}

// ParseFolderName reads what FolderName wrote. Its fault is of kind Invalid.
func ParseFolderName(name string) (d bizdate.Date, issue int, err error) {
	bad := func() (bizdate.Date, int, error) {
		return 0, 0, fault.Field("file.ParseFolderName", "folder", name, "want a clearing date, 2026-03-10, or a re-issue of one, 2026-03-10-2")
	}
	if len(name) < 10 {
		return bad()
	}
	if d, err = bizdate.Parse(name[:10]); err != nil {
		return bad()
	}
	if len(name) == 10 {
		return d, 1, nil
	}
	issue, err = strconv.Atoi(strings.TrimPrefix(name[10:], "-"))
	if err != nil || issue < 2 || FolderName(d, issue) != name {
		return bad()
	}
	return d, issue, nil
}
