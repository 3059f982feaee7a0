package merchants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants/picture"
)

// PictureKinds lists the kinds of picture in the order in which they are shown.
var PictureKinds = []PictureKind{
	LicencePicture, IDFrontPicture, IDBackPicture, StorefrontPhoto, InteriorPhoto, CounterPhoto, AccountProof, AgreementPicture,
}

// Upload is a stored picture. Its content is JPEG that Juma made itself (see
// package picture), sealed at rest.
type Upload struct {
	ID            string // ULID
	Owner         string // application that it belongs to
	Kind          PictureKind
	SHA256        string // of the JPEG, 64 hex digits
	Size          int64  // bytes of the JPEG
	Width, Height int    // pixels
	CreatedAt     time.Time
	CreatedBy     string // login
}

// UploadRepository is what Uploads needs from storage. A missing upload is a fault
// of kind NotFound.
type UploadRepository interface {
	PutUpload(ctx context.Context, u Upload, content []byte) error
	Upload(ctx context.Context, id string) (Upload, error)
	UploadContent(ctx context.Context, id string) (Upload, []byte, error)
	// UploadsOf lists an owner's uploads, oldest first, without content.
	UploadsOf(ctx context.Context, owner string) ([]Upload, error)
}

const (
	// maxUploads bounds what one application may store.
	maxUploads = 200
	// decoders is how many pictures are opened at once: each may need hundreds of
	// megabytes.
	decoders = 2
)

// Uploads keeps the pictures of applications. Who may see one is decided by the
// route that serves it, from Upload.Owner.
type Uploads struct {
	repo  UploadRepository
	clock clock.Clock
	ids   *id.ULIDs
	busy  chan struct{}
}

// NewUploads returns the keeper of pictures.
func NewUploads(repo UploadRepository, clk clock.Clock, ids *id.ULIDs) *Uploads {
	return &Uploads{repo: repo, clock: clk, ids: ids, busy: make(chan struct{}, decoders)}
}

// Put reads a photo, makes a safe picture of it and stores it for an owner. What
// is no photo, or too large, is kind Invalid and says what to do; too many
// pictures of one owner are kind Refused.
func (u *Uploads) Put(ctx context.Context, owner string, kind PictureKind, r io.Reader, by string) (Upload, error) {
	const op = "merchants.PutUpload"
	if !slices.Contains(PictureKinds, kind) {
		return Upload{}, fault.Field(op, "kind", string(kind), "is no kind of picture")
	}
	if owner == "" || by == "" {
		return Upload{}, fault.New(op, fault.Internal, "a picture needs an owner and somebody who sent it")
	}
	before, err := u.repo.UploadsOf(ctx, owner)
	if err != nil {
		return Upload{}, err
	}
	if len(before) >= maxUploads { // two at once may both pass, which does no harm
		return Upload{}, fault.New(op, fault.Refused, "there are %d pictures already; use one of them", len(before))
	}
	p, err := u.read(ctx, r)
	if err != nil {
		return Upload{}, err
	}
	now := u.clock.Now()
	up := Upload{
		ID: u.ids.At(now), Owner: owner, Kind: kind, SHA256: p.SHA256, Size: int64(len(p.JPEG)), Width: p.Width, Height: p.Height,
		CreatedAt: now, CreatedBy: by,
	}
	return up, fault.Wrap(op, "", u.repo.PutUpload(ctx, up, p.JPEG))
}

// read waits for its turn.
func (u *Uploads) read(ctx context.Context, r io.Reader) (picture.Picture, error) {
	select {
	case u.busy <- struct{}{}:
		defer func() { <-u.busy }()
		return picture.Read(r)
	case <-ctx.Done():
		return picture.Picture{}, fault.Wrap("merchants.PutUpload", fault.Unavailable, ctx.Err())
	}
}

// Find returns what is known of an upload, for the route that decides who may see
// it.
func (u *Uploads) Find(ctx context.Context, id string) (Upload, error) { return u.repo.Upload(ctx, id) }

// Open returns an upload and its JPEG. Content that is not what was stored is kind
// Corrupt.
func (u *Uploads) Open(ctx context.Context, id string) (Upload, []byte, error) {
	up, content, err := u.repo.UploadContent(ctx, id)
	if err != nil {
		return Upload{}, nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != up.SHA256 {
		return Upload{}, nil, fault.New("merchants.OpenUpload", fault.Corrupt, "upload %s is not the picture that was stored", id)
	}
	return up, content, nil
}

// List lists an owner's uploads, oldest first.
func (u *Uploads) List(ctx context.Context, owner string) ([]Upload, error) {
	return u.repo.UploadsOf(ctx, owner)
}
