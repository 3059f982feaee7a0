package access

import (
	"errors"
	"strings"
	"testing"

	"juma/internal/fault"
)

func TestCommonPasswordsAreRefused(t *testing.T) {
	list := commonPasswords()
	if len(list) < 3000 {
		t.Errorf("%d common passwords, want at least 3000", len(list))
	}
	for w := range list {
		if len(w) < MinPasswordLen || CheckPassword("", w) == nil {
			t.Errorf("%q: is too short to matter, or is let through", w)
		}
	}
	for _, dressed := range []string{"password1234", "P@ssw0rd1234", "PASSWORD 1234", "Woaini1314520", "Qwertyuiop123", "1qaz2wsx3edc", "Admin@123456", "Beijing@2026", "zhifubao2025!"} {
		var f *fault.Error
		if err := CheckPassword("li", dressed); !errors.As(err, &f) || f.Field != "password" || !strings.Contains(f.Msg, "anybody would try") {
			t.Errorf("%q: got %v, want refused as common", dressed, err)
		}
	}
	for _, fine := range []string{goodPassword, "teapot lantern 1987 river", "床前明月光疑是地上霜举头"} {
		if err := CheckPassword("li", fine); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}
