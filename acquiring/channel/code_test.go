package channel

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestWalletOf walks along the borders of the table of payment codes.
func TestWalletOf(t *testing.T) {
	for code, want := range map[string]Wallet{
		"100000000000000000": WeChatWallet, "159999999999999999": WeChatWallet, "134567890123456789": WeChatWallet,
		"099999999999999999": "", "160000000000000000": "",
		"13456789012345678": "", "1345678901234567890": "", // 17 and 19 digits
		"2500000000000000": AlipayWallet, "300000000000000000000000": AlipayWallet, "281234567890123456": AlipayWallet,
		"250000000000000": "", "2500000000000000000000000": "", // 15 and 25 digits
		"2400000000000000": "", "3100000000000000": "",
		"6200000000000000000": UnionPayWallet, "6299999999999999999": UnionPayWallet,
		"620000000000000000": "", "62000000000000000000": "", "6100000000000000000": "", "6300000000000000000": "",
		"": "", "1": "", "13456789012345678x": "", " 13456789012345678": "", "１３4567890123456789": "",
		"https://qr.95516.com/62": "",
	} {
		if got, ok := PayCode(code).WalletOf(); got != want || ok != (want != "") {
			t.Errorf("%q is %q (%v), want %q", code, got, ok, want)
		}
	}
}

// TestPayCodeIsMasked: a code is as good as money and never printed.
func TestPayCodeIsMasked(t *testing.T) {
	const code = "134567890123456789"
	req := CodeRequest{Code: code}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "code", req.Code, "req", req)
	for _, s := range []string{fmt.Sprint(req), fmt.Sprintf("%+v %#v %s %v", req, req, req.Code, req.Code), logged.String()} {
		if strings.Contains(s, code[2:]) {
			t.Errorf("printed: %s", s)
		}
	}
}
