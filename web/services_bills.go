package web

import "juma/clearing/bill"

// Bills reads what a merchant's own statements are made of.
type Bills = bill.Repository
