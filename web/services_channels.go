package web

import (
	"context"

	"juma/acquiring/health"
)

// ChannelHealth says how the channels are; health.Service.
type ChannelHealth interface {
	Report(ctx context.Context) (health.Report, error)
}
