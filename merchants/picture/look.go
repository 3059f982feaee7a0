package picture

import (
	"bytes"
	"encoding/binary"
)

// maxScans bounds the passes of a progressive JPEG: cameras make about ten, and
// each pass costs as much as the whole picture however little it holds.
const maxScans = 64

// lookJPEG walks the segments of a JPEG file (ISO/IEC 10918-1, B.1.1): a marker
// 0xff and its code, then, for most, two bytes of length. Coded data follows a
// scan's header and ends at the next marker that is neither stuffing nor restart.
func lookJPEG(b []byte) (facts, error) {
	const (
		eoi, sos, app1 = 0xd9, 0xda, 0xe1
		progressive    = 0xc2
	)
	f := facts{bytesPerPixel: 4}
	scans := 0
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff { // stray bytes, which decoders pass over
			at = afterScan(b, at)
			continue
		}
		code := b[at+1]
		switch {
		case code == 0xff: // fill
			at++
			continue
		case code == 0x01 || code >= 0xd0 && code <= 0xd7: // without length
			at += 2
			continue
		case code == eoi:
			return f, nil
		}
		end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		if end > len(b) || end < at+4 {
			return f, errDamaged
		}
		switch body := b[at+4 : end]; code {
		case progressive:
			f.bytesPerPixel = 16 // coefficients of each component are kept
		case app1:
			if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && f.exif == nil {
				f.exif = tiff
			}
		case sos:
			if scans++; scans > maxScans {
				return f, errTooCostly
			}
			end = afterScan(b, end)
		}
		at = end
	}
	return f, nil // the decoder tells what is missing
}

// afterScan is where the next marker is.
func afterScan(b []byte, at int) int {
	for ; at+1 < len(b); at++ {
		if c := b[at+1]; b[at] == 0xff && c != 0 && c != 0xff && (c < 0xd0 || c > 0xd7) {
			return at
		}
	}
	return len(b)
}

// lookPNG walks the chunks: length, type, content, checksum.
func lookPNG(b []byte) (facts, error) {
	f := facts{bytesPerPixel: 4}
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if n > len(b)-at-12 {
			return f, errDamaged
		}
		if string(b[at+4:at+8]) == "eXIf" {
			f.exif = b[at+8 : at+8+n]
		}
		at += 12 + n
	}
	return f, nil
}

// lookWebP walks the chunks of the RIFF container: type, length, content, padded
// to an even length.
func lookWebP(b []byte) (facts, error) {
	f := facts{bytesPerPixel: 8} // lossless pictures are kept twice while they are decoded
	for at := 12; at+8 <= len(b); {
		n := int(binary.LittleEndian.Uint32(b[at+4:]))
		if n > len(b)-at-8 {
			return f, errDamaged
		}
		switch string(b[at : at+4]) {
		case "EXIF":
			f.exif = bytes.TrimPrefix(b[at+8:at+8+n], []byte("Exif\x00\x00"))
		case "ANIM", "ANMF":
			return f, errDamaged
		}
		at += 8 + n + n%2
	}
	return f, nil
}

// orientation reads how the camera was held (EXIF tag 0x0112), 1 to 8; 1, which
// is upright, when it is not said.
func orientation(tiff []byte) int {
	const orientationTag, upright = 0x0112, 1
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	for n := order.Uint16(tiff[at:]); n > 0; n-- {
		const entry = 12
		if at+2+entry > uint64(len(tiff)) {
			return upright
		}
		if e := tiff[at+2:]; order.Uint16(e) == orientationTag {
			if v := int(order.Uint16(e[8:])); v >= 1 && v <= 8 {
				return v
			}
			return upright
		}
		at += entry
	}
	return upright
}
