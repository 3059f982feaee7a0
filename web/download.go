package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"

	"juma/clearing"
	"juma/internal/fault"
)

// download hands out a settlement file of a released day by its id. The file is proved against
// its registered digest before a byte leaves, and the download is on record
// before it begins: who got what is never in doubt.
func (s *Server) download(ctx context.Context, r *request) (response, error) {
	row, err := s.cfg.Clearing.File(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	batch, err := s.cfg.Clearing.Batch(ctx, row.Date)
	if err != nil {
		return response{}, err
	}
	if batch.State != clearing.Released {
		return response{}, &httpFault{status: http.StatusConflict, code: "not_released"}
	}
	f, err := s.openProved(row)
	if err != nil {
		return response{}, err
	}
	now := s.cfg.Clock.Now()
	err = s.cfg.Clearing.LogDownload(ctx, clearing.Download{ID: s.ids.At(now), FileID: row.ID, User: r.user.Login, IP: r.ip, At: now})
	if err != nil {
		return response{}, errors.Join(err, f.Close())
	}
	digest, err := hex.DecodeString(row.SHA256)
	if err != nil {
		return response{}, errors.Join(fault.Wrap("web.download", fault.Corrupt, err), f.Close())
	}
	return response{contentType: "application/octet-stream", stream: f}.
		with("Content-Length", strconv.FormatInt(row.Bytes, 10)).
		with("Content-Disposition", attachment(row.Name)).
		with("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest)+":"), nil
}

// openProved opens the registered file inside the data directory (os.Root: no
// name in the register can lead outside) and proves size and digest.
func (s *Server) openProved(row clearing.FileRow) (*os.File, error) {
	const op = "web.download"
	if s.cfg.DataDir == "" {
		return nil, fault.New(op, fault.Unavailable, "this server has no data directory to serve files from")
	}
	root, err := os.OpenRoot(s.cfg.DataDir)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	defer root.Close()
	f, err := root.Open(path.Join(row.Folder, row.Name))
	if err != nil {
		return nil, fault.Wrap(op, fault.Corrupt, err)
	}
	if err := prove(f, row); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// prove reads the file once and rewinds it.
func prove(f *os.File, row clearing.FileRow) error {
	const op = "web.download"
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); n != row.Bytes || got != strings.ToLower(row.SHA256) {
		return fault.New(op, fault.Corrupt, "file %s has %d bytes and SHA-256 %s, registered are %d and %s: it was altered after it was filed",
			row.Name, n, got, row.Bytes, row.SHA256)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	return nil
}

// attachment is a Content-Disposition with a plain name for old programs and
// the exact one for all others (RFC 6266).
func attachment(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return '_'
		}
		return c
	}, name)
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
}
