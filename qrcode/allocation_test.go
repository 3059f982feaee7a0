package qrcode_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/qrcode"
)

func file(text string) qrcode.AllocationFile {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

var allocation = qrcode.Allocation{Institution: "99982900"}

func code(n int) string { return fmt.Sprintf("0112%028d", n) }

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		var lines strings.Builder
		lines.WriteString("\uFEFF序号,code,备注\r\n")
		for i := range 12_000 { // more than two chunks
			if i%2 == 0 {
				fmt.Fprintf(&lines, "%d,https://qr.95516.com/99982900/%s,\r\n", i, code(i))
			} else {
				fmt.Fprintf(&lines, "%d,\"%s\",x\r\n\r\n", i, code(i))
			}
		}
		batch, problems, err := b.Import(ctx, allocation, file(lines.String()), qrcode.Order{By: "operator", Reason: "applied for in March"})
		if err != nil || len(problems) > 0 || batch.Count != 12_000 || batch.State != qrcode.Generated || batch.Source != qrcode.Imported {
			t.Fatalf("%+v, %v, %v", batch, problems, err)
		}
		p, _, err := b.Resolve(ctx, code(7777))
		if err != nil || p.Payload != "https://qr.95516.com/99982900/"+code(7777) || p.Serial != "2603100007778" || p.State != qrcode.Blank {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := b.Bind(ctx, code(0), "999290058120001", "S", "10000001", "agent"); err != nil {
			t.Error(err)
		}
		_, problems, err = b.Import(ctx, allocation, file(code(12_000)+"\n"+code(5)+"\n"), qrcode.Order{By: "operator"})
		if err != nil || len(problems) != 1 || problems[0].String() != fmt.Sprintf("line 2: code %q: is a plate already", code(5)) {
			t.Errorf("again: %v, %v", problems, err)
		}
		if counts, err := b.repo.CountPlates(ctx); err != nil || counts[qrcode.Blank] != 11_999 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// TestImportTellsEveryFault: all of them at once, by line, and nothing is stored.
func TestImportTellsEveryFault(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		text := strings.Join([]string{
			code(1), "", code(2), code(1), "https://qr.95516.com/99982901/" + code(3), "https://qr.95516.com/9998290/" + code(3),
			"short", code(4) + "0", "https://example.com/" + code(5), "code with blanks!", code(6),
		}, "\n")
		_, problems, err := b.Import(ctx, allocation, file(text), qrcode.Order{By: "operator"})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`line 4: code "` + code(1) + `": stands in line 1 already`,
			`line 5: institution "99982901": is another`,
			`line 6: institution "9998290": want an address`,
			`line 7: length "short": has 5`,
			`line 8: length "` + code(4) + `0": has 33 characters, want 32`,
			`line 9: code "https://example.com/`,
			`line 10: code "code with blanks!"`,
		}
		if len(problems) != len(want) {
			t.Fatalf("told %v", problems)
		}
		for i, p := range problems {
			if !strings.HasPrefix(p.String(), want[i]) {
				t.Errorf("told %s, want %s", p, want[i])
			}
		}
		if counts, err := b.repo.CountPlates(ctx); err != nil || len(counts) != 0 {
			t.Errorf("%v, %v: something was stored", counts, err)
		}
		for name, text := range map[string]string{"codes": "\n\n", "a line has": strings.Repeat("1", 1000)} {
			if _, _, err := b.Import(ctx, allocation, file(text), qrcode.Order{By: "operator"}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := b.Import(ctx, qrcode.Allocation{Institution: "1"}, file(code(1)), qrcode.Order{By: "operator"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("institution: %v", err)
		}
	})
}

// TestAFileThatChangesMeanwhile is not imported half.
func TestAFileThatChangesMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		reads := 0
		open := func() (io.ReadCloser, error) {
			reads++
			text := code(1) + "\n" + code(2) + "\n"
			if reads == 3 {
				text = code(1) + "\n"
			}
			return io.NopCloser(strings.NewReader(text)), nil
		}
		if _, _, err := b.Import(ctx, allocation, open, qrcode.Order{By: "operator"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
		if counts, err := b.repo.CountPlates(ctx); err != nil || len(counts) != 0 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// FuzzAllocation: any file is read without a panic and in bounded memory, and what
// passes prints and reads back.
func FuzzAllocation(f *testing.F) {
	f.Add(code(1) + "\n" + "https://qr.95516.com/99982900/" + code(2))
	f.Add("\uFEFFurl,x\r\n\"https://qr.95516.com/99982900/" + code(2) + "\",\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var codes []string
		_, _ = qrcode.Allocation{Institution: "99982900", Length: 32}.Each(strings.NewReader(text), func(_ int, code string) error {
			if len(codes) < 10 {
				codes = append(codes, strings.Clone(code))
			}
			return nil
		})
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 { // a file of 64 KiB, a few hundred bytes a line
			t.Errorf("%d bytes allocated", n)
		}
		for _, code := range codes {
			p, err := qrcode.Payload{Grammar: qrcode.UnionPay, Institution: "99982900", Key: code}.Print()
			if back, err2 := qrcode.ParsePayload(p); err != nil || err2 != nil || back.Key != code {
				t.Errorf("%q: %v, %v", code, err, err2)
			}
		}
	})
}
