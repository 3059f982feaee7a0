package web

import "juma/acquiring/watch"

// watchChapter is what these texts add to the catalogue.
var watchChapter = chapter{texts: watchTexts, families: []family{
	{prefix: "alarmkind.", words: wordsOf(watch.Kinds...)},
	{prefix: "alarmstate.", words: wordsOf(watch.States...)},
	{prefix: "toast.", words: []string{"alarm_acknowledged", "alarm_closed"}},
	{prefix: "error.", words: []string{"alarm_moved", "why_needed"}},
}, tones: map[string]string{
	"alarmkind.suspended": Bad, "alarmkind.city": Warn, "alarmkind.small": Bad, "alarmkind.silent": Warn,
	"alarmstate.open": Bad, "alarmstate.acknowledged": Info, "alarmstate.closed": Idle,
}}

// watchTexts are those of the alarms about plates.
var watchTexts = texts{
	"nav.alarms":         {"码牌告警", "Alarms"},
	"alarms.title":       {"码牌告警", "Alarms about plates"},
	"alarms.text":        {"系统发现异常后告警，不会自动停用码牌；请核实后处理。", "What is unusual is told here. No plate is stopped by itself: look into it, then decide."},
	"alarms.kinds":       {"按类型查看", "Alarms by kind"},
	"alarms.all":         {"全部", "All"},
	"alarms.filter":      {"筛选告警", "Filter alarms"},
	"alarms.up":          {"未关闭", "Not closed"},
	"alarms.none":        {"没有这样的告警。", "There is no such alarm."},
	"alarms.kind":        {"类型", "Kind"},
	"alarms.says":        {"情况", "What was seen"},
	"alarms.time":        {"告警时间", "Raised"},
	"alarms.span":        {"事实时间", "Facts from and to"},
	"alarms.plate":       {"码牌", "Plate"},
	"alarms.by":          {"处理人", "Looked into by"},
	"alarms.one":         {"告警", "Alarm"},
	"alarms.timeline":    {"经过", "Timeline"},
	"alarms.raised":      {"发出告警", "Raised"},
	"alarms.sold_again":  {"码牌恢复收款，告警自动关闭。", "The plate sells again, so the alarm closed itself."},
	"alarms.handle":      {"处理", "Deal with it"},
	"alarms.why":         {"说明", "What was found out"},
	"alarms.why_hint":    {"关闭时必填。关闭后，已核实的情况不再重复告警。", "Needed to close. What was looked at is not told again."},
	"alarms.acknowledge": {"开始核实", "Look into it"},
	"alarms.close":       {"关闭告警", "Close the alarm"},

	"alarms.says.suspended": {"停用后被扫 %d 次，付款 %d 笔。", "Although it is stopped: %d scans, %d payments."},
	"alarms.says.small":     {"短时间内小额付款 %d 笔，付款人 %d 名。", "%d small payments in a short time, by %d payers."},
	"alarms.says.silent":    {"自 %s 起没有收款，按往常应有约 %d 笔。", "Nothing was sold since %s; usually it would be about %d payments."},
	"alarms.says.moved":     {"从%s改绑到%s。", "Bound from %s to %s."},
	"alarms.says.payers":    {"%d 名付款人几分钟前还在%s付款，而码牌在%s。", "%d payers paid a few minutes earlier in %s, but the plate is in %s."},

	"alarmkind.suspended": {"停用码牌被使用", "Stopped plate in use"},
	"alarmkind.city":      {"城市突变", "Sudden change of city"},
	"alarmkind.small":     {"小额试探", "Small tests"},
	"alarmkind.silent":    {"营业时间无交易", "Silent in opening hours"},

	"alarmstate.open":         {"待处理", "Open"},
	"alarmstate.acknowledged": {"核实中", "Being looked into"},
	"alarmstate.closed":       {"已关闭", "Closed"},

	"toast.alarm_acknowledged": {"已开始核实。", "You are looking into it."},
	"toast.alarm_closed":       {"告警已关闭。", "The alarm is closed."},
	"error.alarm_moved":        {"其他人已先处理，请查看下方经过。", "Somebody else was faster: see the timeline below."},
	"error.why_needed":         {"请填写说明，最多 120 个字。", "Say why, in at most 120 characters."},
}
