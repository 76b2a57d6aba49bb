package signing

import "testing"

// TestBothLanguagesSayTheSame: as many points in both languages, none empty, and one promise for
// everybody.
func TestBothLanguagesSayTheSame(t *testing.T) {
	for _, kind := range []Kind{Pledge, Briefing} {
		zh, ok := Current(kind, "zh")
		en, too := Current(kind, "en")
		if !ok || !too || len(zh.Points) != len(en.Points) || zh.Version != en.Version || zh.Hash() == en.Hash() || zh.Pledge == "" || en.Pledge == "" {
			t.Fatalf("%s: %d and %d points", kind, len(zh.Points), len(en.Points))
		}
		if (kind == Briefing) != (len(zh.Points) > 0) {
			t.Errorf("%s has %d points", kind, len(zh.Points))
		}
		for i := range zh.Points {
			if zh.Points[i] == "" || en.Points[i] == "" {
				t.Errorf("point %d", i)
			}
		}
		alone, _ := Current(Pledge, "zh")
		if zh.Pledge != alone.Pledge {
			t.Errorf("%s has a promise of its own", kind)
		}
	}
	if _, ok := Current(Pledge, "fr"); ok {
		t.Error("there are words that nobody wrote")
	}
}

// TestAnyOtherWordIsAnotherText by its digest.
func TestAnyOtherWordIsAnotherText(t *testing.T) {
	one := Text{Kind: Briefing, Points: []string{"a", "b"}, Pledge: "c"}
	for _, other := range []Text{{Points: []string{"a"}, Pledge: "c"}, {Points: []string{"a", "b"}, Pledge: "d"}, {Pledge: "c"}} {
		if other.Hash() == one.Hash() {
			t.Errorf("%+v", other)
		}
	}
}
