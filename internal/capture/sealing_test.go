package capture_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/capture"
	"watchroom/internal/testkit/leak"
)

// TestSealingAsksInTurn: every camera once a round, one after the other, and none
// twice within the spread.
func TestSealingAsksInTurn(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		asked := map[string][]time.Duration{}
		cameras := []string{"a", "b", "c"}
		s := &capture.Sealing{
			Cameras: func() []string { return cameras },
			Seal:    func(c string) { asked[c] = append(asked[c], time.Since(start)) },
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(140 * time.Second) // rounds at 45, 90 and 135 s
		synctest.Wait()
		s.Close()
		want := map[string][]time.Duration{}
		for i, c := range cameras {
			for round := 1; round <= 3; round++ {
				want[c] = append(want[c], time.Duration(round)*45*time.Second+time.Duration(i)*1500*time.Millisecond)
			}
		}
		for _, c := range cameras {
			if !slices.Equal(asked[c], want[c]) {
				t.Errorf("%s was asked at %v, want %v", c, asked[c], want[c])
			}
		}
	})
}

func TestSealingEndsInTheMiddleOfARound(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		var cameras []string
		for i := range 100 {
			cameras = append(cameras, fmt.Sprint(i))
		}
		asked := 0
		s := &capture.Sealing{Cameras: func() []string { return cameras }, Seal: func(string) { asked++ }, Every: 10 * time.Second}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Second + 505*time.Millisecond)
		synctest.Wait()
		s.Close()
		if asked != 51 {
			t.Errorf("%d were asked within half of the spread", asked)
		}
	})
}
