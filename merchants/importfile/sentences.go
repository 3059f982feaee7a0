package importfile

import (
	"fmt"
	"strings"

	"juma/merchants/check"
)

// sentence says what is wrong and what to do, in Chinese and in English.
type sentence [2]string

// filled is the sentence with its verbs filled in, the same in both languages.
func (s sentence) filled(args ...any) sentence {
	return sentence{fmt.Sprintf(s[0], args...), fmt.Sprintf(s[1], args...)}
}

// ofRule is the sentence of a rule of package check.
func ofRule(r check.Rule) sentence { return check.Texts[r] }

// What may be wrong with a file, its header or a line, beside the rules of package
// check.
var (
	unreadable   = sentence{"无法读取：%v", "cannot be read: %v"}
	tooLong      = sentence{"文件有 %d 字节，请拆分，每个文件不超过 %d 字节。", "the file has %d bytes; split it into files of at most %d"}
	oldWorkbook  = sentence{"这是旧版或加密的工作簿，请另存为不带密码的 .xlsx，或 UTF-8 编码的 CSV。", "this is an old or encrypted workbook; save it as .xlsx without password, or as CSV in UTF-8"}
	wideText     = sentence{"这是 UTF-16 文本，请另存为 UTF-8 编码的 CSV。", "this is UTF-16 text; save it as CSV in UTF-8"}
	emptyFile    = sentence{"文件是空的；首行应为列名：" + strings.Join(Columns, ","), "the file is empty; the first line names the columns: " + strings.Join(Columns, ",")}
	noMerchant   = sentence{"列名之下没有商户。", "the file has no merchant below its header"}
	tooMany      = sentence{"文件超过 %d 户商户，请拆分。", "the file has more than %d merchants; split it"}
	cellCount    = sentence{"本行有 %d 格，应与列名一致为 %d 格；请检查是否缺少逗号或引号。", "has %d cells, want %d as in the header; look for a missing comma or quote"}
	noColumn     = sentence{"没有这一列，请删除或改正列名。", "is no column of this table; remove it or correct its name"}
	columnTwice  = sentence{"列名重复，请只保留一个。", "stands in the header twice; keep one"}
	columnLacks  = sentence{"缺少这一列，请补上。", "the header lacks this column; add it"}
	columnOrder  = sentence{"现为第 %d 列，应为第 %d 列；顺序为 " + strings.Join(Columns, ","), "is column %d, want it as column %d; the order is " + strings.Join(Columns, ",")}
	notUTF8      = sentence{"不是 UTF-8 编码，请将文件另存为 UTF-8。", "is not UTF-8; save the file as UTF-8"}
	sameMerchant = sentence{"与第 %d 行是同一商户，请只保留一行。", "is the merchant of line %d; keep one of the two"}
	knownAlready = sentence{"已经是商户或已有进件，请删除本行。", "is a merchant or an applicant already; take the line out"}
	strayQuote   = sentence{"未加引号的内容中有引号；请写成 \"…\"，其中每个引号写两次。", `a quote stands inside a field that is not quoted; write the field as "…" and each quote in it twice`}
	openQuote    = sentence{"此处的引号在本行没有闭合；请闭合，或将内容中的每个引号写两次。", `a quote that opens here is not closed on this line; close it, or write each quote in the field twice`}
	lateQuote    = sentence{"加引号的内容没有在逗号前结束；请将其中每个引号写两次。", `a quoted field does not end before the comma; write each quote in it twice`}
	noWorkbook   = sentence{"无法作为工作簿读取：%v；请另存为 .xlsx（最多 %d 户），或 UTF-8 编码的 CSV。", "this is no workbook that can be read: %v; save it as .xlsx again with at most %d merchants, or as CSV in UTF-8"}
	noSheet      = sentence{"工作簿没有工作表。", "the workbook has no sheet"}
	moreSheets   = sentence{"工作簿有多个含内容的工作表；请将商户放在第一个，并清空 %q。", "the workbook has more than one sheet with content; keep the merchants on the first and clear %q"}
	brokenSheet  = sentence{"第一个工作表无法读取，请重新保存工作簿，或另存为 UTF-8 编码的 CSV。", "the first sheet cannot be read; save the workbook again, or as CSV in UTF-8"}
	farSheet     = sentence{"工作表超出 %d 行或每行 %d 格；请清除表格以外的内容。", "the sheet reaches beyond row %d or %d cells in a row; clear what is outside the table"}
)
