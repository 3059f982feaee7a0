package delivery

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"hash"
	"io"
	"os"
	"strings"

	"juma/internal/fault"
)

// part is a manifest as far as it is made. Its digest is kept while it grows.
type part struct {
	file   *os.File
	rows   int
	last   Row
	digest hash.Hash
}

// openPart opens a part or begins one, and cuts off what a killed process left
// behind the last whole line. With several plates in a file, the lines of the
// last one are cut off too: it may not be complete.
func openPart(path string, shared bool) (*part, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	p := &part{file: f, digest: sha256.New()}
	keep, err := p.read(shared)
	if err == nil {
		err = f.Truncate(keep)
	}
	if err == nil {
		_, err = f.Seek(keep, io.SeekStart)
	}
	if err == nil && keep == 0 {
		err = p.write([]byte(strings.Join(Header, ",") + "\n"))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

// read takes in the whole lines and returns where they end.
func (p *part) read(shared bool) (keep int64, err error) {
	in := bufio.NewReaderSize(p.file, 1<<16)
	type mark struct {
		end  int64
		rows int
		last Row
	}
	var at, safe mark // safe: before the first line of the last file
	for line := 0; ; line++ {
		text, err := in.ReadString('\n')
		if err == io.EOF {
			break // what follows the last newline is no whole line
		}
		if err != nil {
			return 0, err
		}
		if line == 0 {
			if text != strings.Join(Header, ",")+"\n" {
				return 0, fault.New("delivery.Run", fault.Conflict, "%s is no part of a manifest; choose another directory", p.file.Name())
			}
			at.end = int64(len(text))
			safe = at
			continue
		}
		f, err := csv.NewReader(strings.NewReader(text)).Read()
		if err != nil || len(f) != len(Header) {
			break
		}
		row := Row{f[0], f[1], f[2], f[3], f[4], f[5]}
		if row.File != at.last.File {
			safe = at
		}
		at = mark{at.end + int64(len(text)), at.rows + 1, row}
	}
	if shared {
		at = safe
	}
	p.rows, p.last = at.rows, at.last
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	_, err = io.CopyN(p.digest, p.file, at.end)
	return at.end, err
}

// add appends lines for good.
func (p *part) add(rows []Row) error {
	text, err := encode(rows)
	if err != nil {
		return err
	}
	if err := p.write(text); err != nil {
		return err
	}
	p.rows, p.last = p.rows+len(rows), rows[len(rows)-1]
	return p.file.Sync()
}

func (p *part) write(text []byte) error {
	p.digest.Write(text)
	_, err := p.file.Write(text)
	return err
}

func (p *part) close() { _ = p.file.Close() } // what was added is synced
