package main

import (
	"github.com/spf13/cobra"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
)

func newSandbox() *cobra.Command {
	var asJSON bool
	var opts sandbox.Options
	ports := map[string]*int{sandbox.WeChat: new(int), sandbox.Alipay: new(int), sandbox.UnionPay: new(int), sandbox.UnionPayAggregate: new(int)}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the wallets' sandboxes alone",
		Long: `Runs the server side of WeChat Pay v3, Alipay OpenAPI, UnionPay acp 5.1.0 and
UnionPay's service-provider interface (unionpay-aggregate) on loopback with fresh keys, for any client. With --json it prints one line when
ready, with everything a client needs.

The control plane answers JSON at the printed control_url:
  POST confirm   {"wallet","out_trade_no","payer"}: the consumer presses pay
  POST codes     {"wallet","payer"}: the consumer shows a payment code, good for one
                 payment within a minute
  POST faults    one fault or a list: {"wallet","kind"} and, where the kind takes
                 them, out_trade_no, payer, call, times, delay_seconds, amount_fen,
                 merchant_id, date, time, merchant, field, text. Kinds: answer_lost and answer_error (with
                 call); notice_duplicate, notice_late, notice_lost, notice_forged,
                 notice_reordered (the payment's notice waits for a refund's);
                 row_missing, row_extra, row_amount, row_payer, row_fee, row_day,
                 row_duplicate, row_state (in the daily statement);
                 enrol_rejected (with field and text) and enrol_slow (with
                 delay_seconds), which strike the application of a merchant whose
                 short name is merchant, or whose business code is out_trade_no
  GET  faults    those that wait, and how many have struck
  GET  orders    what the wallets know (?wallet=, ?out_trade_no=)
  GET  notices   how many were sent and accepted`,
		Example: `  juma sandbox --json > wallets.json
  curl -d '{"wallet":"wechat","out_trade_no":"…"}' $CONTROL_URL/confirm
  curl -d '{"wallet":"alipay","kind":"notice_late","delay_seconds":30}' $CONTROL_URL/faults`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			core := sandbox.NewCore(clock.Real{}, nil)
			wx, err := wechat.New(core)
			if err != nil {
				return err
			}
			ali, err := alipay.New(core)
			if err != nil {
				return err
			}
			up, err := unionpay.New(core)
			if err != nil {
				return err
			}
			gathered, err := unionpay.NewAggregate(core)
			if err != nil {
				return err
			}
			opts.Ports = map[string]int{}
			for name, port := range ports {
				opts.Ports[name] = *port
			}
			s, err := sandbox.Start(cmd.Context(), core, []sandbox.Wallet{wx, ali, up, gathered}, opts)
			if err != nil {
				return err
			}
			defer s.Close()
			write := s.WriteText
			if asJSON {
				write = s.WriteReady
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "print one JSON line with addresses and credentials when ready")
	f.IntVar(&opts.ControlPort, "control-port", 0, "port of the control plane (0: any free one)")
	for name, port := range ports {
		f.IntVar(port, name+"-port", 0, "port of "+name+" (0: any free one)")
	}
	return cmd
}
