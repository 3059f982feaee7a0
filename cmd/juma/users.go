package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"juma/internal/access"
	"juma/internal/clock"
	"juma/internal/seal"
	"juma/internal/store"
)

func newUsers(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "users", Short: "Make and look at accounts", Example: "  juma users create --role administrator --login root1"}
	cmd.AddCommand(newUsersCreate(c), newUsersList(c))
	return cmd
}

// userFlags are what juma users create is asked for.
type userFlags struct {
	login, name, role, merchant, publicURL string
	password                               bool
}

func newUsersCreate(c *common) *cobra.Command {
	var f userFlags
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an account, or an invitation link for one",
		Long: `Makes an account: the way in for the first administrator. Without --password-stdin
it prints a link by which the person sets a password, good for 72 hours and one use.
No second administrator is asked: who may run this command owns the database.`,
		Example: `  juma users create --role administrator --login root1
  juma users create --role administrator --login root1 --password-stdin < password.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.create(cmd, c) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.login, "login", "", "login: a-z, 0-9 and . _ @ -")
	flags.StringVar(&f.name, "name", "", "the person's name (default: the login)")
	flags.StringVar(&f.role, "role", string(access.Administrator), "role: "+roleNames())
	flags.StringVar(&f.merchant, "merchant", "", "merchant number, for a merchant's roles")
	flags.BoolVar(&f.password, "password-stdin", false, "read the password from standard input, one line")
	flags.StringVar(&f.publicURL, "public-url", "http://127.0.0.1:8080", "address by which browsers reach the server, for the link")
	return cmd
}

func roleNames() string {
	names := make([]string, len(access.Roles))
	for i, r := range access.Roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

func (f *userFlags) create(cmd *cobra.Command, c *common) error {
	if f.login == "" {
		return errors.New("--login is missing")
	}
	if f.name == "" {
		f.name = f.login
	}
	if !slices.Contains(access.Roles, access.Role(f.role)) {
		return fmt.Errorf("--role %q: take one of %s", f.role, roleNames())
	}
	s, err := openOrMakeStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer s.Close()
	accounts, err := access.New(s.Access(), clock.Real{}, rand.Reader, access.Config{})
	if err != nil {
		return err
	}
	if !f.password {
		token, _, err := accounts.InviteByConsole(cmd.Context(), access.NewInvitation{Login: f.login, Name: f.name, Role: access.Role(f.role), MerchantNo: f.merchant})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/invitation/%s\n", strings.TrimSuffix(f.publicURL, "/"), token)
		return err
	}
	password, err := readLine(cmd.InOrStdin())
	if err != nil {
		return err
	}
	u, err := accounts.CreateUser(cmd.Context(), access.NewUser{Login: f.login, Name: f.name, Role: access.Role(f.role), MerchantNo: f.merchant, Password: password})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "account %s, role %s\n", u.Login, u.Role)
	return err
}

// readLine reads a password: the first line, without its end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("standard input: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("standard input holds no password: write it as one line")
	}
	return line, nil
}

// openOrMakeStore opens the database, and makes SQLite's when there is none: an
// administrator may come before the first start of the server.
func openOrMakeStore(ctx context.Context, c *common) (*store.Store, error) {
	if err := os.MkdirAll(c.data, 0o755); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	return openWith(ctx, c, seal.Load)
}

func newUsersList(c *common) *cobra.Command {
	var merchant string
	cmd := listing(c, &cobra.Command{
		Use: "list", Short: "List the platform's accounts, or a merchant's", Args: cobra.NoArgs, Example: "  juma users list --json",
	}, "LOGIN\tROLE\tSTATE\tMERCHANT\tNAME", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		type row struct {
			Login      string `json:"login"`
			Name       string `json:"name"`
			Role       string `json:"role"`
			State      string `json:"state"`
			MerchantNo string `json:"merchant_no"`
		}
		for after := ""; ; {
			page, err := s.Access().Accounts(ctx, access.Filter{MerchantNo: merchant, After: after, Limit: 1000})
			if err != nil || len(page) == 0 {
				return err
			}
			for _, a := range page {
				r := row{a.Login, a.Name, string(a.Role), string(a.State), a.MerchantNo}
				out.add(r, "%s\t%s\t%s\t%s\t%s\n", r.Login, r.Role, r.State, r.MerchantNo, r.Name)
				after = a.Login
			}
		}
	})
	cmd.Flags().StringVar(&merchant, "merchant", "", "merchant number (default: the platform's accounts, and applicants)")
	return cmd
}
