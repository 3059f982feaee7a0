package web

import "net/http"

const channelsPath = "/console/channels"

// channelRoutes show how the channels are.
func (s *Server) channelRoutes() []route {
	const one = channelsPath + "/:channel"
	return []route{
		portal(http.MethodGet, channelsPath, routeReaders, s.channelList).inNav(navSystem, textKey("nav.channels"), 'n'),
		portal(http.MethodGet, one, routeReaders, s.channelFile),
		portal(http.MethodGet, one+"/calls.csv", routeReaders, s.channelCalls),
	}
}
