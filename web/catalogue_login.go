package web

// loginChapter is what these texts add to the catalogue.
var loginChapter = chapter{texts: loginTexts}

// loginTexts are those of the login.
var loginTexts = texts{
	"login.title":             {"登录", "Log in"},
	"login.name":              {"登录名", "Login"},
	"login.password":          {"密码", "Password"},
	"login.submit":            {"登录", "Log in"},
	"login.passkey":           {"用通行密钥登录", "Log in with a passkey"},
	"login.join":              {"还没有账号？申请成为商户", "No account? Become a merchant"},
	"login.forgotten":         {"忘记密码？", "Forgotten your password?"},
	"forgotten.text":          {"我们不通过邮件或短信重置密码。请联系能确认您身份的人，由其重新邀请您；如果您设置过通行密钥，可以直接用它登录。", "Passwords are not reset by mail or message. Ask somebody who knows you to invite you anew. If you have a passkey, it logs you in without one."},
	"forgotten.staff":         {"店长和店员", "Managers and clerks"},
	"forgotten.staff_text":    {"请店主在“员工”中移除您的旧账号，并用新的登录名发送邀请链接。", "Ask the owner to remove your account on the page Staff, and to send you an invitation link with a new login."},
	"forgotten.owner":         {"店主", "Owners"},
	"forgotten.owner_text":    {"请携带营业执照或身份证件联系我们的客户经理。核实身份后，管理员会为您开通新账号。", "Turn to your account manager with your licence or identity card. Once we know that it is you, an administrator makes you a new account."},
	"forgotten.platform":      {"平台人员", "People of the platform"},
	"forgotten.platform_text": {"请管理员用新的登录名邀请您，由另一名管理员确认。", "Ask an administrator to invite you with a new login; another administrator confirms."},
	"forgotten.back":          {"返回登录", "Back to the login"},
	"login.joined":            {"如果登录名可用，账号已创建，请登录。如果无法登录，说明登录名已被使用，请换一个。", "If the login was free, your account is there: log in. If you cannot, the login is taken; choose another."},
}
