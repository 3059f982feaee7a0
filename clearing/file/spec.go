package file

// FileSpec is the byte-level specification of one kind of file. It is made of the
// tables by which files are written and verified, so it says what they do.
type FileSpec struct {
	Layout      string // "ACOMA"
	Name        string // the file's name, with yymmdd for the clearing date
	PerMerchant bool   // one for each merchant that has a row
	Bytes       int    // of a row, without its line end
	Fields      []FieldSpec
}

// FieldSpec is one column: what it is and what our own files hold there.
type FieldSpec struct {
	Field
	End int // 0-based last byte
	// Fixed is what stands there in every row; with Used false that is what a field
	// that is not used holds: zeros or blanks.
	Fixed string
	Used  bool
}

// Specification describes all settlement files in the order in which Build makes
// them.
func Specification() []FileSpec {
	specs := make([]FileSpec, len(kindsOfFile))
	for i, k := range kindsOfFile {
		s := FileSpec{Layout: k.layout.Name, Name: k.prefix + "yymmdd" + k.class + k.layout.Name, PerMerchant: k.perMerchant, Bytes: k.layout.Width}
		for _, f := range k.layout.Fields {
			s.Fields = append(s.Fields, FieldSpec{Field: f, End: f.Offset + f.Len - 1, Used: true})
		}
		for _, fixed := range profiles[k.layout].fixed {
			f := &s.Fields[fixed.at]
			f.Fixed, f.Used = fixed.want, fixed.want != f.blank()
		}
		specs[i] = s
	}
	return specs
}

// ControlKeys lists the lines of a control file in order.
func ControlKeys() []string {
	var keys []string
	for _, p := range (File{}).control("") {
		keys = append(keys, p.key)
	}
	return keys
}
