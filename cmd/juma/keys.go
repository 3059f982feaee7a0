package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/seal"
	"juma/internal/store"
)

func newKeys(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Rotate the keys that seal personal data", Example: "  juma keys rotate"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "rotate", Short: "Seal everything again with a fresh key",
			Long: `Adds a key to seal.keys in the data directory and seals every stored value with it,
a page at a time, while servers go on working: they notice the new key by themselves.
Old keys stay in the file until juma keys prune. A run that was stopped is run again:
it goes on with the key that it had made.`,
			Example: "  juma keys rotate --data ./juma-data", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return rotateKeys(cmd, c) },
		},
		&cobra.Command{
			Use: "prune", Short: "Take old keys out of the key file", Args: cobra.NoArgs, Example: "  juma keys prune",
			Long: `Seals again what may still be under an old key, and then takes the old keys out of
seal.keys. A minute must have passed since the file was changed, so that every running
server seals with the newest key.`,
			RunE: func(cmd *cobra.Command, _ []string) error { return pruneKeys(cmd, c) },
		},
	)
	return cmd
}

// pruneAfter lets running servers notice a new key before the old ones go.
const pruneAfter = time.Minute

func rotateKeys(cmd *cobra.Command, c *common) error {
	path := filepath.Join(c.data, app.SealKeyFile)
	s, err := openStore(cmd.Context(), c) // proves that the keys are this database's
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	keys, err := seal.Load(path, rand.Reader)
	if err != nil {
		return err
	}
	if keys.Keys() == 1 { // otherwise a rotation was begun and is finished now
		if keys, err = keys.WithNewKey(); err != nil {
			return err
		}
		if err := keys.Save(path); err != nil {
			return err
		}
	}
	n, err := reseal(cmd.Context(), c, keys)
	if err != nil {
		return fmt.Errorf("%w; %d values were sealed again, run the command again for the others", err, n)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d values sealed with key %s; the %d old keys stay readable until juma keys prune\n", n, keys.Newest(), keys.Keys()-1)
	return err
}

func pruneKeys(cmd *cobra.Command, c *common) error {
	path := filepath.Join(c.data, app.SealKeyFile)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	keys, err := seal.Load(path, rand.Reader)
	if err != nil {
		return err
	}
	if keys.Keys() == 1 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "one key: nothing to take out")
		return err
	}
	if age := time.Since(info.ModTime()); age < pruneAfter {
		return fmt.Errorf("%s was changed %d seconds ago: run this in %d seconds, when every server has noticed", path, int(age.Seconds()), int((pruneAfter-age).Seconds())+1)
	}
	if _, err := reseal(cmd.Context(), c, keys); err != nil {
		return err
	}
	if err := keys.OnlyNewest().Save(path); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d old keys taken out; key %s remains\n", keys.Keys()-1, keys.Newest())
	return err
}

func reseal(ctx context.Context, c *common, keys *seal.Keyring) (int, error) {
	s, err := store.Open(ctx, store.Config{DSN: c.db, Path: filepath.Join(c.data, app.DatabaseFile), Keys: keys})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	bar := newProgress(os.Stderr)
	defer bar.end()
	return s.Reseal(ctx, func(done int) { bar.show("sealing", done, 0) })
}
