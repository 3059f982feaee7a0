package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"juma/internal/mask"
	"juma/internal/store"
	"juma/merchants"
)

func newMerchants(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "merchants", Short: "Look at merchants, import and enrol them", Example: "  juma merchants list --json"}
	cmd.AddCommand(newMerchantsList(c), newMerchantsImport(c), newMerchantsEnrol(c), newMerchantsLate(c))
	return cmd
}

// merchantRow is a merchant or an applicant as a list shows it. What identifies a
// person is masked.
type merchantRow struct {
	No            string `json:"merchant_no"` // "" until approved
	ApplicationID string `json:"application_id"`
	Kind          string `json:"kind"`
	Name          string `json:"name"`
	MCC           string `json:"mcc"`
	Region        string `json:"region"`
	State         string `json:"state"` // of the merchant, or of the application until there is one
	LegalName     string `json:"legal_name"`
	LegalID       string `json:"legal_id"`
	Phone         string `json:"phone"`
	SettleAccount string `json:"settle_account"`
}

func newMerchantsList(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "list", Short: "List merchants and applicants, masked", Args: cobra.NoArgs, Example: "  juma merchants list --json",
	}, "MERCHANT\tMCC\tSTATE\tNAME\tAPPLICATION", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		add := func(r merchantRow) {
			out.add(r, "%s\t%s\t%s\t%s\t%s\n", r.No, r.MCC, r.State, r.Name, r.ApplicationID)
		}
		applicants, byNo, err := applications(ctx, s)
		if err != nil {
			return err
		}
		for after := ""; ; {
			page, err := s.Merchants().Merchants(ctx, after, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				r := byNo[m.No] // what the application said; the merchant's own values win
				r.No, r.Name, r.MCC, r.Region, r.State = m.No, m.Name, m.MCC, m.RegionCode, string(m.State)
				if r.Kind == string(merchants.Micro) {
					r.Name = mask.Name(m.Name)
				}
				r.SettleAccount = mask.Card(m.Account.AccountNo)
				add(r)
				after = m.No
			}
		}
		for _, r := range applicants {
			add(r)
		}
		return nil
	})
}

// applications gives the applicants that are no merchants yet, oldest first, and
// the others by merchant number.
func applications(ctx context.Context, s *store.Store) (applicants []merchantRow, byNo map[string]merchantRow, err error) {
	byNo = map[string]merchantRow{}
	for q := (merchants.ApplicationQuery{Limit: 1000}); ; {
		page, err := s.Onboarding().Applications(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range page {
			if r := applicationRow(a); a.MerchantNo != "" {
				byNo[a.MerchantNo] = r
			} else {
				applicants = append(applicants, r)
			}
			q.AfterID = a.ID
		}
		if len(page) < q.Limit {
			slices.Reverse(applicants) // they come newest first
			return applicants, byNo, nil
		}
	}
}

func applicationRow(a merchants.ApplicationFile) merchantRow {
	p := a.Profile
	return merchantRow{
		No: a.MerchantNo, ApplicationID: a.ID, Kind: string(p.Kind), Name: a.ShownName(), MCC: p.MCC, Region: p.Region, State: string(a.State),
		LegalName: mask.Name(p.Legal.Name), LegalID: mask.IDNumber(p.Legal.IDNo), Phone: mask.Phone(p.Legal.Phone), SettleAccount: mask.Card(p.Account.No),
	}
}
