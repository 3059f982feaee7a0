package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	commandReaders = []access.Role{access.Operator, access.ClearingOperator, access.ClearingApprover, access.Auditor, access.Administrator}
	commandKeepers = []access.Role{access.Operator}
)

const commandsPath = "/console/commands"

// commandRoutes are the commands that carry refunds to the wallets.
func (s *Server) commandRoutes() []route {
	const command = commandsPath + "/:no"
	return []route{
		portal(http.MethodGet, commandsPath, commandReaders, s.commandList).inNav(navMoney, textKey("nav.commands"), 'x').counted(s.countDead),
		portal(http.MethodGet, command, commandReaders, s.commandFile),
		portal(http.MethodPost, command+"/redrive", commandKeepers, s.commandRedrive),
		portal(http.MethodPost, command+"/retry", commandKeepers, s.commandRetry),
	}
}
