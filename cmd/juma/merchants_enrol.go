package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/merchants"
)

// enrolFlags are what juma merchants enrol is asked for.
type enrolFlags struct{ by, reason string }

func newMerchantsEnrol(c *common) *cobra.Command {
	var f enrolFlags
	cmd := &cobra.Command{
		Use:   "enrol MERCHANT CHANNEL",
		Short: "Register a merchant at one more channel",
		Long: `Requests that a merchant is registered at a channel where it is not yet, such as
unionpay-aggregate. The running server hands the application in and follows it.`,
		Example: `  juma merchants enrol 999290058120001 unionpay-aggregate --by ops1 --reason "WeChat by transfer"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("name a merchant and a channel")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.enrol(cmd, c, args[0], args[1]) },
	}
	cmd.Flags().StringVar(&f.by, "by", "", "who asks, for the audit")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the audit")
	return cmd
}

func (f enrolFlags) enrol(cmd *cobra.Command, c *common, merchantNo, name string) error {
	if f.by == "" || f.reason == "" {
		return fmt.Errorf("--by and --reason must both be given")
	}
	ch, err := channel.ParseName(name)
	if err != nil {
		return err
	}
	s, err := openStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer s.Close()
	enrolment, err := merchants.NewEnrolmentService(merchants.EnrolmentConfig{
		Store: s.Enrolments(), Clock: clock.Real{}, IDs: id.NewULIDs(rand.Reader),
		// The server's sweep reads the profile; here it is enough that there is such a merchant.
		ProfileOf: func(ctx context.Context, no string) (merchants.Profile, error) {
			_, err := s.Merchants().Merchant(ctx, no)
			return merchants.Profile{}, err
		},
	})
	if err != nil {
		return err
	}
	e, err := enrolment.Request(cmd.Context(), merchantNo, string(ch), f.by, f.reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s as %s\n", e.MerchantNo, e.Channel, e.State, e.BusinessCode)
	return err
}
