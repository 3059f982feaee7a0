package app

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"juma/acquiring/channel"
	alipaystatement "juma/acquiring/channel/alipay/statement"
	unionpaystatement "juma/acquiring/channel/unionpay/statement"
	wechatstatement "juma/acquiring/channel/wechat/statement"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// StatementFolder is what a directory of statements holds for one day.
type StatementFolder struct {
	// Bills are the lines by channel. A channel whose statement is there and empty
	// has an entry without lines; one without any statement has none.
	Bills map[channel.Name][]clearing.Line
	// Read and Passed name the files that were used, and those that were not with
	// the reason.
	Read, Passed []string
}

// maxStatement bounds a file of the directory, in bytes.
const maxStatement = 1 << 30

// ReadStatementFolder reads the statements of a date in a directory and those
// below it. Files are told by what they hold, and proved by the readers of their
// channels; what is no statement, or another day's, is passed over and named. The
// same file in two forms counts once; two files that contradict each other are
// refused.
func ReadStatementFolder(dir string, date bizdate.Date) (StatementFolder, error) {
	r := folderReader{date: date, digests: map[[32]byte]string{}, pools: map[pool]*billPool{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return r.file(path, filepath.ToSlash(name))
	})
	if err != nil {
		return StatementFolder{}, err
	}
	return r.folder(), nil
}

// pool is where lines of a kind of statement are put together.
type pool struct {
	channel channel.Name
	shape   unionpaystatement.Shape // UnionPay's alone
}

type billPool struct {
	lines []clearing.Line
	from  map[clearing.Key][]clearing.Line // the lines of a key in the first file that had it
}

type folderReader struct {
	date    bizdate.Date
	digests map[[32]byte]string
	pools   map[pool]*billPool
	out     StatementFolder
}

func (r *folderReader) pass(name, why string, args ...any) error {
	r.out.Passed = append(r.out.Passed, name+": "+fmt.Sprintf(why, args...))
	return nil
}

func (r *folderReader) file(path, name string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxStatement {
		return r.pass(name, "larger than %d bytes, so no statement", maxStatement)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	where, read, day, why := recognise(name, data)
	switch {
	case read == nil:
		return r.pass(name, "%s", why)
	case day != 0 && day != r.date:
		return r.pass(name, "is of %s", day)
	}
	sum := sha256.Sum256(data)
	if first, twice := r.digests[sum]; twice && len(data) > 0 {
		return r.pass(name, "is the same file as %s", first)
	}
	r.digests[sum] = name
	st, err := read(channel.StatementFile{Channel: where.channel, Date: r.date, Name: name, Data: data})
	if err != nil {
		return fault.Wrap("statements", "", fmt.Errorf("%s: %w", name, err))
	}
	r.out.Read = append(r.out.Read, name)
	return r.add(where, name, st)
}

type readFunc func(channel.StatementFile) (channel.Statement, error)

// recognise says which reader a file is for, and which day it says it is of; a
// file without a reader gets the reason.
func recognise(name string, data []byte) (where pool, read readFunc, day bizdate.Date, why string) {
	if sign, ok := unionpaystatement.Recognise(name, data); ok {
		where = pool{channel.UnionPay, sign.Shape}
		switch sign.Shape {
		case unionpaystatement.Institution:
			return where, unionpaystatement.ReadInstitution, sign.Date, ""
		case unionpaystatement.Merchant:
			return where, unionpaystatement.Reader{}.Read, sign.Date, ""
		case unionpaystatement.Wrapped:
			return pool{channel.UnionPay, unionpaystatement.Merchant}, readWrapped, sign.Date, ""
		}
		return where, nil, 0, "holds no rows of payments (disputes, fees or sums of UnionPay)"
	}
	if sign, ok := wechatstatement.Recognise(data); ok {
		if sign.Fund {
			return where, nil, 0, "holds no rows of payments (WeChat's bill of funds)"
		}
		return pool{channel: channel.WeChat}, wechatstatement.Reader{Partial: true}.Read, sign.Date, ""
	}
	if sign, ok := alipaystatement.Recognise(data); ok {
		if sign.Summary {
			return where, nil, 0, "holds no rows of payments (Alipay's sums)"
		}
		return pool{channel: channel.Alipay}, alipaystatement.Reader{}.Read, sign.Date, ""
	}
	return where, nil, 0, "is no statement that this version knows"
}

func readWrapped(f channel.StatementFile) (channel.Statement, error) {
	zipped, err := unionpaystatement.Unwrap(string(bytes.TrimSpace(f.Data)))
	if err != nil {
		return channel.Statement{}, err
	}
	f.Data = zipped
	return unionpaystatement.Reader{}.Read(f)
}

// add puts a file's lines into their pool. A key that another file has shown
// already must be the same there.
func (r *folderReader) add(where pool, name string, st channel.Statement) error {
	p := r.pools[where]
	if p == nil {
		p = &billPool{from: map[clearing.Key][]clearing.Line{}}
		r.pools[where] = p
	}
	here := map[clearing.Key][]clearing.Line{}
	for _, l := range st.Lines {
		key := clearing.Key{Kind: l.Kind, OrderNo: l.OrderNo}
		if l.OrderNo == "" {
			key.OrderNo = l.ChannelNo
		}
		here[key] = append(here[key], clearing.Line{StatementLine: l, File: name})
	}
	for key, lines := range here {
		there, known := p.from[key]
		if !known {
			p.from[key] = lines
			p.lines = append(p.lines, lines...)
			continue
		}
		if !slices.EqualFunc(there, lines, sameLine) {
			return fault.Field("statements", "order number", key.OrderNo, "%s line %d and %s line %d say different things: leave one of the files out", there[0].File, there[0].LineNo, name, lines[0].LineNo)
		}
	}
	return nil
}

func sameLine(a, b clearing.Line) bool {
	a.File, a.LineNo = b.File, b.LineNo
	return a == b
}

// folder joins the pools of a channel. UnionPay's merchants are read from their own
// statements, and from the institution's flow where they have none.
func (r *folderReader) folder() StatementFolder {
	bills := map[channel.Name][]clearing.Line{}
	for where, p := range r.pools {
		if where.shape != unionpaystatement.Institution {
			bills[where.channel] = append(bills[where.channel], p.lines...)
		}
	}
	if flow := r.pools[pool{channel.UnionPay, unionpaystatement.Institution}]; flow != nil {
		bills[channel.UnionPay] = append(bills[channel.UnionPay], flow.besides(bills[channel.UnionPay])...)
	}
	for _, lines := range bills {
		slices.SortFunc(lines, func(a, b clearing.Line) int {
			if a.File != b.File {
				return strings.Compare(a.File, b.File)
			}
			return a.LineNo - b.LineNo
		})
	}
	r.out.Bills = bills
	return r.out
}

// besides gives the lines of merchants that have no statement of their own, those
// with an order number before the same without.
func (p *billPool) besides(own []clearing.Line) []clearing.Line {
	merchants, numbers := map[string]bool{}, map[string]bool{}
	for _, l := range own {
		merchants[l.MerchantID] = true
	}
	for _, l := range p.lines {
		if l.OrderNo != "" {
			numbers[l.ChannelNo] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.lines), func(l clearing.Line) bool {
		return merchants[l.MerchantID] || (l.OrderNo == "" && numbers[l.ChannelNo])
	})
}
