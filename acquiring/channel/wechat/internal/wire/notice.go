package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	aeadAlgorithm = "AEAD_AES_256_GCM"
	aeadNonceLen  = 12
)

// Notification is the envelope of a notice.
type Notification struct {
	ID           string   `json:"id"`
	CreateTime   string   `json:"create_time"`
	EventType    string   `json:"event_type"`
	ResourceType string   `json:"resource_type"`
	Summary      string   `json:"summary"`
	Resource     Resource `json:"resource"`
}

// Resource is the sealed content of a notice.
type Resource struct {
	Algorithm      string `json:"algorithm"`
	OriginalType   string `json:"original_type"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

// OpenNotice verifies a notification and unseals its content. Header names may
// come in any letter case. Errors never quote the body.
func (c *Client) OpenNotice(ctx context.Context, header map[string][]string, body []byte) (Notification, []byte, error) {
	h := http.Header{}
	for name, values := range header {
		for _, v := range values {
			h.Add(name, v)
		}
	}
	if err := c.verify(ctx, h, body); err != nil {
		return Notification{}, nil, err
	}
	var n Notification
	if err := json.Unmarshal(body, &n); err != nil {
		return Notification{}, nil, fmt.Errorf("the signed body is not a notification")
	}
	plain, err := unseal(c.opt.APIv3Key, n.Resource)
	return n, plain, err
}

func unseal(key string, r Resource) ([]byte, error) {
	if r.Algorithm != aeadAlgorithm {
		return nil, fmt.Errorf("resource algorithm %q: want %s", r.Algorithm, aeadAlgorithm)
	}
	if len(r.Nonce) != aeadNonceLen { // the cipher panics on any other length
		return nil, fmt.Errorf("resource nonce has %d bytes, want %d", len(r.Nonce), aeadNonceLen)
	}
	plain, err := utils.DecryptAES256GCM(key, r.AssociatedData, r.Nonce, r.Ciphertext)
	if err != nil {
		return nil, fmt.Errorf("resource cannot be decrypted, check api_v3_key: %w", err)
	}
	return []byte(plain), nil
}
