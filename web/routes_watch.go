package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	alarmReaders = []access.Role{access.Risk, access.Operator, access.Auditor, access.Administrator}
	alarmKeepers = []access.Role{access.Risk, access.Operator}
)

const alarmsPath = "/console/alarms"

// watchRoutes are the alarms about plates.
func (s *Server) watchRoutes() []route {
	const alarm = alarmsPath + "/:id"
	return []route{
		portal(http.MethodGet, alarmsPath, alarmReaders, s.alarmList).inNav(navPlates, textKey("nav.alarms"), 'w').counted(s.countAlarms),
		portal(http.MethodGet, alarm, alarmReaders, s.alarmFile),
		portal(http.MethodPost, alarm+"/acknowledge", alarmKeepers, s.alarmAcknowledge),
		portal(http.MethodPost, alarm+"/close", alarmKeepers, s.alarmClose),
	}
}
