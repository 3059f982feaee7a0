package channeltest

import (
	"encoding/json"
	"strings"
	"testing"

	"juma/acquiring/channel"
)

// testCredentials: an adapter says by what it signs and proves, certificates with their
// numbers and valid now, and nothing that is secret.
func (s *suite) testCredentials(t *testing.T) {
	lister, ok := s.Adapter.(channel.CredentialLister)
	if !ok {
		t.Fatal("the adapter does not list its credentials: nobody would be warned before they end")
	}
	all, err := lister.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	uses := map[channel.CredentialUse]int{}
	for _, c := range all {
		uses[c.Use]++
		days, known := c.DaysLeft(s.Clock.Now())
		if c.Kind == channel.CertificateForm && (c.Serial == "" || known && days < 0) {
			t.Errorf("a certificate without number, or over: %+v", c)
		}
		if c.Kind == channel.KeyForm && known {
			t.Errorf("a key with an end: %+v", c)
		}
	}
	if uses[channel.SignsRequests] == 0 || uses[channel.ProvesAnswers]+uses[channel.Authority] == 0 {
		t.Errorf("want what signs and what proves, got %+v", all)
	}
	text, err := json.Marshal(all)
	if err != nil || strings.Contains(string(text), "BEGIN") || strings.Contains(string(text), "MII") {
		t.Errorf("a key stands in the answer, %v", err)
	}
}
