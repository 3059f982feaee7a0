package web

import (
	"net/http"

	"juma/internal/access"
)

// plateBinders bind plates in the field.
var plateBinders = []access.Role{access.Operator, access.Administrator}

// bindRoutes are the pages of people who hang plates in shops. Serials and numbers
// of merchants and terminals may stand in addresses; what is searched for may not,
// because it is of persons.
func (s *Server) bindRoutes() []route {
	const plate = "/console/bind/plates/:serial"
	return []route{
		portal(http.MethodGet, "/console/bind", plateBinders, s.bindStart).inNav(navPlates, textKey("nav.bind"), 'b').withCamera(),
		portal(http.MethodPost, "/console/bind", plateBinders, s.bindRead).withUpload().withCamera(),
		portal(http.MethodGet, plate, plateBinders, s.bindPlate),
		portal(http.MethodPost, plate+"/search", plateBinders, s.bindSearch),
		portal(http.MethodGet, plate+"/merchants/:no", plateBinders, s.bindMerchant),
		portal(http.MethodGet, plate+"/terminals/:no", plateBinders, s.bindConfirm),
		portal(http.MethodPost, plate+"/terminals/:no", plateBinders, s.bindSubmit),
		portal(http.MethodGet, plate+"/replacements/:fresh", plateBinders, s.replaceConfirm),
		portal(http.MethodPost, plate+"/replacements/:fresh", plateBinders, s.replaceSubmit),
		portal(http.MethodGet, "/console/bind/file", plateBinders, s.bindFile),
		portal(http.MethodPost, "/console/bind/file", plateBinders, s.bindFileSubmit).withUpload(),
		portal(http.MethodPost, "/console/bind/file/faults", plateBinders, s.bindFaults).withUpload(),
	}
}
