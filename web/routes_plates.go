package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	plateReaders  = []access.Role{access.Operator, access.Risk, access.Auditor, access.Administrator}
	plateKeepers  = []access.Role{access.Operator, access.Risk}
	plateOrderers = []access.Role{access.Operator, access.Administrator}
)

const (
	platesPath  = "/console/plates"
	batchesPath = "/console/plates/batches"
)

// platesRoutes are plates and their batches. A key opens a shop's page to whoever
// has it, so what is searched for comes by POST and addresses have serials.
func (s *Server) platesRoutes() []route {
	const plate, batch = platesPath + "/:serial", batchesPath + "/:id"
	return []route{
		portal(http.MethodGet, platesPath, plateReaders, s.plateList).inNav(navPlates, textKey("nav.plates"), 'l'),
		portal(http.MethodPost, platesPath+"/find", plateReaders, s.plateFind),
		portal(http.MethodGet, plate, plateReaders, s.plateFile),
		portal(http.MethodGet, plate+"/preview", plateReaders, s.platePreview),
		portal(http.MethodGet, plate+"/preview/:name", plateReaders, s.platePicture),
		portal(http.MethodPost, plate+"/suspend", plateKeepers, s.plateMove),
		portal(http.MethodPost, plate+"/resume", plateKeepers, s.plateMove),
		portal(http.MethodPost, plate+"/lost", plateKeepers, s.plateMove),
		portal(http.MethodPost, plate+"/void", plateKeepers, s.plateMove).withStepUp(),

		portal(http.MethodGet, batchesPath, plateReaders, s.batchList).inNav(navPlates, textKey("nav.batches"), 't'),
		portal(http.MethodPost, batchesPath, plateOrderers, s.batchRequest),
		portal(http.MethodGet, batch, plateReaders, s.batchFile),
		portal(http.MethodPost, batch+"/approve", plateOrderers, s.batchApprove).withStepUp(),
		portal(http.MethodPost, batch+"/reject", plateOrderers, s.batchReject),
		portal(http.MethodPost, batch+"/generate", plateOrderers, s.batchGenerate),
		portal(http.MethodPost, batch+"/export", plateOrderers, s.batchExport).withStepUp(),
	}
}
