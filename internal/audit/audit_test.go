package audit

import (
	"testing"
	"time"
)

func TestEveryFieldIsInTheChain(t *testing.T) {
	base := Entry{ID: "1", At: time.UnixMicro(5), Actor: "a", Action: "b", Object: "c", Before: "d", After: "e", Reason: "f"}
	seen := map[string]string{Link("x", 1, base): "nothing"}
	for name, change := range map[string]func(*Entry){
		"id": func(e *Entry) { e.ID = "2" }, "at": func(e *Entry) { e.At = e.At.Add(time.Microsecond) },
		"actor": func(e *Entry) { e.Actor = "aa" }, "action": func(e *Entry) { e.Action = "B" }, "object": func(e *Entry) { e.Object = "" },
		"before": func(e *Entry) { e.Before = "de"; e.After = "" }, "after": func(e *Entry) { e.After = "E" }, "reason": func(e *Entry) { e.Reason = "" },
	} {
		e := base
		change(&e)
		h := Link("x", 1, e)
		if was, ok := seen[h]; ok {
			t.Errorf("changing %s gives the hash of changing %s", name, was)
		}
		seen[h] = name
	}
	if Link("y", 1, base) == Link("x", 1, base) || Link("x", 2, base) == Link("x", 1, base) {
		t.Error("the place in the chain must be covered")
	}
	bad := base
	bad.Reason = "\xff"
	good := base
	good.Reason = "\uFFFD"
	if Link("x", 1, bad) != Link("x", 1, good) {
		t.Error("text counts as it is stored")
	}
}
