package web

import "maps"

// texts maps a key to its Chinese and English text. A text with verbs has the
// same verbs, in the same order, in both languages.
type texts map[string][2]string

// chapter is what one area adds to the catalogue. It stands in that area's
// catalogue_<area>.go.
type chapter struct {
	texts texts
	// families are the keys that are put together when a page is shown.
	families []family
	// tones are the colours of words of state, by key, for lang.word.
	tones map[string]string
}

// family is a set of keys that are made of a prefix, a word that is known only
// when a page is shown, and a suffix: t (print "kind." .Class ".text"). Every
// key of a family must be in the catalogue.
type family struct {
	prefix   string
	words    []string
	suffixes []string // nil means none: prefix and word
	optional []string // suffixes of texts that only some words have
}

// textKey is a key of the catalogue that stands in Go code and is looked up
// elsewhere. Write it as textKey("nav.settlement"): the test of the catalogue
// looks for that, and fails when the text is missing.
type textKey string

// chapters is the whole catalogue; an area has one line here.
var chapters = []chapter{
	frameChapter,
	columnChapter,
	wordChapter,
	errorChapter,
	loginChapter,
	accessChapter,
	cashierChapter,
	merchantChapter,
	billChapter,
	payoutChapter,
	scanChapter,
	applyChapter,
	reviewChapter,
	watchChapter,
	commandChapter,
	routeChapter,
	statementChapter,
	channelChapter,
	merchantsChapter,
	bindChapter,
	platesChapter,
	upkeepChapter,
	placeChapter,
	settlementChapter,
	termChapter,
	differenceChapter,
	ledgerChapter,
	paymentsChapter,
	wireChapter,
	designChapter,
}

// catalogue is every text that people read.
var catalogue = merge(chapters)

func merge(chapters []chapter) texts {
	all := texts{}
	for _, c := range chapters {
		maps.Copy(all, c.texts)
	}
	return all
}

// toneOf is every tone of the chapters.
var toneOf = mergeTones(chapters)

func mergeTones(chapters []chapter) map[string]string {
	all := map[string]string{}
	for _, c := range chapters {
		maps.Copy(all, c.tones)
	}
	return all
}

// wordsOf lists values as the words of a family.
func wordsOf[T ~string](values ...T) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return words
}
