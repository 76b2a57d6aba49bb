package route

import (
	"slices"
	"testing"

	"watchroom/internal/access"
)

// TestWhatRunsOfAStandInEndsWithTheirHost: what happens to who let a stand-in in is asked of what
// the stand-in began.
func TestWhatRunsOfAStandInEndsWithTheirHost(t *testing.T) {
	guest := access.NewActor("guest", nil, access.Standing{Papers: access.Papers{Host: &access.Host{Person: "lead"}}})
	guest.Session = "s"
	if got := Keys(guest, "camera"); !slices.Equal(got, []string{"s", "guest", "lead", "camera"}) {
		t.Errorf("%v", got)
	}
	if got := Keys(access.ActorOf("guard", access.Operator)); !slices.Equal(got, []string{"guard"}) {
		t.Errorf("%v", got)
	}
}
