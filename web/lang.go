package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"juma/acquiring/channel"
)

// lang is one of the two languages of the pages.
type lang int

const (
	zh lang = iota // 简体中文, the default
	en
)

// langs lists the languages.
var langs = []lang{zh, en}

// tag is the language's BCP 47 tag.
func (l lang) tag() string {
	if l == en {
		return "en"
	}
	return "zh-CN"
}

// text returns a text of the catalogue, with arguments put in as by
// fmt.Sprintf. A key that is missing shows itself; a test keeps that from
// happening.
func (l lang) text(key string, args ...any) string {
	pair, ok := catalogue[key]
	if !ok {
		if account, of := l.account(key); of {
			return account
		}
		return "[" + key + "]"
	}
	s := pair[l]
	if len(args) > 0 {
		s = fmt.Sprintf(s, args...)
	}
	return s
}

// account names a further account: its channel's words, and its label.
func (l lang) account(key string) (string, bool) {
	name, of := strings.CutPrefix(key, "channel.")
	n := channel.Name(name)
	if !of || !n.Valid() || n.Label() == "" {
		return "", false
	}
	return l.text("channel."+string(n.Base())) + " · " + n.Label(), true
}

// textOf is text for templates, where a key may be a string or a textKey.
func (l lang) textOf(key any, args ...any) string { return l.text(fmt.Sprint(key), args...) }

// langOf chooses the language: the switch just used, the one used before, then
// what the browser prefers.
func langOf(r *http.Request) lang {
	switch langPreference.of(r) {
	case "zh":
		return zh
	case "en":
		return en
	}
	return preferredLang(r.Header.Get("Accept-Language"))
}

// preferredLang reads Accept-Language. Whoever prefers any Chinese gets
// Chinese; who names other languages only gets English; who names none is most
// likely in China.
func preferredLang(header string) lang {
	best, bestQ := zh, 0
	for i, part := range strings.Split(header, ",") {
		if i == 16 {
			break // nobody reads more languages
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if tag == "" || tag == "*" {
			continue
		}
		q := quality(params)
		if q <= bestQ {
			continue
		}
		best, bestQ = en, q
		if primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); primary == "zh" {
			best = zh
		}
	}
	return best
}

// quality reads "q=0.8" as 800; no or an unreadable quality is 1000.
func quality(params string) int {
	_, value, found := strings.Cut(strings.ReplaceAll(params, " ", ""), "q=")
	if !found {
		return 1000
	}
	whole, frac, _ := strings.Cut(value, ".")
	n, err := strconv.Atoi(whole + (frac + "000")[:3])
	if err != nil || n < 0 || n > 1000 {
		return 1000
	}
	return n
}
