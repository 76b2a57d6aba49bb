package repotest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// floor is a layer of the house. A package imports only from floors below its own.
type floor struct {
	name  string
	parts []string // folders from the root, each with everything below it
	// open floors let their parts import each other; Go itself forbids circles.
	open bool
}

// floors is the house from the ground up.
func floors() []floor {
	return []floor{
		{"evidence", []string{"evidence"}, true},
		{"ground", []string{"internal/media", "internal/rule", "internal/db", "internal/clock", "internal/durable", "internal/event",
			"internal/job", "internal/config", "internal/problem", "internal/qr", "internal/secret", "internal/sheet", "internal/still", "internal/text", "internal/network", "web"}, true},
		{"records", []string{"internal/ledger", "internal/notify"}, false},
		{"access", []string{"internal/access"}, false}, // its own acts are on record too
		{"pictures in", []string{"internal/recording", "internal/source"}, false},
		{"catalogue", []string{"internal/archive"}, false}, // reads what recorders wrote, never the reverse
		{"pictures out", []string{"internal/capture", "internal/playback", "internal/live", "internal/vision"}, false},
		{"chapters", []string{"internal/camera", "internal/duty", "internal/disclosure", "internal/alarm", "internal/asset",
			"internal/upkeep", "internal/backup", "internal/conduct", "internal/regime", "internal/form"}, false},
		{"api", []string{"internal/api"}, false},
		{"app", []string{"internal/app"}, false},
		{"demonstration", []string{"internal/demo"}, false}, // nothing that serves may reach it: it tells clocks another time
		{"cmd", []string{"cmd"}, false},
		// Tools may import everything and are imported by tests and tools only.
		{"tools", []string{"internal/testkit", "internal/repotest", "scripts", "test"}, true},
	}
}

// place finds the floor and the part of a folder; floor -1 means it has none.
func place(folder string) (level int, part string) {
	for i, f := range floors() {
		for _, p := range f.parts {
			if folder == p || strings.HasPrefix(folder, p+"/") {
				return i, p
			}
		}
	}
	return -1, ""
}

// wrongImports lists every import that does not point down.
func wrongImports(module string, list []goPackage) []string {
	var found []string
	house := floors()
	for _, p := range list {
		folder := strings.TrimPrefix(p.ImportPath, module+"/")
		level, part := place(folder)
		if level < 0 {
			found = append(found, fmt.Sprintf("%s stands on no floor; put it into the table in floors_test.go", folder))
			continue
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			below, other := place(target)
			switch {
			case below < 0: // reported where it stands itself
			case house[level].name == "evidence" && other != part:
				found = append(found, fmt.Sprintf("%s imports %s: evidence stands alone, so that others can build the verifier without us", folder, target))
			case below > level:
				found = append(found, fmt.Sprintf("%s (%s) imports %s (%s): imports point down", folder, house[level].name, target, house[below].name))
			case below == level && other != part && !house[level].open:
				found = append(found, fmt.Sprintf("%s imports its neighbour %s: publish an event, or declare a small interface and let app connect it", folder, target))
			}
		}
	}
	return found
}

func TestImportsPointDown(t *testing.T) {
	report(t, wrongImports("watchroom", readPackages(t)))
}

func TestEveryFloorIsNamedOnce(t *testing.T) {
	var all []string
	for _, f := range floors() {
		all = append(all, f.parts...)
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] || strings.HasPrefix(all[i], all[i-1]+"/") {
			t.Errorf("%s stands on two floors", all[i])
		}
	}
}

func TestWrongImportsAreFound(t *testing.T) {
	list := []goPackage{
		{ImportPath: "m/internal/media", Imports: []string{"m/internal/clock", "fmt"}},
		{ImportPath: "m/internal/clock", Imports: []string{"m/internal/access"}},
		{ImportPath: "m/internal/camera", Imports: []string{"m/internal/duty/roster", "m/internal/access", "m/internal/testkit/clause"}},
		{ImportPath: "m/internal/duty/handover", Imports: []string{"m/internal/duty/roster", "other/internal/app"}},
		{ImportPath: "m/internal/live/whep", Imports: []string{"m/internal/playback", "m/evidence/fmp4"}},
		{ImportPath: "m/evidence/leaf", Imports: []string{"m/evidence/fmp4", "m/internal/clock"}},
		{ImportPath: "m/internal/mediaplayer"},
		{ImportPath: "m/cmd/watchroom", Imports: []string{"m/internal/app"}},
		{ImportPath: "m/test/load", Imports: []string{"m/internal/app", "m/internal/testkit/clause"}},
	}
	finds(t, wrongImports("m", list),
		"internal/clock (ground) imports internal/access (access): imports point down",
		"internal/camera imports its neighbour internal/duty/roster: publish an event, or declare a small interface and let app connect it",
		"internal/camera (chapters) imports internal/testkit/clause (tools): imports point down",
		"internal/live/whep imports its neighbour internal/playback: publish an event, or declare a small interface and let app connect it",
		"evidence/leaf imports internal/clock: evidence stands alone, so that others can build the verifier without us",
		"internal/mediaplayer stands on no floor; put it into the table in floors_test.go",
	)
}
