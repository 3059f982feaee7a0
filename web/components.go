package web

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Components are what pages are made of. Each is a template in templates/parts,
// called with one value whose type below documents the parameters. A page makes
// the value by the function of the same name, with names and values in turn:
//
//	{{template "input" (field "Name" "phone" "Label" (t "apply.phone") "Error" (problem .Page.Problems "phone"))}}
//
// A name that the type does not have fails the page, and TestComponentCalls
// finds it without rendering. Texts are given translated, because only the page
// knows what they say. What encloses other markup comes in two halves:
//
//	{{template "drawer-open" (dialog "ID" "filters" "Title" (t "x.filters"))}} … {{template "drawer-close"}}
//
// Every component with its states is shown on /console/design.

// Field is one question of a form, for the templates "input", "textarea",
// "select", "choice" (radio buttons as cards), "check" and "upload". Label, hint
// and error are tied to the control for whoever does not see them.
type Field struct {
	Name  string // of the form value; required
	Label string // required
	Hint  string // one sentence on what is wanted
	Error string // what is wrong with Value; "" when nothing is
	Value string // what was typed before
	ID    string // of the control; "" makes one of Name

	// Type is the control's: "text" (the default), "password", "email", "tel",
	// "search", "number", "date", or "money": yuan with at most two decimals.
	Type         string
	Required     bool // says so to people; the server checks all the same
	Disabled     bool
	ReadOnly     bool
	Focus        bool   // where typing begins
	Max          int    // longest value in characters; 0: no bound
	Rows         int    // of a textarea; 0 means 4
	Autocomplete string // "" means off: most of what is typed here is about others
	Mode         string // inputmode, "numeric" and the like
	Placeholder  string
	Check        string // what kind of value apply.js asks the server about, once it is typed

	Options []Option // of select and choice
	Empty   string   // a select's first, empty option; "" for none

	Checked bool // of check; Value is what is sent then, "1" by default

	Accept   string // of upload: "image/jpeg,image/png"
	Multiple bool   // of upload
	Preview  string // of upload: address of the picture that is there already
}

// Option is one answer of a select or choice.
type Option struct {
	Value, Text, Hint string
	Disabled          bool
}

// ControlID is the id of the control, what label and error point to.
func (f Field) ControlID() string {
	if f.ID != "" {
		return f.ID
	}
	return "f-" + f.Name
}

// DescribedBy lists the ids of hint and error, "" when there is neither.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ControlID()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ControlID()+"-error")
	}
	return strings.Join(ids, " ")
}

// InputType is the type attribute.
func (f Field) InputType() string {
	switch f.Type {
	case "", "money":
		return "text"
	}
	return f.Type
}

// InputMode chooses the keyboard of a phone.
func (f Field) InputMode() string {
	if f.Mode == "" && f.Type == "money" {
		return "decimal"
	}
	return f.Mode
}

// Tones of tags, notices and events. Colour is never the only sign: the text
// says the same.
const (
	Good = "good" // done, as wanted
	Info = "info" // under way
	Warn = "warn" // waits for somebody
	Bad  = "bad"  // failed, refused
	Idle = "idle" // over, or not begun
)

// Tag is a word of state, for "tag".
type Tag struct {
	Tone string // Good … Idle
	Text string
}

// Notice is a message in the page, for "notice". Warn and Bad are announced at
// once by screen readers, the others politely.
type Notice struct {
	Tone  string
	Title string // optional
	Text  string
}

// Empty stands where a list has no rows, for "empty".
type Empty struct {
	Title  string
	Text   string // what to do about it; optional
	Path   string // where that is done; optional, with Action
	Action string
}

// Crumb is one step of the path above a page's title, for "crumb", which stands
// in the page's {{define "crumbs"}}. Without Path it is the page itself.
type Crumb struct{ Path, Text string }

// Step is one step of a "stepper".
type Step struct {
	Text  string
	State string // done, current, todo or error
	Path  string // where the step is; "" when it cannot be gone to
}

// Stepper is a procedure in steps, for "stepper".
type Stepper struct {
	Label string
	Steps []Step
}

// Linked tells whether a step can be gone to: without one, the row itself takes the
// keyboard, to be scrolled on a narrow screen.
func (s Stepper) Linked() bool {
	return slices.ContainsFunc(s.Steps, func(st Step) bool { return st.Path != "" })
}

// Tab is one tab of "tabs". Tabs are links: each has an address, and works
// without scripts.
type Tab struct {
	Path, Text string
	Count      int // shown when above 0
	Current    bool
}

// Tabs are views of one thing side by side, for "tabs".
type Tabs struct {
	Label string
	Tabs  []Tab
}

// Table encloses a table, for "table-open" and "table-close". The page writes
// thead and tbody; cells with numbers have the class num.
type Table struct {
	Label      string // what the table lists; or
	LabelledBy string // the id of its heading
	Tall       bool   // scrolls inside, with its head in sight
}

// Dialog is a modal window, for "dialog-open" and "dialog-close", or, at the
// right edge, for "drawer-open" and "drawer-close". A button with
// data-opens="ID" opens it; where scripts are off its content stands in the
// page.
type Dialog struct {
	ID    string // required
	Title string
}

// Fact is one line of key-value facts, for "fact", between {{template "facts-open"}}
// and {{template "facts-close"}}. Where the value is more than text, the page
// writes it between "fact-open" and "fact-close".
type Fact struct {
	Label string
	Value string
	Copy  bool // with a button that copies Value
	Mono  bool // numbers of orders and the like
	Hint  string
}

// Progress is how far something is, for "progress".
type Progress struct {
	Label string
	Value int
	Max   int // 0 means 100
}

// Event is one entry of a "timeline".
type Event struct {
	Time  time.Time
	Title string
	By    string // who did it
	Text  string // optional
	Tone  string
	// Folded is a longer text that is shown when Label is pressed; optional.
	Folded, Label string
}

// Change is one line of a "compare": what a value was and what it is to be.
type Change struct {
	Label, Before, After string
}

// Changed tells whether the line changes anything.
func (c Change) Changed() bool { return c.Before != c.After }

// Compare shows two versions side by side, for "compare".
type Compare struct {
	Label         string // what is compared
	Before, After string // headings
	Changes       []Change
}

// Filters is the bar above a list, for "filters-open" and "filters-close". The
// page puts fields between; they are sent with GET, so a filtered list has an
// address.
type Filters struct {
	Label  string
	Action string // path of the list; "" is the page itself
	Chips  []Chip // filters that are on
	Clear  string // address without any filter
}

// Chip is a filter that is on; Remove is the list without it.
type Chip struct{ Label, Text, Remove string }

// componentFuncs are the functions that make the components' values. Their
// names are those that templates use.
var componentFuncs = template.FuncMap{
	"field": props[Field], "option": option, "list": listOf, "tag": props[Tag], "notice": props[Notice], "empty": props[Empty],
	"crumb": props[Crumb], "step": props[Step], "stepper": props[Stepper], "tab": props[Tab], "tabs": props[Tabs],
	"table": props[Table], "dialog": props[Dialog], "fact": props[Fact], "progress": props[Progress],
	"change": props[Change], "compare": props[Compare], "filters": props[Filters],
}

// props fills a T from names and values in turn.
func props[T any](pairs ...any) (T, error) {
	var out T
	v := reflect.ValueOf(&out).Elem()
	if len(pairs)%2 != 0 {
		return out, fmt.Errorf("%s: names and values must come in pairs", v.Type().Name())
	}
	for i := 0; i < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		field := v.FieldByName(name)
		if !field.IsValid() {
			return out, fmt.Errorf("%s has no parameter %s", v.Type().Name(), name)
		}
		value := reflect.ValueOf(pairs[i+1])
		switch {
		case !value.IsValid(): // nil: the zero value
		case value.Type().AssignableTo(field.Type()):
			field.Set(value)
		case value.Kind() == field.Kind() && value.CanConvert(field.Type()): // string types of the rooms
			field.Set(value.Convert(field.Type()))
		case field.Kind() == reflect.Slice && value.Kind() == reflect.Slice:
			if err := setSlice(field, value); err != nil {
				return out, fmt.Errorf("%s.%s: %w", v.Type().Name(), name, err)
			}
		default:
			return out, fmt.Errorf("%s.%s is a %s and was given a %s", v.Type().Name(), name, field.Type(), value.Type())
		}
	}
	return out, nil
}

// setSlice takes over a list of any, as the function list makes it.
func setSlice(field, list reflect.Value) error {
	out := reflect.MakeSlice(field.Type(), 0, list.Len())
	for i := range list.Len() {
		item := list.Index(i)
		if item.Kind() == reflect.Interface {
			item = item.Elem()
		}
		if !item.IsValid() || !item.Type().AssignableTo(field.Type().Elem()) {
			return fmt.Errorf("item %d is no %s", i, field.Type().Elem())
		}
		out = reflect.Append(out, item)
	}
	field.Set(out)
	return nil
}

func listOf(items ...any) []any { return items }

// option is short for one Option: value, text and, if given, a hint.
func option(value any, text string, hint ...string) Option {
	return Option{Value: fmt.Sprint(value), Text: text, Hint: strings.Join(hint, " ")}
}
