package latch_test

import (
	"testing"

	"watchroom/internal/app/latch"
)

func TestALatch(t *testing.T) {
	var l latch.Latch
	n := 0
	call := func() { l.Do(func() { n++ }) }
	call()
	l.Open()
	call()
	l.Shut()
	call()
	if n != 1 {
		t.Errorf("%d calls were let through, want one", n)
	}
}
