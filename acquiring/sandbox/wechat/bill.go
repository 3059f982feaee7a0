package wechat

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha1" // prescribed by the interface for the bill's digest
	"encoding/hex"
	"net/url"
	"slices"
	"time"

	"juma/internal/bizdate"
)

const (
	billReady  = 9 * time.Hour   // time of the next day from which a bill stands
	billMonths = 3               // how far back bills can be had
	tokenLife  = 5 * time.Minute // of a download address
)

// downloads is a bill that waits to be fetched.
type downloads struct {
	data  []byte
	until time.Time
}

// tradeBill makes a day's bill and answers where to fetch it.
func (w *Wallet) tradeBill(c *call) (*answer, *apiError) {
	q := c.r.URL.Query()
	day, t, refusal := w.billRequest(q)
	if refusal != nil {
		return nil, refusal
	}
	now := w.core.Clock.Now()
	if now.Before(day.AddDays(1).Start().Add(billReady)) {
		return nil, refuse(noStatement, "账单文件不存在: %s 的账单尚未生成", day)
	}
	sub := q.Get("sub_mchid")
	rows := slices.DeleteFunc(w.billRows(day), func(r billRow) bool {
		return !t.shows(r) || sub != "" && r.subMchID != sub
	})
	if len(rows) == 0 {
		return nil, refuse(noStatement, "账单文件不存在: %s 没有交易", day)
	}
	file := t.print(rows)
	sum := sha1.Sum(file)
	if q.Get("tar_type") == "GZIP" {
		file = zipped(file)
	}
	return &answer{strike: "statement", body: map[string]string{
		"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]), "download_url": w.offer(c, file, now),
	}}, nil
}

func (w *Wallet) billRequest(q url.Values) (day bizdate.Date, t billType, refusal *apiError) {
	day, err := bizdate.Parse(q.Get("bill_date"))
	if err != nil {
		return day, t, badParam("query", "bill_date", q.Get("bill_date"), "want yyyy-MM-dd")
	}
	if oldest := bizdate.Of(w.core.Clock.Now().In(bizdate.Zone).AddDate(0, -billMonths, 0)); day < oldest {
		return day, t, badParam("query", "bill_date", q.Get("bill_date"), "is more than %d months back", billMonths)
	}
	t, ok := billTypes[cmp.Or(q.Get("bill_type"), "ALL")]
	if !ok {
		return day, t, badParam("query", "bill_type", q.Get("bill_type"), "want ALL, SUCCESS or REFUND")
	}
	if z := q.Get("tar_type"); z != "" && z != "GZIP" {
		return day, t, badParam("query", "tar_type", z, "want GZIP or nothing")
	}
	if sub := q.Get("sub_mchid"); sub != "" && !subMchIDForm.MatchString(sub) {
		return day, t, badParam("query", "sub_mchid", sub, "want %s", subMchIDForm)
	}
	return day, t, nil
}

// offer keeps a file for a while and returns the address it is fetched at.
func (w *Wallet) offer(c *call, file []byte, now time.Time) string {
	token := randomText(48, textSet)
	w.mu.Lock()
	defer w.mu.Unlock()
	for old, d := range w.tokens {
		if now.After(d.until) {
			delete(w.tokens, old)
		}
	}
	w.tokens[token] = &downloads{file, now.Add(tokenLife)}
	return cmp.Or(w.base, "http://"+c.r.Host) + "/v3/billdownload/file?token=" + token
}

// download gives the raw file. The request is signed like any other; the answer
// is not.
func (w *Wallet) download(c *call) (*answer, *apiError) {
	token := c.r.URL.Query().Get("token")
	w.mu.Lock()
	d := w.tokens[token]
	w.mu.Unlock()
	if d == nil || w.core.Clock.Now().After(d.until) {
		return nil, badParam("query", "token", token, "is unknown or older than %s, ask for the bill again", tokenLife)
	}
	return &answer{body: d.data}, nil
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out) // without a time in its header: the same bytes every time
	_, _ = z.Write(b)         // a buffer does not fail
	_ = z.Close()
	return out.Bytes()
}
