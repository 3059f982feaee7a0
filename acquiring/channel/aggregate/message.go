package aggregate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"juma/acquiring/channel/internal/acp"
)

// parse reads a message: one object of texts and numbers, nothing behind it, no
// name twice (the signature could mean one and the reader the other). What is
// itself an object is taken as its compact text.
func parse(body []byte) (acp.Params, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	p := acp.Params{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errors.New("not a JSON object")
		}
		if _, twice := p[name]; twice {
			return nil, fmt.Errorf("member %q comes twice", name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("member %q cannot be read", name)
		}
		if p[name], err = text(value); err != nil {
			return nil, fmt.Errorf("member %q: %w", name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("the JSON object has no end")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the JSON object")
	}
	return p, nil
}

// text is a value as it is signed.
func text(raw json.RawMessage) (string, error) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case '{', '[':
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return b.String(), err
	case 'n':
		return "", nil
	}
	return string(raw), nil
}
