package file

import (
	"strings"
	"testing"
)

// What the specification says of a byte is what the golden files hold there.
func TestSpecificationIsWhatFilesHold(t *testing.T) {
	specs := map[string]FileSpec{}
	for _, s := range Specification() {
		specs[s.Layout] = s
	}
	seen := 0
	for _, f := range build(t, sampleDay()) {
		n, _ := parseFileName(f.Name)
		spec := specs[n.layout.Name]
		name := strings.Replace(f.Name, "260310", "yymmdd", 1)
		if spec.PerMerchant {
			name, _, _ = strings.Cut(name, "_")
		}
		if name != spec.Name {
			t.Errorf("%s: the specification says %s", f.Name, spec.Name)
		}
		for _, line := range strings.SplitAfter(string(f.Data), lineEnd) {
			if line == "" {
				continue
			}
			if len(line) != spec.Bytes+len(lineEnd) {
				t.Errorf("%s: a row of %d bytes, specified are %d", f.Name, len(line), spec.Bytes)
			}
			for _, field := range spec.Fields {
				have := strings.TrimRight(line[field.Offset:field.End+1], " ")
				if (field.Fixed != "" || !field.Used) && have != field.Fixed {
					t.Errorf("%s %s: %q, specified is %q", f.Name, field.Key, have, field.Fixed)
				}
			}
			seen++
		}
	}
	if seen != 6+3+3+1+4+3+6+1 || len(specs) != 8 {
		t.Errorf("%d rows of %d layouts", seen, len(specs))
	}
}
