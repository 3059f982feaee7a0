package wechat

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/acquiring/channel/wechat/statement"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// What the documents know weakly about the bill service.
const (
	// billReady is the time of the next day by which WeChat says the bill is
	// there ("about 09:00 to 10:00"): until then "no bill" means "not yet", from
	// then on "no trade".
	billReady = 10 * time.Hour
	// codeNoBill serves for both. [C1]
	codeNoBill = "NO_STATEMENT_EXIST"
	// codeMaking: the bill is being made. [M]
	codeMaking = "STATEMENT_CREATING"
	// codeBusy is said while the bill is being made, and of bad requests. [C1]
	codeBusy = "INVALID_REQUEST"

	maxPacked = 256 << 20 // bytes of a packed bill: some ten million rows
)

// Statement fetches the bill of all trades of one calendar day, for all
// sub-merchants together, and proves its digest.
func (a *Adapter) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	const op = "wechat.Statement"
	if req.Date == 0 {
		return channel.StatementFile{}, fault.Field(op, "date", "", "is missing")
	}
	file := channel.StatementFile{
		Channel: channel.WeChat, MerchantID: req.MerchantID, Date: req.Date,
		Name: req.Date.Compact() + "_ALL.csv",
	}
	early := a.clk.Now().Before(req.Date.AddDays(1).Start().Add(billReady))
	if req.Date >= bizdate.Of(a.clk.Now()) {
		return file, fault.New(op, fault.NotReady, "the bill of %s is made on the next morning", req.Date)
	}
	ans, callErr := a.wire.TradeBill(ctx, req.Date.String())
	if callErr != nil {
		return file, fetchFault(op, callErr)
	}
	switch {
	case ans.OK():
	case ans.Code == codeMaking, early && (ans.Code == codeNoBill || ans.Code == codeBusy):
		return file, fault.New(op, fault.NotReady, "the bill of %s is not made yet (%s %s), ask again after 10:00 of the next day", req.Date, ans.Code, ans.Message)
	case ans.Code == codeNoBill:
		file.Empty = true
		return file, nil
	case ans.Status >= 500 || ans.Status == 429:
		return file, fault.New(op, fault.Unavailable, "WeChat cannot serve the bill of %s now (%s %s), try again", req.Date, ans.Code, ans.Message)
	default:
		return file, fault.New(op, fault.Refused, "WeChat refuses the bill of %s: %s %s", req.Date, ans.Code, ans.Message)
	}
	data, err := a.download(ctx, op, ans)
	if err != nil {
		return file, err
	}
	file.Data = data
	return file, nil
}

func (a *Adapter) download(ctx context.Context, op string, ans wire.Answer) ([]byte, error) {
	var loc wire.BillLocation
	if err := ans.Decode(&loc); err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	if !strings.EqualFold(loc.HashType, "SHA1") {
		return nil, &fault.Error{Op: op, Kind: fault.Corrupt, Field: "hash_type", Value: loc.HashType, Msg: "want SHA1, the file could not be proved"}
	}
	address, err := a.wire.BillAddress(loc.DownloadURL)
	if err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	packed, err := a.wire.Download(ctx, address, maxPacked)
	if err != nil {
		return nil, fetchFault(op, err)
	}
	data, err := statement.Unpack(packed)
	if err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	// SHA-1 is what WeChat gives; it guards against damage, and the connection
	// and our request's signature against malice.
	if sum := sha1.Sum(data); !strings.EqualFold(hex.EncodeToString(sum[:]), loc.HashValue) {
		return nil, &fault.Error{Op: op, Kind: fault.Corrupt, Field: "hash_value", Value: loc.HashValue, Msg: "the file has " + hex.EncodeToString(sum[:]) + ", fetch it again"}
	}
	return data, nil
}

// fetchFault is the error of a failed fetch. Fetching changes nothing, so what
// was lost may simply be fetched again; what does not verify must not.
func fetchFault(op string, err error) error {
	var f *wire.Failure
	if errors.As(err, &f) && f.Stage == wire.Unverified && f.Answer.Status < 500 && f.Answer.Status != 429 {
		return fault.Wrap(op, fault.Corrupt, err)
	}
	return fault.Wrap(op, fault.Unavailable, err)
}
