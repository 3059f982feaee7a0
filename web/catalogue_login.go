package web

// loginChapter is what these texts add to the catalogue.
var loginChapter = chapter{texts: loginTexts}

// loginTexts are those of the login.
var loginTexts = texts{
	"login.title":    {"登录", "Log in"},
	"login.name":     {"登录名", "Login"},
	"login.password": {"密码", "Password"},
	"login.submit":   {"登录", "Log in"},
}
