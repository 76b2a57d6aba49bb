package trail

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPlacesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 9000).Draw(rt, "acts")
		places := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, min(n, 400), rapid.ID[int]).Draw(rt, "places")
		slices.Sort(places)
		s := newSet(n)
		if err := decode(encode(places, n), n, s); err != nil {
			rt.Fatal(err)
		}
		for _, forward := range []bool{true, false} {
			got := []int{}
			s.each(forward, func(i int) bool { got = append(got, i); return true })
			if !forward {
				slices.Reverse(got)
			}
			if !slices.Equal(got, places) {
				rt.Fatalf("%v, want %v", got, places)
			}
		}
	})
}

// FuzzDecode reads places as a damaged database may hold them.
func FuzzDecode(f *testing.F) {
	f.Add(encode([]int{1, 5, 70}, 100), 100)
	f.Add(encode([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10), 10)
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 3)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 1 || n > 1<<16 {
			return
		}
		s := newSet(n)
		if decode(b, n, s) != nil {
			return
		}
		s.each(true, func(i int) bool {
			if i >= n {
				t.Fatalf("place %d of %d", i, n)
			}
			return true
		})
	})
}

// FuzzDecodeTimes reads the times of a block likewise.
func FuzzDecodeTimes(f *testing.F) {
	f.Add(encodeTimes([]int64{5, 5, 9}), int64(5), 3)
	f.Fuzz(func(t *testing.T, b []byte, start int64, n int) {
		if n < 0 || n > 1<<16 {
			return
		}
		if ats, err := decodeTimes(b, start, n); err == nil && len(ats) != n {
			t.Fatal("another number")
		}
	})
}
