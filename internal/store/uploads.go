package store

import (
	"context"

	"juma/merchants"
)

// uploadStore is the Store as merchants.Uploads sees it.
type uploadStore struct{ *Store }

var _ merchants.UploadRepository = uploadStore{}

func uploadFields(u *merchants.Upload) []field {
	return []field{
		{"id", &u.ID},
		{"owner", &u.Owner},
		{"kind", &u.Kind},
		{"sha256", &u.SHA256},
		{"size_bytes", &u.Size},
		{"width", &u.Width},
		{"height", &u.Height},
		{"created_at", at(&u.CreatedAt)},
		{"created_by", &u.CreatedBy},
	}
}

// uploadFile is an upload with its content, which lists leave out.
type uploadFile struct {
	merchants.Upload
	content []byte
}

var (
	uploadRows  = table[merchants.Upload]{"uploads", uploadFields}
	uploadFiles = table[uploadFile]{"uploads", func(f *uploadFile) []field {
		return append(uploadFields(&f.Upload), field{"content", sealedBlob(&f.content, "uploads.content", &f.ID)})
	}}
)

// PutUpload stores an upload.
func (s uploadStore) PutUpload(ctx context.Context, u merchants.Upload, content []byte) error {
	return s.update(ctx, func(c *conn) error {
		return uploadFiles.insert(c, "store.PutUpload", uploadFile{u, content})
	})
}

// Upload returns an upload without its content.
func (s uploadStore) Upload(ctx context.Context, id string) (merchants.Upload, error) {
	return uploadRows.one(s.reader(ctx), "store.Upload", "upload", id, "id = ?", id)
}

// UploadContent returns an upload with its content.
func (s uploadStore) UploadContent(ctx context.Context, id string) (merchants.Upload, []byte, error) {
	f, err := uploadFiles.one(s.reader(ctx), "store.UploadContent", "upload", id, "id = ?", id)
	return f.Upload, f.content, err
}

// UploadsOf lists an owner's uploads, oldest first.
func (s uploadStore) UploadsOf(ctx context.Context, owner string) ([]merchants.Upload, error) {
	c := s.reader(ctx)
	return uploadRows.list(c, "store.UploadsOf", c.from("uploads").Where("owner = ?", owner).Order("id"))
}
