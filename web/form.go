package web

import "fmt"

// problems are what is wrong with a form: by the name of a field, the code of
// the text that says so, without "error.". The codes are a family "error." in
// the catalogue of the area.
type problems map[string]string

// problem is the text for one field, "" when nothing is wrong with it.
func (l lang) problem(p problems, name string) string {
	code, wrong := p[name]
	if !wrong {
		return ""
	}
	return l.text("error." + code)
}

// word is a word of state as a tag: its text is that of the family, its tone
// the one that the chapter gives it.
func (l lang) word(prefix string, value any) Tag {
	key := prefix + fmt.Sprint(value)
	return Tag{Tone: toneOf[key], Text: l.text(key)}
}
