package web

import (
	"reflect"
	"strings"
	"testing"
	"text/template/parse"
)

// TestComponentCalls reads every template and finds parameters that a component
// does not have and templates that do not exist, also on branches that no page
// of the other tests takes.
func TestComponentCalls(t *testing.T) {
	v, err := sharedViews()
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for page, both := range v.byName {
		defined := map[string]bool{}
		for _, tpl := range both[zh].Templates() {
			defined[tpl.Name()] = true
		}
		for _, tpl := range both[zh].Templates() {
			if tpl.Tree == nil {
				continue
			}
			walk(reflect.ValueOf(tpl.Tree.Root), func(n parse.Node) {
				switch n := n.(type) {
				case *parse.TemplateNode:
					name, _, _ := strings.Cut(n.Name, "$htmltemplate_") // html/template's own copies
					if !defined[name] {
						t.Errorf("%s: there is no template %q", page, n.Name)
					}
				case *parse.CommandNode:
					if checkCall(t, page, n) {
						calls++
					}
				}
			})
		}
	}
	if calls == 0 {
		t.Error("found no call of a component")
	}
}

// checkCall checks the names that a component's function is given.
func checkCall(t *testing.T, page string, cmd *parse.CommandNode) bool {
	fn, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok || componentFuncs[fn.Ident] == nil {
		return false
	}
	made := reflect.TypeOf(componentFuncs[fn.Ident]).Out(0)
	if fn.Ident == "list" || fn.Ident == "option" {
		return false
	}
	for i := 1; i < len(cmd.Args); i += 2 {
		name, ok := cmd.Args[i].(*parse.StringNode)
		if !ok {
			t.Errorf("%s: %s: parameter %d is no name", page, fn.Ident, i)
			continue
		}
		if _, ok := made.FieldByName(name.Text); !ok {
			t.Errorf("%s: %s has no parameter %s", page, fn.Ident, name.Text)
		}
	}
	return true
}

// walk visits every node below v; parse has no walker of its own.
func walk(v reflect.Value, visit func(parse.Node)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if v.Kind() == reflect.Pointer && v.Type().Elem() == reflect.TypeFor[parse.Tree]() {
			return // the way back up
		}
		if v.Kind() == reflect.Pointer && v.CanInterface() {
			if n, ok := v.Interface().(parse.Node); ok {
				visit(n)
			}
		}
		walk(v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	}
}

func TestProps(t *testing.T) {
	f, err := props[Field]("Name", "x", "Max", 3, "Required", true, "Value", textKey("typed"), "Error", nil, "Options", listOf(option("1", "one", "hint")))
	if err != nil || f.Name != "x" || f.Max != 3 || !f.Required || f.Value != "typed" || f.Error != "" || len(f.Options) != 1 || f.Options[0].Hint != "hint" {
		t.Errorf("%+v, %v", f, err)
	}
	for wrong, pairs := range map[string][]any{
		"no parameter Lable":                 {"Lable", "x"},
		"in pairs":                           {"Name"},
		"Field.Max is a int":                 {"Max", "3"},
		"item 0 is no web.Option":            {"Options", listOf("x")},
		"Field.Required is a bool and was":   {"Required", "yes"},
		"Field.Name is a string and was":     {"Name", 7},
		"Field.Options is a []web.Option an": {"Options", "x"},
	} {
		if _, err := props[Field](pairs...); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("props(%v): %v, want %q", pairs, err, wrong)
		}
	}
}

// TestFieldsAreTiedToTheirTexts: hint and error are read out with the control.
func TestFieldsAreTiedToTheirTexts(t *testing.T) {
	for want, f := range map[string]Field{
		"": {Name: "a"}, "f-a-hint": {Name: "a", Hint: "h"}, "f-a-error": {Name: "a", Error: "e"}, "x-hint x-error": {Name: "a", ID: "x", Hint: "h", Error: "e"},
	} {
		if got := f.DescribedBy(); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}
