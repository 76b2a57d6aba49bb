package problem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/problem"
)

// TestFewSaysLittle: however many errors there are, and each kind once.
func TestFewSaysLittle(t *testing.T) {
	var f problem.Few
	f.Add(nil)
	if f.Err() != nil {
		t.Error("nothing is an error")
	}
	away, locked := problem.New(problem.Unavailable, "away", "It is away."), problem.New(problem.Conflict, "locked", "It is locked.")
	for i := range 1000 {
		f.Add(away.Because(fmt.Errorf("file %d", i)))
	}
	f.Add(locked)
	err := f.Err()
	if !errors.Is(err, away) || !errors.Is(err, locked) {
		t.Errorf("a kind is lost: %v", err)
	}
	if said := err.Error(); len(said) > 500 || !strings.Contains(said, "file 0") || !strings.Contains(said, "and 995 more") {
		t.Errorf("it says %q", said)
	}
}
