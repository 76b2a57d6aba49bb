package qr

import (
	"strings"
	"testing"
)

// TestACode has the three corners by which readers find it, within a light border.
func TestACode(t *testing.T) {
	c, err := Draw("watchroom checkpoint gate 42 " + strings.Repeat("A", 43) + "=")
	if err != nil {
		t.Fatal(err)
	}
	last := c.Size - quiet - 7
	corners := map[Run]bool{{quiet, quiet, 7}: false, {last, quiet, 7}: false, {quiet, last, 7}: false}
	for _, r := range c.Runs {
		if r.X < quiet || r.Y < quiet || r.X+r.N > c.Size-quiet || r.Y >= c.Size-quiet || r.N < 1 {
			t.Fatalf("%+v lies in the border of %d", r, c.Size)
		}
		if _, ok := corners[r]; ok {
			corners[r] = true
		}
	}
	for r, there := range corners {
		if !there {
			t.Errorf("no corner at %+v", r)
		}
	}
	if p := c.Path(); !strings.HasPrefix(p, "M4 4h7v1h-7z") {
		t.Errorf("%.40s", p)
	}
	if _, err := Draw(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that no code holds was drawn")
	}
}
