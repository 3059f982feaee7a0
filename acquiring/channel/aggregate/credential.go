package aggregate

import (
	"context"

	"juma/acquiring/channel"
)

var _ channel.CredentialLister = (*Adapter)(nil)

// Credentials are this interface's two keys, which have no end, and those of the acp
// gateway that stands beside it.
func (a *Adapter) Credentials(ctx context.Context) ([]channel.Credential, error) {
	all := []channel.Credential{
		{Use: channel.SignsRequests, Kind: channel.KeyForm},
		{Use: channel.ProvesAnswers, Kind: channel.KeyForm},
	}
	lister, ok := a.acp.(channel.CredentialLister)
	if !ok {
		return all, nil
	}
	theirs, err := lister.Credentials(ctx)
	return append(all, theirs...), err
}
