package chronicle

import (
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/hold"
	"watchroom/internal/disclosure"
)

// shown compares the records of what people look at, and of what they decide about footage.
var shown = []rows.Differ{disclosure.Differ, hold.Differ}
