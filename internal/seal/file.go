package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/safefile"
)

// header is the first line of a key file.
const header = "juma seal keys 1"

// file is the keyring as its file holds it: the secret itself.
func (k *Keyring) file() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %x\n", header, k.index)
	for _, key := range k.keys {
		fmt.Fprintf(&b, "key %s %x\n", key.id, key.raw)
	}
	return b.Bytes()
}

// Parse reads a key file's content. Errors are of kind Corrupt and name the line,
// never its content.
func Parse(text []byte, random id.Random) (*Keyring, error) {
	k := &Keyring{random: random}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if err := k.parseLine(i, strings.Fields(line)); err != nil {
			return nil, fault.New("seal.Parse", fault.Corrupt, "line %d: %v; restore the file from the backup", i+1, err)
		}
	}
	if k.index == nil || len(k.keys) == 0 {
		return nil, fault.New("seal.Parse", fault.Corrupt, "index or key line is missing; restore the file from the backup")
	}
	return k, nil
}

func (k *Keyring) parseLine(i int, words []string) error {
	switch {
	case i == 0:
		if strings.Join(words, " ") != header {
			return fmt.Errorf("want %q", header)
		}
	case len(words) == 2 && words[0] == "index":
		b, err := parseKey(words[1])
		k.index = b
		return err
	case len(words) == 3 && words[0] == "key":
		b, err := parseKey(words[2])
		if err != nil {
			return err
		}
		one, err := newKey(words[1], b)
		k.keys = append(k.keys, one)
		return err
	default:
		return errors.New("want \"index HEX\" or \"key ID HEX\"")
	}
	return nil
}

func parseKey(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != keyBytes {
		return nil, fmt.Errorf("want %d hexadecimal digits", 2*keyBytes)
	}
	return b, nil
}

// Read reads the key file; nil when there is none.
func Read(path string, random id.Random) (*Keyring, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	k, err := Parse(text, random)
	return k, fault.Wrap(path, "", err)
}

// Load reads the key file, or draws and keeps keys when there is none. Only this
// user may read the file.
func Load(path string, random id.Random) (*Keyring, error) {
	k, err := Read(path, random)
	if k != nil || err != nil {
		return k, err
	}
	if k, err = New(random); err != nil {
		return nil, err
	}
	err = safefile.Create(path, k.file(), 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return Load(path, random)
	}
	return k, err
}

// Save replaces the key file whole.
func (k *Keyring) Save(path string) error { return safefile.WriteMode(path, k.file(), 0o600) }

// Watch returns a function that reads the key file again when it was changed
// since the last call, and returns nil otherwise: a rotation replaces the file
// while servers run.
func Watch(path string, random id.Random) func() (*Keyring, error) {
	last, _ := os.Stat(path)
	return func() (*Keyring, error) {
		info, err := os.Stat(path)
		if err != nil || last != nil && info.ModTime().Equal(last.ModTime()) && info.Size() == last.Size() {
			return nil, err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		k, err := Parse(text, random)
		if err == nil {
			last = info
		}
		return k, err
	}
}

// Keys is how many keys the ring has.
func (k *Keyring) Keys() int { return len(k.keys) }
