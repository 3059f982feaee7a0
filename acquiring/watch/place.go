package watch

// Where a plate is: this file is the one place to change when more is known.
//
// Neither scans nor payments say where the phone was. The wallets give no place,
// and an address on the Internet names a carrier's gateway, often of another
// province. What we do know is where the store is that a plate is bound to, and
// who paid. So a sudden change of city is one of two facts: the plate was bound in
// another city than just before, or people pay on it who a few minutes earlier
// paid face to face in another city, which one body cannot. The second is how a
// photo of a plate betrays itself that is used far from the shop.

// municipalities are cities that are provinces: Beijing, Tianjin, Shanghai,
// Chongqing.
var municipalities = map[string]bool{"11": true, "12": true, "31": true, "50": true}

// CityOf is the city of a region by GB/T 2260; "" when it is not known.
func CityOf(region string) string {
	switch {
	case len(region) != 6:
		return ""
	case municipalities[region[:2]]:
		return region[:2]
	}
	return region[:4]
}

// elsewhere tells whether two regions are known and not of one city.
func elsewhere(a, b string) bool {
	x, y := CityOf(a), CityOf(b)
	return x != "" && y != "" && x != y
}
