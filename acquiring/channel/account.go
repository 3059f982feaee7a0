package channel

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

// A provider may have several accounts at a channel: another merchant number at
// WeChat, another application at Alipay. Each is a Name of its own, which breakers,
// sweeps, notices, statements and books go by:
//
//	wechat        the channel's first account
//	wechat_east   a further account: the channel, "_", and a label of 1 to 10 of a-z0-9
//
// This is the one spelling everywhere. It needs no escape in an address, a file's name,
// a subject of the bus or the name of a micro service, and fits a column of 32 bytes.
// What an account has of its channel (its wire, its cut-off, whom it carries) is asked
// of its Base.
const accountSep = "_"

var accountLabel = regexp.MustCompile(`^[a-z0-9]{1,10}$`)

// Base is the channel that the account is at.
func (n Name) Base() Name {
	base, _, _ := strings.Cut(string(n), accountSep)
	return Name(base)
}

// Label tells a further account from the channel's first, whose label is "".
func (n Name) Label() string {
	_, label, _ := strings.Cut(string(n), accountSep)
	return label
}

// Valid tells whether the name is a channel's, or a further account's of one. It does not
// say that there is such an account.
func (n Name) Valid() bool {
	base, label, further := strings.Cut(string(n), accountSep)
	return slices.Contains(Names, Name(base)) && (!further || accountLabel.MatchString(label))
}

// ParseName reads a name. Kind Invalid, field "channel".
func ParseName(s string) (Name, error) {
	if n := Name(s); n.Valid() {
		return n, nil
	}
	return "", fault.Field("channel.ParseName", "channel", s, "want one of %v, or a further account such as wechat_east: _ and 1 to 10 of a-z and 0-9 behind the channel", Names)
}

// Account is a further account and the clearing dates on which it is in use.
type Account struct {
	Name  Name
	From  bizdate.Date
	Until bizdate.Date // the last; 0: it is in use
}

// On tells whether the account is in use on a clearing date.
func (a Account) On(d bizdate.Date) bool { return d >= a.From && (a.Until == 0 || d <= a.Until) }

// NamesOn lists the channels and those accounts that are in use on a clearing date.
func NamesOn(d bizdate.Date, accounts []Account) []Name {
	var names []Name
	for _, a := range accounts {
		if a.On(d) {
			names = append(names, a.Name)
		}
	}
	return With(names...)
}

// AllNames lists the channels and the accounts, of whatever time.
func AllNames(accounts []Account) []Name {
	names := make([]Name, len(accounts))
	for i, a := range accounts {
		names[i] = a.Name
	}
	return With(names...)
}

// Compare puts names into the order in which they are shown: by channel, an account
// behind the one before it.
func Compare(a, b Name) int {
	return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.Label(), b.Label()), strings.Compare(string(a), string(b)))
}

// place is where the name's channel stands among Names; what is none comes last.
func place(n Name) int {
	if i := slices.Index(Names, n.Base()); i >= 0 {
		return i
	}
	return len(Names)
}

// With lists the channels and further accounts, each once, in the order in which they
// are shown.
func With(further ...Name) []Name {
	all := slices.Concat(Names, further)
	slices.SortFunc(all, Compare)
	return slices.Compact(all)
}
