package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Wrong commands end with one sentence that says what to do, and touch nothing.
func TestRefusedCommands(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"serve --remote-channels --wallets none.json", "--nats is missing"},
		{"channel", "name one channel"},
		{"channel wechat alipay", "name one channel"},
		{"channel paypal", `channel "paypal"`},
		{"channel wechat", "--nats is missing"},
		{"serve --wallets none.json", "none.json"},
		{"sandbox --wechat-port 99999", "port 99999"},
		{"demo --nonsense", "unknown flag: --nonsense"},
		{"nonsense", `unknown command "nonsense"`},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			root := newRoot()
			root.SetArgs(strings.Fields(c.line))
			root.SetOut(io.Discard)
			root.SetErr(io.Discard)
			err := root.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(strings.TrimSpace(err.Error()), "\n") {
				t.Errorf("error %v; want %q in one line", err, c.want)
			}
		})
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if sub.Example == "" || sub.Short == "" {
				t.Errorf("%s: its help has no example or no description", sub.CommandPath())
			}
			look(sub)
		}
	}
	look(newRoot())
}
