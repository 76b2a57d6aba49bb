package app

import (
	"testing"

	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
)

// TestDamagedFootageIsAFault: one a camera, with the first of its files.
func TestDamagedFootageIsAFault(t *testing.T) {
	if found := broken(nil); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	found := broken([]damage.Damage{
		{Camera: "a", File: "a1", Kind: damage.Altered, FoundBy: damage.Check}, {Camera: "a", File: "a2", Kind: damage.Missing}, {Camera: "b", File: "b1", Kind: damage.Missing},
	})
	if len(found) != 2 || found[0].Kind != fault.FootageDamaged || found[0].Subject != "a" || found[0].Detail["files"] != 2 || found[0].Detail["file"] != "a1" ||
		found[0].Detail["what"] != "altered" || found[0].Detail["by"] != "check" || found[1].Subject != "b" || found[1].Detail["files"] != 1 {
		t.Errorf("%+v", found)
	}
}
