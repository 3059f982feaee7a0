package channel

import "testing"

func TestCardKinds(t *testing.T) {
	for word, want := range map[string]CardKind{"": UnknownCard, "00": UnknownCard, "01": DebitCard, "02": CreditCard, "03": OtherCard, "04": OtherCard, "05": OtherCard, "06": OtherCard, "07": UnknownCard} {
		if got := CardKindOfUnionPay(word); got != want {
			t.Errorf("payCardType %q: %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]CardKind{"": UnknownCard, "OTHERS": UnknownCard, "CMB_DEBIT": DebitCard, "CMB_CREDIT": CreditCard, "CFT": UnknownCard, "_CREDITS": UnknownCard} {
		if got := CardKindOfWeChat(word); got != want {
			t.Errorf("bank_type %q: %q, want %q", word, got, want)
		}
	}
	for kind, want := range map[CardKind]string{UnknownCard: "00", DebitCard: "01", CreditCard: "02", OtherCard: "00"} {
		if got := kind.PayCardType(); got != want {
			t.Errorf("%q is written %s, want %s", kind, got, want)
		}
	}
}
