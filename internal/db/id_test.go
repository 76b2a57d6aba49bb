package db

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewIDFormAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(idEpoch, idEpoch+1<<28*idUnit-1).Draw(t, "a")
		b := rapid.Int64Range(a, idEpoch+1<<28*idUnit-1).Draw(t, "b")
		x, y := newID(time.Unix(a, 0)), newID(time.Unix(b, 0))
		if !ValidID(x) || !ValidID(y) {
			t.Fatalf("%q, %q: not valid", x, y)
		}
		if (a-idEpoch)/idUnit < (b-idEpoch)/idUnit && x >= y {
			t.Fatalf("%q of %d is not before %q of %d", x, a, y, b)
		}
	})
}

func TestNewIDDoesNotRepeat(t *testing.T) {
	seen := map[string]bool{}
	var used [idLength][32]bool
	at := time.Now()
	for range 10000 {
		id := newID(at)
		if seen[id] {
			t.Fatalf("%q twice", id)
		}
		seen[id] = true
		for i := range id {
			for c := range alphabet {
				if alphabet[c] == id[i] {
					used[i][c] = true
				}
			}
		}
	}
	for i := 6; i < idLength; i++ { // the seven wholly random characters
		for c, ok := range used[i] {
			if !ok {
				t.Errorf("position %d never is %q in 10,000 identifiers", i, alphabet[c])
			}
		}
	}
}

func TestValidIDRefuses(t *testing.T) {
	for _, s := range []string{"", "0123456789abc0", "0123456789ab", "0123456789abI", "0123456789abl", "0123456789ab'", "0123456789ab门"} {
		if ValidID(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestRebindKeepsQuotedMarks(t *testing.T) {
	d := &DB{engine: PostgreSQL}
	got := d.rebind(`SELECT '?''?', "a?" FROM t WHERE x = ? AND y IN (?, ?)`)
	want := `SELECT '?''?', "a?" FROM t WHERE x = $1 AND y IN ($2, $3)`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
