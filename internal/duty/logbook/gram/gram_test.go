package gram_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/duty/logbook/gram"
)

// holds tells whether a text with these words answers a question, as both databases decide it.
func holds(words []string, phrases [][]string) bool {
	for _, p := range phrases {
		found := false
		for i := range words {
			found = found || i+len(p) <= len(words) && slices.Equal(words[i:i+len(p)], p)
		}
		if !found {
			return false
		}
	}
	return true
}

func TestWhatIsFound(t *testing.T) {
	const said = "3号楼消防通道门口堆放纸箱，已通知 Ms. O’Neil，CAM-12 可见🔥"
	for question, want := range map[string]bool{
		"消防": true, "消防通道": true, "通道门": true, "堆放纸箱": true, "纸": true, "🔥": true, "cam": true, "12": true, "ｃａｍ": true, "3号楼": true, "消防 纸箱": true, "": true, "…": true,
		"防火": false, "箱纸": false, "道消": false, "1": false, "ca": false, "箱已": false, "火": false, "消防 火": false,
	} {
		if got := holds(gram.Words(said), gram.Phrases(question)); got != want {
			t.Errorf("%q: %v", question, got)
		}
	}
	if holds(gram.Words("消防", "通道"), gram.Phrases("防通")) {
		t.Error("a phrase goes over the end of a text")
	}
}

// TestEveryPartIsFound: what stands in a text is found by any stretch of it that does not cut a
// word, and the words are such that no tokenizer takes them apart.
func TestEveryPartIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := []rune(rapid.StringOfN(rapid.RuneFrom([]rune("消防通道门口纸箱🔥，。 𠮷")), 1, 30, -1).Draw(t, "said"))
		from := rapid.IntRange(0, len(said)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(said)).Draw(t, "to")
		words := gram.Words(string(said))
		if !holds(words, gram.Phrases(string(said[from:to]))) {
			t.Fatalf("%q is not found in %q", string(said[from:to]), string(said))
		}
		for _, w := range append(words, gram.Tag('k', string(said))) {
			if strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Fatalf("the word %q", w)
			}
		}
	})
}
