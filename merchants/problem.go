package merchants

// Problem is one fault of a profile. Package merchants/check finds them; the
// wizard, the import and the review show them.
type Problem struct {
	// Field is a stable path into the profile: "legal.id_no", "stores[0].region".
	Field string
	// Value is what stands there, masked where it identifies a person.
	Value string
	// Rule is the stable key of what is broken, "uscc.check"; pages have a text for
	// each in both languages.
	Rule string
	// Message is the rule's English sentence, which says what to do.
	Message string
}
