package web

// loginChapter is what these texts add to the catalogue.
var loginChapter = chapter{texts: loginTexts}

// loginTexts are those of the login.
var loginTexts = texts{
	"login.title":    {"登录", "Log in"},
	"login.name":     {"登录名", "Login"},
	"login.password": {"密码", "Password"},
	"login.submit":   {"登录", "Log in"},
	"login.passkey":  {"用通行密钥登录", "Log in with a passkey"},
	"login.join":     {"还没有账号？申请成为商户", "No account? Become a merchant"},
	"login.joined":   {"如果登录名可用，账号已创建，请登录。如果无法登录，说明登录名已被使用，请换一个。", "If the login was free, your account is there: log in. If you cannot, the login is taken; choose another."},
}
