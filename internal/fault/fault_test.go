package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindSurvivesWrapping(t *testing.T) {
	inner := Field("qrcode.Bind", "terminal_no", "12", "want 8 digits")
	err := fmt.Errorf("line 3: %w", Wrap("import", "", inner))
	if !Is(err, Invalid) || Is(err, NotFound) || Is(nil, Internal) {
		t.Errorf("kind is %s", KindOf(err))
	}
	if want := `line 3: import: qrcode.Bind: terminal_no "12": want 8 digits`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if KindOf(errors.New("x")) != Internal {
		t.Error("an error without kind is a defect of ours")
	}
	if Wrap("op", Invalid, nil) != nil {
		t.Error("Wrap of nil must be nil")
	}
	if err := Wrap("op", Unavailable, errors.New("refused")); !Is(err, Unavailable) || err.Error() != "op: refused" {
		t.Errorf("got %v", err)
	}
}
