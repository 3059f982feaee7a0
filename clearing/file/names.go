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

// The two-digit classes in the file names, as UnionPay uses them; a contract
// with a clearing operator may agree on others.
const (
	classACOMA = "32"
	classZSUM  = "32"
	classZPSUM = "99"
	classZM    = "88"
)

const (
	controlSuffix = ".chk"
	tempSuffix    = ".tmp"
)

// ACOMAName is the name of a clearing date's transaction file, IND26031032ACOMA.
func ACOMAName(d bizdate.Date) string { return "IND" + d.YYMMDD() + classACOMA + "ACOMA" }

// ZSUMName is the name of a clearing date's merchant summary, INO26031032ZSUM.
func ZSUMName(d bizdate.Date) string { return "INO" + d.YYMMDD() + classZSUM + "ZSUM" }

// ZPSUMName is the name of a clearing date's fund transfer summary,
// INO26031099ZPSUM.
func ZPSUMName(d bizdate.Date) string { return "INO" + d.YYMMDD() + classZPSUM + "ZPSUM" }

// ZMName is the name of a merchant's statement of a clearing date,
// INN26031088ZM_999290058120001.
func ZMName(d bizdate.Date, merchantNo string) string {
	return "INN" + d.YYMMDD() + classZM + "ZM_" + merchantNo
}

// ControlName is the name of a file's control file.
func ControlName(name string) string { return name + controlSuffix }

// tempName is where a file is written before it gets its name. The dot keeps it
// out of an operator's IND*.
func tempName(name string) string { return "." + name + tempSuffix }

func isTempName(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempSuffix)
}

var fileNames = regexp.MustCompile(`^(IND(\d{6})` + classACOMA + `(ACOMA)|INO(\d{6})` + classZSUM + `(ZSUM)|INO(\d{6})` + classZPSUM + `(ZPSUM)|INN(\d{6})` + classZM + `(ZM)_(.+))$`)

// fileName is a settlement file's name taken apart.
type fileName struct {
	layout   *Layout
	yymmdd   string
	merchant string // ZM only
}

func parseFileName(name string) (fileName, bool) {
	m := fileNames.FindStringSubmatch(name)
	if m == nil {
		return fileName{}, false
	}
	switch {
	case m[3] != "":
		return fileName{layout: ACOMA, yymmdd: m[2]}, true
	case m[5] != "":
		return fileName{layout: ZSUM, yymmdd: m[4]}, true
	case m[7] != "":
		return fileName{layout: ZPSUM, yymmdd: m[6]}, true
	}
	return fileName{layout: ZM, yymmdd: m[8], merchant: m[10]}, id.CheckMerchantNo(m[10]) == nil
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
