package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/picture"
)

// applyPicture stores one picture and puts it into the draft.
func (s *Server) applyPicture(ctx context.Context, r *request) (response, error) {
	a, elsewhere, err := s.ownDraft(ctx, r)
	if err != nil {
		return response{}, err
	}
	if elsewhere != nil {
		return *elsewhere, nil
	}
	kind := merchants.PictureKind(r.PostForm.Get("kind"))
	path := "pictures." + string(kind)
	refused := func(status int, code string) (response, error) {
		st := stepShown{step: stepPictures, file: a, wrong: problems{path: code}}
		if code == "apply_stale" {
			st.code = code
		}
		return s.showStep(ctx, r, status, st)
	}
	if !slices.Contains(check.Pictures(a.Profile.Kind), kind) {
		return refused(http.StatusUnprocessableEntity, "picture_kind")
	}
	upload, code, err := s.storePicture(ctx, r, a.ID, kind)
	if err != nil {
		return response{}, err
	}
	if code != "" {
		return refused(http.StatusUnprocessableEntity, code)
	}
	a.Profile.Pictures = slices.DeleteFunc(slices.Clone(a.Profile.Pictures), func(p merchants.PictureRef) bool { return p.Kind == kind })
	a.Profile.Pictures = append(a.Profile.Pictures, merchants.PictureRef{Kind: kind, UploadID: upload.ID})
	if _, err = s.saveDraft(ctx, r, a); fault.Is(err, fault.Conflict) {
		return refused(http.StatusConflict, "apply_stale")
	}
	return s.withToast(redirect(http.StatusSeeOther, stepPath(a.ID, stepPictures)+"#f-"+path), "saved"), err
}

// storePicture takes the file out of the form; code says why it is refused.
func (s *Server) storePicture(ctx context.Context, r *request, owner string, kind merchants.PictureKind) (u merchants.Upload, code string, err error) {
	file, _, err := r.FormFile("picture")
	if err != nil { // no file was chosen, or the form is no form with files
		return u, "picture_empty", nil
	}
	defer file.Close()
	u, err = s.cfg.Uploads.Put(ctx, owner, kind, file, r.user.Login)
	var f *fault.Error
	switch {
	case fault.Is(err, fault.Refused):
		return u, "picture_many", nil
	case errors.As(err, &f) && f.Field == "picture" && slices.Contains(picture.Reasons, f.Value):
		return u, "picture_" + f.Value, nil
	}
	return u, "", err
}

// applyUpload serves a picture to whose application it belongs to, and to nobody
// else.
func (s *Server) applyUpload(ctx context.Context, r *request) (response, error) {
	a, err := s.cfg.Onboarding.Own(ctx, r.param("id"), r.user.Login)
	if err != nil {
		return response{}, err
	}
	u, content, err := s.cfg.Uploads.Open(ctx, r.param("upload"))
	if err == nil && u.Owner != a.ID {
		err = fault.New("web.applyUpload", fault.NotFound, "no such picture")
	}
	return response{contentType: "image/jpeg", body: content}, err
}
