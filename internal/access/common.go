package access

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed common.txt
var commonText string

// commonPasswords holds every password of the list, in plain form. The list is our
// own: words that people take, with the endings that they put behind them.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	var stems, endings []string
	set := map[string]bool{}
	for _, line := range strings.Split(commonText, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "stem":
			stems = append(stems, words[1:]...)
		case "ending":
			endings = append(endings, words[1:]...)
		case "walk":
			for _, w := range words[1:] {
				set[plainForm(w)] = true
			}
		}
	}
	for _, s := range stems {
		for _, e := range endings {
			set[plainForm(s+e)] = true
			set[plainForm(s+s+e)] = true
		}
	}
	for w := range set {
		if len(w) < MinPasswordLen { // refused by length
			delete(set, w)
		}
	}
	return set
})

// plainForm undoes what people do to a common password to make it look another:
// capital letters, blanks, and digits or signs that look like letters.
func plainForm(s string) string {
	return lookalikes.Replace(strings.ToLower(s))
}

var lookalikes = strings.NewReplacer(" ", "", "0", "o", "1", "l", "3", "e", "5", "s", "@", "a", "$", "s", "!", "l")

// commonPassword tells whether the password, plain or dressed up, is on the list.
func commonPassword(password string) bool {
	return commonPasswords()[plainForm(password)]
}
