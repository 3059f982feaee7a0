package unionpay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/acquiring/channel/unionpay/statement"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const (
	// maxFileAnswer is the most that the answer to a file request may have, in
	// bytes.
	maxFileAnswer = 48 << 20
	// readyBy is the time of the next day by which a statement stands. Until then
	// "no such file" means not yet; after it, that there was no trade. Usually it
	// stands at 09:00.
	readyBy = 10 * time.Hour
	// maxAge keeps a settleDate, which has no year, from meaning another year.
	maxAge = 330 * 24 * time.Hour
)

// Statement fetches one merchant's statement of one clearing date, as the zip
// that statement.Reader takes. Kinds: NotReady before it is made, Unavailable
// when the file host gave no usable answer (nothing is changed by asking again),
// Refused with the wallet's code, Corrupt when the content cannot be unwrapped.
func (a *Adapter) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	const op = "unionpay.Statement"
	merID, now := a.merID(req.MerchantID), a.clk.Now()
	if err := checkFileRequest(op, merID, req.Date, now); err != nil {
		return channel.StatementFile{}, err
	}
	answer, err := a.wire.Post(ctx, a.ep.file, a.fileRequest(merID, req.Date, now), maxFileAnswer)
	if err == nil && (answer["merId"] != merID || (answer["settleDate"] != "" && answer["settleDate"] != req.Date.MMDD())) {
		err = fmt.Errorf("answer speaks of merchant %q and day %q, asked was %s and %s", answer["merId"], answer["settleDate"], merID, req.Date.MMDD())
	}
	if err != nil {
		return channel.StatementFile{}, fault.Wrap(op, fault.Unavailable, err)
	}
	out := channel.StatementFile{Channel: channel.UnionPay, MerchantID: merID, Date: req.Date, Name: answer["fileName"]}
	if out.Name == "" { // an empty day has no file, but its record wants a name
		out.Name = "INN" + req.Date.YYMMDD() + "88ZM_" + merID
	}
	switch code := answer["respCode"]; {
	case code == codeNoFile && now.Before(req.Date.AddDays(1).Start().Add(readyBy)):
		return channel.StatementFile{}, fault.New(op, fault.NotReady, "the statement of %s for merchant %s is not made yet", req.Date, merID)
	case code == codeNoFile:
		out.Empty = true
		return out, nil
	case accepted(code) == channel.Unknown:
		return channel.StatementFile{}, fault.New(op, fault.Unavailable, "the file host answered %s %s, ask again", code, answer["respMsg"])
	case code != codeOK:
		return channel.StatementFile{}, fault.New(op, fault.Refused, "the file host answered %s %s", code, answer["respMsg"])
	}
	out.Data, err = statement.Unwrap(answer["fileContent"])
	return out, err
}

func (a *Adapter) fileRequest(merID string, date bizdate.Date, now time.Time) acp.Params {
	p := acp.Params{
		"txnType": "76", "txnSubType": "01", "bizType": "000000", "accessType": "0",
		"merId": merID, "settleDate": date.MMDD(), "txnTime": acp.Stamp(now), "fileType": "00",
	}
	if a.cfg.AcqInsCode != "" {
		p["accessType"], p["acqInsCode"] = "1", a.cfg.AcqInsCode
	}
	return p
}

func checkFileRequest(op, merID string, date bizdate.Date, now time.Time) error {
	var faults []error
	if err := acp.CheckMerID(merID); err != nil {
		faults = append(faults, fault.Field(op, "merchant_id", merID, "want 15 letters or digits"))
	}
	if date == 0 || now.Sub(date.Start()) > maxAge {
		faults = append(faults, fault.Field(op, "date", date.String(), "want a day within the last eleven months: the request carries no year"))
	}
	if len(faults) == 0 && date > bizdate.UnionPayCut.DateOf(now) {
		return fault.New(op, fault.NotReady, "the clearing date %s has not begun", date)
	}
	return errors.Join(faults...)
}
