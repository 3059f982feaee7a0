package web

import (
	"context"
	"net/http"

	"juma/clearing/file"
)

// specPage is what spec.html shows.
type specPage struct {
	Files   []file.FileSpec
	Control []string
}

// fileSpec shows the settlement files byte by byte, out of the tables by which they
// are written.
func (s *Server) fileSpec(_ context.Context, r *request) (response, error) {
	return s.page(r, "spec", http.StatusOK, specPage{Files: file.Specification(), Control: file.ControlKeys()}), nil
}
