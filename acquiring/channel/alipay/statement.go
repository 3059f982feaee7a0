package alipay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/acquiring/channel/alipay/statement"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// billReadyAfter is how long after the end of a day its bill must be there.
// Documents say "about 09:00"; an hour is added before a missing bill is taken
// for a day without trade.
const billReadyAfter = 10 * time.Hour

// isNoBill recognises the failure "there is no bill for that day". The exact
// sub-code is weakly confirmed, so only its stem is compared.
func isNoBill(s wire.Status) bool {
	return s.Code == "40004" && strings.Contains(strings.ToLower(s.SubCode), "bill_not_exist")
}

// Statement fetches the trade bill of one calendar day: one zip for the whole
// service provider. "No such bill" means not ready before 10:00 of the next day
// and an empty day afterwards. Error kinds: NotReady, Unavailable (try again),
// Refused (Alipay says no), Corrupt (what came is no bill).
func (a *Adapter) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	const op = "alipay.Statement"
	file := channel.StatementFile{Channel: channel.Alipay, Date: req.Date}
	if _, err := bizdate.ParseCompact(req.Date.Compact()); err != nil {
		return file, fault.Field(op, "date", req.Date.String(), "want a calendar day")
	}
	now, dayEnd := a.clock.Now(), req.Date.AddDays(1).Start()
	if now.Before(dayEnd) {
		return file, fault.New(op, fault.NotReady, "%s is not over yet, ask after its end", req.Date)
	}
	address, status, err := a.wire.BillURL(ctx, req.Date.String())
	if err == nil && isNoBill(status) {
		if now.Before(dayEnd.Add(billReadyAfter)) {
			return file, fault.New(op, fault.NotReady, "Alipay has no bill of %s yet, ask again after %s",
				req.Date, dayEnd.Add(billReadyAfter).Format(wire.TimeLayout))
		}
		file.Empty = true
		return file, nil
	}
	if err := billRefusal(op, status, err); err != nil {
		return file, err
	}
	data, name, err := a.wire.Bill(ctx, address)
	if errors.Is(err, wire.ErrTooLarge) {
		return file, fault.Wrap(op, fault.Corrupt, err)
	}
	if err != nil {
		return file, fault.Wrap(op, fault.Unavailable, err)
	}
	if err := statement.Guard(data); err != nil {
		return file, fault.Wrap(op, fault.Corrupt, err)
	}
	file.Data, file.Name = data, name
	if file.Name == "" {
		file.Name = fmt.Sprintf("%s_%s.csv.zip", a.provider(), req.Date.Compact())
	}
	return file, nil
}

// billRefusal turns an unsuccessful call for the bill's address into an error.
// Asking for a bill changes nothing, so an unknown result is simply asked again.
func billRefusal(op string, status wire.Status, err error) error {
	result, err := settle(op, status, err)
	switch {
	case err != nil:
		return err
	case result.Outcome == channel.Succeeded:
		return nil
	case result.Outcome == channel.Refused:
		return fault.New(op, fault.Refused, "Alipay gives no bill: %s %s", result.Code, result.Message)
	}
	return fault.New(op, fault.Unavailable, "no answer about the bill (%s %s), try again", result.Code, result.Message)
}

// provider is what a bill without a name of its own is filed under.
func (a *Adapter) provider() string {
	if a.pid != "" {
		return a.pid
	}
	return a.appID
}
