package phone

import (
	"net/http"
	"strings"
)

// text is the page in one language.
type text struct {
	Code, OtherCode, OtherName, Language string
	Title, Lead, Payer, Search, Apply    string
	Unbound, None, Code2D                string
	Pages, Previous, Next                string
	Phone, Hint                          string
	PayCode, PayCodeHint, PayCodeAgain   string
	Notes                                map[PlateState]string
}

var chinese = text{
	Code: "zh-CN", OtherCode: "en", OtherName: "English", Language: "语言",
	Title: "聚码 · 沙箱手机", Lead: "选一块码牌，再选一个钱包：打开的是真实的收银页面，付款由沙箱钱包完成。",
	Payer: "付款人", Search: "查找码牌、门店、商户", Apply: "确定",
	Unbound: "未绑定", None: "没有符合的码牌。", Code2D: "二维码",
	Pages: "分页", Previous: "上一页", Next: "下一页",
	Phone: "手机", Hint: "在左边选一个钱包扫码。",
	PayCode: "付款码", PayCodeHint: "给商户扫，或把数字输入“扫码收款”页面。一分钟内有效，只能用一次。", PayCodeAgain: "刷新付款码",
	Notes: map[PlateState]string{Blank: "空白码牌：还没有商户", Suspended: "已停用的码牌", Invented: "虚构的码牌：没有人发行过"},
}

var english = text{
	Code: "en", OtherCode: "zh-CN", OtherName: "中文", Language: "Language",
	Title: "Juma · sandbox phone", Lead: "Choose a plate and a wallet: what opens is the real cashier page, and the sandboxed wallet pays.",
	Payer: "Payer", Search: "Find a plate, store or merchant", Apply: "Apply",
	Unbound: "Not bound", None: "No plate fits.", Code2D: "Code",
	Pages: "Pages", Previous: "Previous", Next: "Next",
	Phone: "Phone", Hint: "Choose a wallet on the left to scan with.",
	PayCode: "Payment code", PayCodeHint: "Let a merchant scan it, or type the digits on “Scan a customer”. Good for a minute, and once.", PayCodeAgain: "Refresh the code",
	Notes: map[PlateState]string{Blank: "A blank plate: no merchant yet", Suspended: "A suspended plate", Invented: "An invented plate: nobody issued it"},
}

// textFor takes the language that was chosen, else the browser's first one,
// else Chinese.
func textFor(r *http.Request) text {
	lang := r.URL.Query().Get("lang")
	if lang == "" {
		lang = r.Header.Get("Accept-Language")
	}
	return textIn(lang)
}

func textIn(lang string) text {
	if strings.HasPrefix(strings.ToLower(lang), "en") {
		return english
	}
	return chinese
}

// langCookie remembers the phone's language, which its wallets tell every page.
const langCookie = "phone_lang"

// speak makes a request ask for the phone's language, if one was chosen.
func speak(out http.Header, in *http.Request) {
	if c, err := in.Cookie(langCookie); err == nil {
		out.Set("Accept-Language", textIn(c.Value).Code)
	}
}
